"""Which roundtables and masterclasses lose their place, its room or hours, or their slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Event, EventSession, Place, SessionKind, Slot
from matchmaker.services.gone import Gone
from matchmaker.services.round_place import Narrowed, Span

GATHERINGS = (SessionKind.ROUNDTABLE, SessionKind.MASTERCLASS)


def hit_by(session: Session, *, event: Event, gone: Gone, now: dt.datetime) -> list[EventSession]:
    """The coming ones that are hit, those with most people first; what runs already stays where it is."""
    rows = session.scalars(
        sa.select(EventSession)
        .where(
            EventSession.event_id == event.id,
            EventSession.kind.in_(GATHERINGS),
            EventSession.has_time.is_(True),
            EventSession.ends_at > now,
        )
        .options(selectinload(EventSession.attendances), selectinload(EventSession.places))
        .execution_options(populate_existing=True)
    ).all()
    order = sorted(rows, key=lambda row: (row.starts_at > now, -len(row.attendances), row.id))
    hit: set[int] = set()
    if gone.place_id is not None:
        hit |= {row.id for row in rows if row.place_id == gone.place_id}
    if gone.closed is not None:
        hit |= {
            row.id
            for row in rows
            if row.place_id == gone.closed.place_id and gone.closed.span.overlaps(_span(row))
        }
    if gone.session_id is not None:
        hit |= {row.id for row in rows if row.id == gone.session_id and row.attendances}
    if gone.narrowed is not None:
        hit |= _beyond(session, order, gone.narrowed)
    if gone.slot_ids:
        hit |= _at_slots(session, rows, gone)
    return [row for row in order if row.id in hit and row.starts_at > now]


def _span(row: EventSession) -> Span:
    return Span(row.starts_at, row.ends_at)


def _beyond(session: Session, order: Sequence[EventSession], narrowed: Narrowed) -> set[int]:
    """Those outside the hours that were inside them, and the roundtables that are too many at once by now."""
    place = session.get_one(Place, narrowed.place_id)
    was_open = [Span(hours.starts_at, hours.ends_at) for hours in place.opening_hours]
    here = [row for row in order if row.place_id == place.id]
    outside = {row.id for row in here if _is_open(was_open, row) and not _is_open(narrowed.open, row)}
    was = _too_many(here, outside, place.capacity)
    return outside | (_too_many(here, outside, narrowed.capacity) - was)


def _is_open(hours: Sequence[Span], row: EventSession) -> bool:
    return not hours or any(span.holds(_span(row)) for span in hours)


def _too_many(here: Sequence[EventSession], outside: set[int], capacity: int | None) -> set[int]:
    if capacity is None:
        return set()
    kept: list[Span] = []
    found = set()
    for row in here:
        if row.kind != SessionKind.ROUNDTABLE or row.id in outside:
            continue
        if sum(other.overlaps(_span(row)) for other in kept) < capacity:
            kept.append(_span(row))
        else:
            found.add(row.id)
    return found


def _at_slots(session: Session, rows: Sequence[EventSession], gone: Gone) -> set[int]:
    """The roundtables that a round put into one of these slots."""
    slots = session.execute(
        sa.select(Slot.block_id, Slot.starts_at, Slot.ends_at).where(Slot.id.in_(sorted(gone.slot_ids)))
    )
    going = {(block_id, starts_at, ends_at) for block_id, starts_at, ends_at in slots}
    return {
        row.id
        for row in rows
        if row.kind == SessionKind.ROUNDTABLE and (row.block_id, row.starts_at, row.ends_at) in going
    }
