"""How many seats of sessions are taken, and how many that are free wait for the waiting list."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, EventSession, FreedSeat

AHEAD = dt.timedelta(minutes=30)
"""A session that begins sooner is left alone: nobody would read the mail in time."""


def count_attending(
    session: Session, *, event_id: int, session_id: int | None = None
) -> Counter[tuple[int, bool]]:
    """(session, whether they host it) -> how many people; who hosts needs no seat."""
    is_host = sa.func.coalesce(Delegate.participation_id == EventSession.host_id, sa.false())
    hosts = sa.func.max(sa.case((is_host, 1), else_=0))
    people = (
        sa.select(Attendance.session_id, Delegate.person_id, hosts.label("hosts"))
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .join(EventSession, EventSession.id == Attendance.session_id)
        .where(Attendance.event_id == event_id)
        .group_by(Attendance.session_id, Delegate.person_id)
    )
    if session_id is not None:
        people = people.where(Attendance.session_id == session_id)
    return Counter((number, bool(is_hosting)) for number, _person, is_hosting in session.execute(people))


def reserved_seats(
    session: Session, *, event_id: int, now: dt.datetime, session_id: int | None = None
) -> Counter[int]:
    """Session -> how many free seats wait for the list, so that nobody takes them meanwhile."""
    waiting = (
        sa.select(FreedSeat.session_id, sa.func.count())
        .join(EventSession, EventSession.id == FreedSeat.session_id)
        .where(
            FreedSeat.event_id == event_id,
            FreedSeat.dealt_at.is_(None),
            EventSession.starts_at > now + AHEAD,
        )
        .group_by(FreedSeat.session_id)
    )
    if session_id is not None:
        waiting = waiting.where(FreedSeat.session_id == session_id)
    return Counter(dict(session.execute(waiting).all()))


def least_of(row: EventSession) -> int:
    """How many guests it takes: the organiser may have let it stay with fewer."""
    least = row.least or 1
    return least if row.stays_with is None else min(least, row.stays_with)
