"""Logging in and out."""

from __future__ import annotations

from flask import Flask

from matchmaker.db import Database
from matchmaker.services.password import set_password
from tests.factories import PASSWORD, make_person
from tests.visitor import Visitor


def _person_with_password(database: Database) -> str:
    with database.transaction() as session:
        person = make_person(session)
        set_password(person, PASSWORD)
        return person.email


def test_log_in_opens_and_log_out_ends_it_for_a_copied_cookie(app: Flask, database: Database) -> None:
    email = _person_with_password(database)
    visitor, thief = Visitor(app), Visitor(app)
    visitor.get("/log-in")
    visitor.submit(email=email, password=PASSWORD)
    assert "Log out" in visitor.text()
    stolen = visitor.client.get_cookie("matchmaker", domain="localhost")
    assert stolen is not None
    thief.client.set_cookie("matchmaker", stolen.value, domain="localhost")
    thief.get("/")
    assert "Log out" in thief.text()
    visitor.submit(action="/log-out")
    thief.get("/")
    assert "Log out" not in thief.text()


def test_log_in_with_wrong_password_keeps_the_address(app: Flask, database: Database) -> None:
    email = _person_with_password(database)
    visitor = Visitor(app)
    visitor.get("/log-in")
    page = visitor.submit(email=email, password="not the right one")
    assert "do not belong together" in visitor.text()
    field = page.find("input", {"name": "email"})
    assert field is not None
    assert field["value"] == email


def test_log_ins_of_the_demonstration_work_on_its_machine_only(app: Flask, database: Database) -> None:
    email = _person_with_password(database)
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    visitor.get("/log-in")
    visitor.submit(email=email, password=PASSWORD)
    assert "only on the machine that runs it" in visitor.text()
    assert "Log out" not in visitor.text()
