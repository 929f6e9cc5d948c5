"""Roundtables and masterclasses for tests, and who would like a seat in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import Event, EventSession, Participation, SessionKind
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
