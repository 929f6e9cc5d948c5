"""When a place is closed whatever its opening hours: a lost table, a closed hall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid
from matchmaker.models import PlaceClosure
from matchmaker.services.event import check_within_days, find_event
from matchmaker.services.place import find_place, record_place


def close_place(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    actor_id: int,
    now: dt.datetime,
) -> PlaceClosure:
    """Close a place for a time; meetings that are there stay until a repair or a person moves them.

    From now on no round and no request puts anything there in that time.
    """
    event = find_event(session, event_id=event_id)
    place = find_place(session, event_id=event_id, place_id=place_id)
    if ends_at <= starts_at:
        raise Invalid(N_("The end must lie after the start."), field="ends_at")
    check_within_days(event, starts_at, ends_at)
    closure = session.scalar(
        sa.select(PlaceClosure).where(
            PlaceClosure.place_id == place_id,
            PlaceClosure.starts_at == starts_at,
            PlaceClosure.ends_at == ends_at,
        )
    )
    if closure is not None:
        return closure  # a second click closes nothing more
    closure = PlaceClosure(event_id=event_id, place_id=place_id, starts_at=starts_at, ends_at=ends_at)
    session.add(closure)
    session.flush()
    record_place(
        session, "close_place", place, actor_id, now, start=starts_at.isoformat(), end=ends_at.isoformat()
    )
    return closure


def reopen_place(
    session: Session, *, event_id: int, closure_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Open a place again; a second click changes nothing."""
    closure = session.scalar(
        sa.select(PlaceClosure).where(PlaceClosure.id == closure_id, PlaceClosure.event_id == event_id)
    )
    if closure is None:
        return
    place = find_place(session, event_id=event_id, place_id=closure.place_id)
    session.delete(closure)
    session.flush()
    record_place(session, "reopen_place", place, actor_id, now)


def closures_of(session: Session, *, event_id: int) -> Sequence[PlaceClosure]:
    """The event's closures in order of time."""
    return session.scalars(
        sa.select(PlaceClosure)
        .where(PlaceClosure.event_id == event_id)
        .order_by(PlaceClosure.starts_at, PlaceClosure.id)
    ).all()
