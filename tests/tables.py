"""Roundtables and masterclasses for tests, and who would like a seat in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import (
    Attendance,
    Delegate,
    Event,
    EventSession,
    Participation,
    Place,
    SessionKind,
)
from matchmaker.services.event_session import add_session
from matchmaker.services.seat_wish import wish_seat
from matchmaker.services.session_details import SessionDetails
from tests.rounds import Fair


def make_masterclass(session: Session, fair: Fair, **values: Any) -> EventSession:
    """Two seats that the round gives, in the hour before the first slot."""
    begin = fair.slots[0].starts_at
    details = SessionDetails(
        **{
            "kind": SessionKind.MASTERCLASS,
            "title": "Selling to industry",
            "starts_at": begin - dt.timedelta(hours=1),
            "ends_at": begin,
            "seats": 2,
            "is_by_round": True,
            **values,
        }
    )
    return _add(session, fair, details)


def make_roundtable(session: Session, fair: Fair, **values: Any) -> EventSession:
    """Hosted by the first corporate for two to four guests; the round picks a slot of the fair's block."""
    block_id = values.get("block_id", fair.slots[0].block_id)
    details = SessionDetails(
        **{
            "kind": SessionKind.ROUNDTABLE,
            "title": "First orders",
            "starts_at": fair.slots[0].starts_at,
            "ends_at": fair.slots[-1].ends_at,
            "seats": 4,
            "least": 2,
            "is_by_round": True,
            "host_id": fair.corporates[0].id,
            "block_id": block_id,
            **values,
        }
    )
    return _add(session, fair, details)


def held_roundtable(
    session: Session,
    fair: Fair,
    *guests: Participation,
    at: int = 0,
    place: Place | None = None,
    **values: Any,
) -> EventSession:
    """A roundtable that a round put into slot `at` of the fair, with its host and these guests at it."""
    places = () if place is None else (place.id,)
    row = make_roundtable(session, fair, **{"place_ids": places, **values})
    slot = fair.slots[at]
    row.starts_at, row.ends_at, row.has_time = slot.starts_at, slot.ends_at, True
    row.place_id = None if place is None else place.id
    host = next(one for one in fair.corporates if one.id == row.host_id)
    sit_down(session, row, *(one.delegates[0] for one in (host, *guests)))
    return row


def sit_down(session: Session, row: EventSession, *those: Delegate) -> None:
    """These delegates have a seat in the session."""
    session.add_all(
        Attendance(session_id=row.id, delegate_id=one.id, event_id=row.event_id, created_at=clock.now())
        for one in those
    )
    session.flush()


def sitting_at(session: Session, session_id: int) -> set[int]:
    """The delegates who have a seat in the session."""
    rows = sa.select(Attendance.delegate_id).where(Attendance.session_id == session_id)
    return set(session.scalars(rows))


def would_like(session: Session, row: EventSession, *those: Participation, very_much: bool = False) -> None:
    """These participations would like a seat."""
    for one in those:
        wish_seat(
            session, event_id=row.event_id, session_id=row.id, participation_id=one.id, is_strong=very_much,
            actor_id=one.delegates[0].person_id, now=clock.now(),
        )  # fmt: skip


def _add(session: Session, fair: Fair, details: SessionDetails) -> EventSession:
    return add_session(
        session, event_id=fair.event.id, details=details, actor_id=fair.organiser.id, now=clock.now()
    )


def event_of(session: Session, fair: Fair) -> Event:
    """The fair's event in this session."""
    return session.get_one(Event, fair.event.id)
