"""Withdrawing participations whose meetings people know of; and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    Change,
    EventRole,
    EventRoleKind,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    Seat,
)
from matchmaker.services.change import HOLD, AnsweredMeanwhile
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.participation import approve, participations_for_rounds
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import foresee_withdrawal, withdraw
from tests.factories import make_meeting, make_person
from tests.rounds import Fair, make_fair
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases


def _agreed(database: Database) -> Fair:
    """Two startups, each with a meeting with both corporates."""
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2, slots=2)
        for row, startup in enumerate(fair.startups):
            for column, corporate in enumerate(fair.corporates):
                slot = fair.slots[(row + column) % 2]
                meeting = make_meeting(
                    session, fair.event, slot=slot, a=startup, b=corporate, status=MeetingStatus.CONFIRMED,
                    accepted_a_at=clock.now(), accepted_b_at=clock.now(),
                )  # fmt: skip
                claim_seats(session, meeting=meeting)
    return fair


def _withdraw(database: Database, fair: Fair, rows: list[Participation], **values: Any) -> int:
    with database.transaction() as session:
        return withdraw(
            session, event=fair.event, participation_ids=[row.id for row in rows],
            **{"actor_id": fair.organiser.id, "now": clock.now(), "hold": HOLD, **values},
        )  # fmt: skip


def _undo(database: Database, fair: Fair) -> None:
    with database.transaction() as session:
        change = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
        assert change is not None
        undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def _state(database: Database) -> tuple[list[Any], int, list[Any]]:
    with database.reading() as session:
        meetings = sa.select(Meeting.id, Meeting.status, Meeting.ended_by_id).order_by(Meeting.id)
        statuses = sa.select(Participation.id, Participation.status).order_by(Participation.id)
        return (
            [tuple(row) for row in session.execute(meetings)],
            session.scalar(sa.select(sa.func.count()).select_from(Seat)) or 0,
            [tuple(row) for row in session.execute(statuses)],
        )


def test_withdrawing_tells_each_person_once_and_is_undone(database: Database, config: Config) -> None:
    fair = _agreed(database)
    before = _state(database)
    gone = fair.startups[0]
    with database.reading() as session:
        outlook = foresee_withdrawal(
            session, event_id=fair.event.id, participation_ids=[gone.id], now=clock.now()
        )
        assert (len(outlook.cancelled), outlook.people) == (2, 3)
    assert _withdraw(database, fair, [gone]) == 1
    meetings, seats, _statuses = _state(database)
    assert [row[1] for row in meetings].count(MeetingStatus.CANCELLED) == 2
    assert {row[2] for row in meetings if row[2]} == {gone.id}
    assert seats == 4
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()
        assert [mail.kind for mail in mails] == ["agenda_changed"] * 3
        assert len({mail.person_id for mail in mails}) == 3
        assert all(mail.due_at > clock.now() for mail in mails)
        assert "do not take place" in render(mails[0], config).text
        in_rounds = session.scalars(participations_for_rounds(fair.event.id)).all()
        assert gone.id not in {row.id for row in in_rounds}
        assert broken_invariants(session) == {}
    _undo(database, fair)
    assert _state(database) == before
    with database.reading() as session:
        assert session.scalars(sa.select(OutboxMail)).all() == []
        assert broken_invariants(session) == {}


def test_several_withdrawn_at_once_are_one_change(database: Database) -> None:
    fair = _agreed(database)
    before = _state(database)
    assert _withdraw(database, fair, fair.startups) == 2
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 4
    assert _withdraw(database, fair, fair.startups) == 0
    _undo(database, fair)
    assert _state(database) == before


def test_undo_is_refused_when_approved_again_meanwhile(database: Database) -> None:
    fair = _agreed(database)
    _withdraw(database, fair, fair.startups[:1])
    with database.transaction() as session:
        approve(
            session, event=fair.event, participation_ids=[fair.startups[0].id], actor_id=fair.organiser.id,
            now=clock.now(),
        )  # fmt: skip
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, fair)


def test_manager_sees_who_is_hit_and_takes_the_own_withdrawal_back(app: Flask, database: Database) -> None:
    fair = _agreed(database)
    before = _state(database)
    own = fair.startups[0].id
    visitor = Visitor(app).log_in(fair.people[own])
    visitor.get(f"/events/{fair.event.slug}/participations/{own}/withdraw")
    assert "2 meetings are cancelled. 3 people get one mail each." in visitor.text()
    visitor.submit()
    assert "was withdrawn, and its coming meetings were cancelled" in visitor.text()
    visitor.submit(action="/undo")
    assert "Undone. Nobody was told anything." in visitor.text()
    assert _state(database) == before


def test_manager_cannot_take_back_what_the_organiser_withdrew(app: Flask, database: Database) -> None:
    fair = _agreed(database)
    own = fair.startups[0].id
    _withdraw(database, fair, fair.startups[:1])
    visitor = Visitor(app).log_in(fair.people[own])
    visitor.get(f"/events/{fair.event.slug}/participations/{own}")
    assert "coming meetings were cancelled" not in visitor.text()
    organiser = Visitor(app).log_in(fair.organiser)
    organiser.get(f"/events/{fair.event.slug}/participations")
    assert "coming meetings were cancelled" in organiser.text()
    organiser.submit(action="/undo")
    with database.reading() as session:
        assert session.get_one(Participation, own).status == "approved"


def test_enabler_does_not_learn_who_else_withdrew(app: Flask, database: Database) -> None:
    fair = _agreed(database)
    with database.transaction() as session:
        enabler = make_person(session)
        role = EventRole(
            event_id=fair.event.id, person_id=enabler.id, kind=EventRoleKind.ENABLER, created_at=clock.now()
        )
        session.add(role)
    _withdraw(database, fair, fair.startups[:1])
    visitor = Visitor(app).log_in(enabler)
    visitor.get(f"/events/{fair.event.slug}/participations")
    assert "was withdrawn" not in visitor.text()
