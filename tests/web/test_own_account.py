"""The own account through its real pages."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import Consent, LoginSession, OutboxMail, Person
from matchmaker.services.password import is_password_of, set_password
from tests.factories import PASSWORD, make_event, make_participation, make_person
from tests.visitor import Visitor

NEW_PASSWORD = "nine green lanterns drift"


@pytest.fixture
def person(database: Database) -> Person:
    """Somebody with a password."""
    with database.transaction() as session:
        person = make_person(session, email="anna@acme.example", name="Anna")
        set_password(person, PASSWORD)
        return person


def _link(database: Database, config: Config, kind: str) -> str:
    with database.reading() as session:
        mail = session.scalars(
            sa.select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id.desc())
        ).first()
        assert mail is not None, f"no mail {kind}"
        return re.findall(r"http://localhost(/\S+)", render(mail, config).text)[0]


def _kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)))


def _fresh(database: Database, person: Person) -> Person:
    with database.reading() as session:
        return session.get_one(Person, person.id)


def test_forgotten_password_is_set_anew_and_ends_every_log_in(
    app: Flask, database: Database, config: Config, person: Person
) -> None:
    elsewhere, visitor = Visitor(app).log_in(person), Visitor(app)
    visitor.get("/password/forgotten")
    visitor.submit(email="Anna@acme.example")
    link = _link(database, config, "reset_password")
    visitor.get(link)
    visitor.submit(password=NEW_PASSWORD)
    assert "Your new password is set" in visitor.text()
    elsewhere.get("/account")
    assert "New here?" in elsewhere.text()
    assert is_password_of(_fresh(database, person), NEW_PASSWORD)
    Visitor(app).get(link, status=410)


def test_forgotten_password_of_a_stranger_says_the_same_and_mails_nobody(
    app: Flask, database: Database
) -> None:
    visitor = Visitor(app)
    visitor.get("/password/forgotten")
    visitor.submit(email="nobody@acme.example")
    assert "If nobody@acme.example has an account" in visitor.text()
    assert _kinds(database) == []


def test_weak_new_password_leaves_the_link_usable(
    app: Flask, database: Database, config: Config, person: Person
) -> None:
    visitor = Visitor(app)
    visitor.get("/password/forgotten")
    visitor.submit(email=person.email)
    visitor.get(_link(database, config, "reset_password"))
    visitor.submit(password="password1234")
    assert "easy to guess" in visitor.text()
    visitor.submit(password=NEW_PASSWORD)
    assert is_password_of(_fresh(database, person), NEW_PASSWORD)


def test_changed_password_ends_the_other_log_ins_only(app: Flask, person: Person) -> None:
    elsewhere, visitor = Visitor(app).log_in(person), Visitor(app).log_in(person)
    visitor.get("/account/password")
    visitor.submit(present_password="wrong", password=NEW_PASSWORD)
    assert "not your present password" in visitor.text()
    visitor.submit(present_password=PASSWORD, password=NEW_PASSWORD)
    assert "all other log-ins have ended" in visitor.text()
    elsewhere.get("/account")
    assert "New here?" in elsewhere.text()


def test_new_address_counts_only_after_its_link(
    app: Flask, database: Database, config: Config, person: Person
) -> None:
    visitor = Visitor(app).log_in(person)
    visitor.get("/account/email")
    visitor.submit(email="anna@new.example", present_password=PASSWORD)
    assert _fresh(database, person).email == "anna@acme.example"
    visitor.get(_link(database, config, "change_email"))
    visitor.submit()
    assert _fresh(database, person).email == "anna@new.example"
    with database.reading() as session:
        told = session.scalars(sa.select(OutboxMail.to_email).where(OutboxMail.kind == "email_changed")).all()
    assert told == ["anna@acme.example"]


def test_new_address_of_somebody_else_is_refused_only_to_its_reader(
    app: Flask, database: Database, config: Config, person: Person
) -> None:
    with database.transaction() as session:
        make_person(session, email="ben@new.example")
    visitor = Visitor(app).log_in(person)
    visitor.get("/account/email")
    visitor.submit(email="ben@new.example", present_password=PASSWORD)
    assert "Open the link that we sent to ben@new.example" in visitor.text()
    visitor.get(_link(database, config, "change_email"))
    visitor.submit(status=409)
    assert _fresh(database, person).email == "anna@acme.example"


def test_address_link_of_another_account_is_refused(
    app: Flask, database: Database, config: Config, person: Person
) -> None:
    visitor = Visitor(app).log_in(person)
    visitor.get("/account/email")
    visitor.submit(email="anna@new.example", present_password=PASSWORD)
    with database.transaction() as session:
        other = make_person(session)
    Visitor(app).log_in(other).get(_link(database, config, "change_email"), status=410)


def test_account_keeps_what_is_typed_and_consent_can_be_taken_back(
    app: Flask, database: Database, person: Person
) -> None:
    visitor = Visitor(app).log_in(person)
    visitor.get("/account")
    visitor.submit(name="Anna Neu", time_zone="America/Vancouver", wants_news="y")
    fresh = _fresh(database, person)
    assert (fresh.name, fresh.time_zone) == ("Anna Neu", "America/Vancouver")
    visitor.submit(wants_news=[])
    with database.reading() as session:
        (consent,) = session.scalars(sa.select(Consent)).all()
    assert consent.withdrawn_at is not None


def test_other_log_ins_are_listed_and_ended(app: Flask, database: Database, person: Person) -> None:
    elsewhere, visitor = Visitor(app).log_in(person), Visitor(app).log_in(person)
    assert len(visitor.get("/account/log-ins").find_all("tbody")[0].find_all("tr")) == 2
    visitor.submit(action="/end-others")
    with database.reading() as session:
        ended = session.scalars(sa.select(LoginSession.ended_at).order_by(LoginSession.id)).all()
    assert [moment is not None for moment in ended] == [True, False]
    elsewhere.get("/account")
    assert "New here?" in elsewhere.text()


def test_export_holds_what_is_held_of_oneself_and_nothing_of_others(
    app: Flask, database: Database, person: Person
) -> None:
    with database.transaction() as session:
        event = make_event(session)
        make_participation(session, event, person=session.get_one(Person, person.id))
        make_participation(session, event, group="corporates", person=make_person(session, name="Secret"))
    visitor = Visitor(app).log_in(person)
    visitor.response = visitor.client.get("/account/own-data/export")
    text = visitor.response.get_data(as_text=True)
    held = json.loads(text)
    assert held["person"]["email"] == "anna@acme.example"
    assert [row["event"] for row in held["participations"]] == [event.name]
    assert "Secret" not in text
    assert "argon2" not in text
