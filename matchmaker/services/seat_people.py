"""The persons behind delegates and seats, and the lock that lets others wait who take seats in a session."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, EventSession
from matchmaker.services.chunks import chunks


def lock_sessions(session: Session, *, session_ids: Iterable[int]) -> None:
    """Make other transactions that take or free seats there wait until this one ends; people come after."""
    for few in chunks(sorted(session_ids)):
        rows = sa.select(EventSession.id).where(EventSession.id.in_(few)).order_by(EventSession.id)
        session.execute(rows.with_for_update()).all()


def persons_of(session: Session, *, delegate_ids: Collection[int]) -> dict[int, int]:
    """Delegate -> person, of those that are there."""
    found: dict[int, int] = {}
    for few in chunks(sorted(set(delegate_ids))):
        rows = session.execute(sa.select(Delegate.id, Delegate.person_id).where(Delegate.id.in_(few)))
        found.update(dict(rows.all()))
    return found


def persons_attending(session: Session, *, session_id: int) -> set[int]:
    """Who has a seat in the session, or hosts it."""
    rows = sa.select(Delegate.person_id).join(Attendance, Attendance.delegate_id == Delegate.id)
    return set(session.scalars(rows.where(Attendance.session_id == session_id)))
