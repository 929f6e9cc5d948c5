"""The start page of visitors and of people who are logged in."""

from __future__ import annotations

from flask import Flask

from matchmaker.db import Database
from matchmaker.models import EventStatus, InstallationRight, ParticipationStatus
from tests.factories import make_event, make_organisation, make_participation, make_person
from tests.visitor import Visitor


def test_visitor_sees_open_events_and_no_drafts(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        make_event(session, name="Hydrogen day")
        make_event(session, name="Secret plan", status=EventStatus.DRAFT)
    visitor = Visitor(app)
    visitor.get("/")
    assert "Hydrogen day" in visitor.text()
    assert "Secret plan" not in visitor.text()
    assert "Register your organisation" in visitor.text()


def test_person_without_organisation_is_told_what_to_do(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
    visitor = Visitor(app).log_in(person)
    visitor.get("/")
    assert "You belong to no organisation yet" in visitor.text()


def test_person_without_the_right_is_told_how_to_come_to_run_events(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        newcomer = make_person(session)
        allowed = make_person(session, InstallationRight.CREATE_EVENTS)
    visitor = Visitor(app).log_in(newcomer)
    visitor.get("/")
    assert "Do you want to run an event of your own?" in visitor.text()
    visitor = Visitor(app).log_in(allowed)
    visitor.get("/")
    assert "Do you want to run an event of your own?" not in visitor.text()
    assert visitor.page().find("a", string="New event") is not None


def test_person_sees_what_waits(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        firm = make_organisation(session, person, name="Acme")
        event = make_event(session, name="Hydrogen day")
        make_participation(session, event, person=person, organisation=firm)
        waiting = make_event(session, person, name="Own event")
        make_participation(session, waiting, status=ParticipationStatus.REGISTERED)
    visitor = Visitor(app).log_in(person)
    visitor.get("/")
    assert "Say what you offer and what you need" in visitor.text()
    assert "Own event" in visitor.text()
