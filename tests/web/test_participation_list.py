"""The organiser's list of participations, and what is done to many of them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import (
    AuditEntry,
    Event,
    EventRole,
    EventRoleKind,
    OutboxMail,
    Participation,
    ParticipationStatus,
)
from tests.factories import NOW, add, make_event, make_organisation, make_participation, make_person
from tests.visitor import Visitor


@pytest.fixture
def event(database: Database) -> Event:
    """An event whose organiser is person 1."""
    with database.transaction() as session:
        return make_event(session, make_person(session), slug="list")


@pytest.fixture
def organiser(app: Flask, event: Event) -> Visitor:
    """The organiser's browser."""
    return Visitor(app).log_in(1)


def _add(database: Database, event: Event, name: str, **values: Any) -> int:
    with database.transaction() as session:
        event = session.get_one(Event, event.id)
        organisation = make_organisation(session, name=name)
        return make_participation(session, event, organisation=organisation, **values).id


def _status(database: Database, participation_id: int) -> ParticipationStatus:
    with database.reading() as session:
        return session.get_one(Participation, participation_id).status


def _names(visitor: Visitor) -> list[str]:
    return [cell.get_text() for cell in visitor.page().select("tbody td strong")]


@pytest.mark.both_databases
def test_list_finds_by_text_status_and_what_is_missing(
    organiser: Visitor, database: Database, event: Event
) -> None:
    _add(database, event, "Blue Stack", sector="Hydrogen", offers=("a",), needs=("b",), description="x" * 90)
    _add(database, event, "Green 100%", status=ParticipationStatus.REGISTERED, confirmed_at=None)
    for query, names in (
        ("", ["Blue Stack", "Green 100%"]),
        ("q=stack", ["Blue Stack"]),
        ("q=hydrogen", ["Blue Stack"]),
        ("q=100%25", ["Green 100%"]),
        ("q=%25", ["Green 100%"]),
        ("status=registered", ["Green 100%"]),
        ("unconfirmed=1", ["Green 100%"]),
        ("thin=1", ["Green 100%"]),
        ("group=999&q=x&page=abc", []),
        ("page=99999", []),
        ("page=99999999999999999999", ["Blue Stack", "Green 100%"]),  # no page at all: the first
        ("group=99999999999999999999&status=nonsense", ["Blue Stack", "Green 100%"]),
    ):
        organiser.get(f"/events/list/participations?{query}")
        assert _names(organiser) == names, query


def test_list_takes_the_same_number_of_queries_for_any_number(
    organiser: Visitor, database: Database, event: Event
) -> None:
    counts = []
    for number in range(3):
        _add(database, event, f"Firm {number}", offers=("a",), invitation_sent_at=NOW, confirmed_at=None)
        statements: list[str] = []

        def note(*arguments: Any, into: list[str] = statements) -> None:
            into.append(str(arguments[2]))

        sa.event.listen(database.engine, "before_cursor_execute", note)
        organiser.get("/events/list/participations")
        sa.event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[2]


def test_list_is_cut_into_pages(organiser: Visitor, database: Database, event: Event) -> None:
    for number in range(51):
        _add(database, event, f"Firm {number:02}")
    organiser.get("/events/list/participations?page=2")
    assert _names(organiser) == ["Firm 50"]


def test_approving_many_approves_the_ticked_ones(
    organiser: Visitor, database: Database, event: Event
) -> None:
    waiting = [
        _add(database, event, name, status=ParticipationStatus.REGISTERED) for name in ("One", "Two", "Three")
    ]
    organiser.get("/events/list/participations")
    _press(organiser, "approve", ids=[str(waiting[0]), str(waiting[2])])
    assert [_status(database, number) for number in waiting] == ["approved", "registered", "approved"]
    _press(organiser, "approve", everything="1")
    assert _status(database, waiting[1]) == "approved"


def _press(visitor: Visitor, what: str, **values: Any) -> None:
    """Press one of the buttons of the list."""
    page = visitor.get("/events/list/participations")
    token = page.select_one("#bulk input[name=csrf_token]")
    assert token is not None
    visitor.response = visitor.client.post(
        "/events/list/participations/bulk",
        data={"csrf_token": token["value"], "action": what, **values},
        follow_redirects=True,
    )


def test_withdrawing_and_including_ask_first(organiser: Visitor, database: Database, event: Event) -> None:
    firm = _add(database, event, "One", status=ParticipationStatus.INVITED, confirmed_at=None)
    _press(organiser, "include", ids=[str(firm)])
    assert "although nobody of the firm has said yes" in organiser.text()
    assert _status(database, firm) == "invited"
    _press(organiser, "include", ids=[str(firm)], sure="1")
    assert _status(database, firm) == "approved"
    _press(organiser, "withdraw", ids=[str(firm)])
    assert _status(database, firm) == "approved"
    _press(organiser, "withdraw", ids=[str(firm)], sure="1")
    assert _status(database, firm) == "withdrawn"


def test_inviting_asks_by_when_and_says_whom_it_left_out(
    organiser: Visitor, database: Database, event: Event
) -> None:
    values = {"status": ParticipationStatus.INVITED, "confirmed_at": None}
    with database.transaction() as session:
        nobody = make_person(session, email=None)
    one = _add(database, event, "One", **values)
    other = _add(database, event, "Two", person=nobody, **values)
    _press(organiser, "invite", ids=[str(one), str(other)])
    assert "Please answer by" in organiser.text()
    _press(organiser, "invite", ids=[str(one), str(other)], sure="1", answer_by="2099-01-01")
    assert "1 invitation is on its way" in organiser.text()
    assert "1 firm has no address" in organiser.text()
    organiser.get("/events/list/participations")
    assert "Mail waits to be sent" in organiser.text()
    with database.reading() as session:
        assert [mail.kind for mail in session.scalars(sa.select(OutboxMail))] == ["invitation"]


def test_reminder_is_one_press(organiser: Visitor, database: Database, event: Event) -> None:
    firm = _add(
        database,
        event,
        "One",
        status=ParticipationStatus.INVITED,
        confirmed_at=None,
        invitation_sent_at=NOW,
        invitation_refused_at=NOW,
        invitation_error="550 unknown",
    )
    organiser.get("/events/list/participations")
    assert "Refused by the mail server" in organiser.text()
    assert "550 unknown" in organiser.text()
    organiser.submit(action=f"/{firm}/remind")
    with database.reading() as session:
        assert [mail.kind for mail in session.scalars(sa.select(OutboxMail))] == ["invitation_reminder"]


def test_firm_is_added_by_hand_once(organiser: Visitor, database: Database, event: Event) -> None:
    values = {"name": "Blue Stack", "contact_email": "ADA@blue.example", "source": "the fair"}
    organiser.get("/events/list/participations/new")
    organiser.submit(**values)
    assert "Not confirmed" in organiser.text()
    organiser.get("/events/list/participations/new")
    page = organiser.submit(**values)
    assert "Blue Stack is in the list already" in organiser.text()
    assert page.find("input", {"name": "source", "value": "the fair"})
    with database.reading() as session:
        (row,) = session.scalars(sa.select(Participation)).all()
        assert (row.origin, row.source, row.delegates[0].person.email) == (
            "organiser",
            "the fair",
            "ada@blue.example",
        )


def test_limits_and_group_of_one_participation(organiser: Visitor, database: Database, event: Event) -> None:
    firm = _add(database, event, "One")
    organiser.get(f"/events/list/participations/{firm}/limits")
    organiser.submit(minimum="5", maximum="3")
    assert "cannot be below the minimum of 5" in organiser.text()
    organiser.submit(minimum="2", maximum="3")
    with database.reading() as session:
        row = session.get_one(Participation, firm)
        assert (row.minimum, row.maximum, row.per_day) == (2, 3, None)
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "set_limits")).one()
        assert (entry.actor_id, entry.behalf_of_id) == (1, firm)


def test_enabler_sees_and_changes_only_own_firms(app: Flask, database: Database, event: Event) -> None:
    with database.transaction() as session:
        enabler = make_person(session)
        add(
            session,
            EventRole(event_id=event.id, person_id=enabler.id, kind=EventRoleKind.ENABLER, created_at=NOW),
        )
    own = _add(database, event, "Own", brought_by_id=enabler.id, confirmed_at=None)
    other = _add(database, event, "Other", confirmed_at=None)
    visitor = Visitor(app).log_in(enabler)
    visitor.get("/events/list/participations")
    assert _names(visitor) == ["Own"]
    _press(visitor, "invite", everything="1", sure="1", answer_by="2099-01-01", ids=[str(other)])
    with database.reading() as session:
        rows = session.scalars(sa.select(OutboxMail.participation_id)).all()
        assert rows == [own]
    _press(visitor, "approve", everything="1")
    assert visitor.response is not None
    assert visitor.response.status_code == 403
    visitor.get("/events/list/participations/new")
    visitor.submit(name="Brought", source="our programme")
    with database.reading() as session:
        row = session.scalars(sa.select(Participation).order_by(Participation.id.desc())).first()
        assert row is not None
        assert (row.origin, row.brought_by_id) == ("enabler", enabler.id)
