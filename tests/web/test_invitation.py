"""The page behind an invitation's link, in a browser without JavaScript and without an account."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    ErasedAddress,
    Event,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.delegate import add_delegate
from matchmaker.services.invitation import invite
from matchmaker.services.password import set_password
from tests.factories import PASSWORD, make_event, make_participation, make_person
from tests.visitor import Visitor


@pytest.fixture
def token(database: Database) -> str:
    """The token of an invitation that was mailed to an imported firm."""
    with database.transaction() as session:
        event = make_event(session)
        person = make_person(session, email="contact@blue.example", email_confirmed_at=None)
        firm = make_participation(
            session,
            event,
            person=person,
            offers=("Stacks",),
            confirmed_at=None,
            status=ParticipationStatus.INVITED,
            source="the fair's catalogue",
        )
        invite(
            session,
            event=event,
            participation_ids=[firm.id],
            answer_by=clock.now().date() + dt.timedelta(days=9),
            note="",
            actor_id=person.id,
            now=clock.now(),
        )
        return str(session.scalars(sa.select(OutboxMail)).one().arguments["token"])


def _firm(database: Database) -> Participation:
    with database.reading() as session:
        firm = session.scalars(sa.select(Participation)).one()
        _ = firm.entries
        return firm


def test_invitation_shows_the_filled_in_profile_and_who_sends_it(
    app: Flask, database: Database, token: str
) -> None:
    visitor = Visitor(app)
    page = visitor.get(f"/invitations/{token}")
    assert "Filled in from: the fair's catalogue" in visitor.text()
    assert "Street 1, 45127 Essen" in visitor.text()
    assert page.find("input", {"name": "line_title", "value": "Stacks"})
    assert _firm(database).invitation_opened_at is not None


def test_yes_with_corrections_logs_in_and_shows_the_profile(
    app: Flask, database: Database, token: str
) -> None:
    visitor = Visitor(app)
    visitor.get(f"/invitations/{token}")
    values = {"person-name": "Ada", "person-password": PASSWORD}
    visitor.submit(
        action=None,
        description="Our own words",
        line_title=["Stacks of 5 MW", "", "Pilot sites"],
        line_text=["", "", "Near Essen"],
        **values,
    )
    assert "Confirmed: you take part" in visitor.text()
    assert "Our own words" in visitor.text()
    firm = _firm(database)
    assert [entry.title for entry in firm.entries] == ["Pilot sites", "Stacks of 5 MW"]
    assert firm.status == ParticipationStatus.APPROVED
    visitor.get(f"/invitations/{token}", status=410)
    assert "no longer open" in visitor.text()


def test_password_that_is_too_easy_loses_nothing_that_was_typed(
    app: Flask, database: Database, token: str
) -> None:
    visitor = Visitor(app)
    visitor.get(f"/invitations/{token}")
    values = {"person-name": "Ada", "person-password": "password1234"}
    page = visitor.submit(description="Our own words", line_text=["Typed too", "", ""], **values)
    assert "easy to guess" in visitor.text()
    assert "Our own words" in str(page.find("textarea", {"name": "description"}))
    assert "Typed too" in str(page.find("textarea", {"name": "line_text"}))
    assert _firm(database).confirmed_at is None


def test_no_is_one_click(app: Flask, database: Database, token: str) -> None:
    visitor = Visitor(app)
    visitor.get(f"/invitations/{token}")
    visitor.submit(action="/decline")
    assert "no more mails about this event" in visitor.text()
    assert _firm(database).status == ParticipationStatus.WITHDRAWN


def test_no_and_erase_me_is_one_click(app: Flask, database: Database, token: str) -> None:
    visitor = Visitor(app)
    visitor.get(f"/invitations/{token}")
    visitor.submit(action="/erase")
    assert "Your data is erased" in visitor.text()
    with database.reading() as session:
        assert session.scalars(sa.select(Participation)).all() == []
        assert session.scalars(sa.select(Person)).all() == []
        assert len(session.scalars(sa.select(ErasedAddress)).all()) == 1
        assert len(session.scalars(sa.select(Event)).all()) == 1


def test_scanner_that_only_looks_changes_no_answer(app: Flask, database: Database, token: str) -> None:
    client = app.test_client()
    for action in ("decline", "erase"):
        assert client.get(f"/invitations/{token}/{action}").status_code == 405
    assert client.get("/invitations/unknown").status_code == 410
    assert _firm(database).status == ParticipationStatus.INVITED


def test_person_with_an_account_confirms_without_a_new_password(
    app: Flask, database: Database, token: str
) -> None:
    with database.transaction() as session:
        person = session.scalars(sa.select(Person)).one()
        set_password(person, PASSWORD)
        person.email_confirmed_at = clock.now()
    visitor = Visitor(app)
    page = visitor.get(f"/invitations/{token}")
    assert page.find("input", {"type": "password"}) is None
    visitor.submit()
    assert "Confirmed. Log in to see your profile." in visitor.text()
    assert _firm(database).confirmed_at is not None


def test_named_delegate_chooses_a_password_and_sees_the_profile(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        event, manager = make_event(session), make_person(session)
        firm = make_participation(session, event, person=manager)
        add_delegate(
            session,
            event=event,
            participation=firm,
            email="ben@blue.example",
            name="Ben",
            job_title="",
            time_zone="America/Toronto",
            is_manager=False,
            actor_id=manager.id,
            now=clock.now(),
        )
        token = session.scalars(sa.select(OutboxMail)).one().arguments["token"]
        name = firm.organisation.name
    visitor = Visitor(app)
    page = visitor.get(f"/invitations/{token}")
    assert page.find("textarea") is None
    assert page.select_one("option[value='America/Toronto'][selected]")
    visitor.submit(**{"person-password": PASSWORD})
    assert name in visitor.text()
    assert "Ben" in visitor.text()
