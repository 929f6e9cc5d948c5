"""Which meetings a place no longer holds when its capacity is lowered or its hours are narrowed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.models import Block, Event, Meeting, MeetingStatus, Place, Slot
from matchmaker.services.left_session import LeftSession
from matchmaker.services.round_place import Narrowed, Span
from matchmaker.services.session_place import tables_at

OPEN = (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED)


def narrowed_to(
    place: Place,
    *,
    capacity: int | None = None,
    hours: Sequence[tuple[dt.datetime, dt.datetime]] | None = None,
) -> Narrowed:
    """The place with other hours where they are given, else with that capacity."""
    spans = [(row.starts_at, row.ends_at) for row in place.opening_hours] if hours is None else hours
    return Narrowed(
        place_id=place.id,
        capacity=capacity if hours is None else place.capacity,
        open=tuple(Span(start, end) for start, end in sorted(spans)),
        was_unlimited=place.capacity is None,
    )


def hit_by_narrowing(
    session: Session,
    *,
    event: Event,
    narrowed: Narrowed,
    now: dt.datetime,
    moving: Sequence[LeftSession] = (),
) -> list[int]:
    """The meetings that would begin outside the hours or beyond the capacity; the firmest and best stay.

    Roundtables come before meetings: more people sit at them; those that are `moving` are where they will be.
    A meeting that the place as it is does not hold either is no news and stays where it is.
    """
    place = session.get_one(Place, narrowed.place_id)
    meetings = session.scalars(
        sa.select(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == event.id,
            Meeting.place_id == place.id,
            Meeting.status.in_(OPEN),
            Slot.ends_at > now,
        )
        .options(joinedload(Meeting.slot))
        # what runs already stays, and takes room
        .order_by(Slot.starts_at > now, Meeting.status, Meeting.value.desc(), Meeting.id)
    ).all()
    stands = _capacities_of_stands(session, place.id)
    as_it_is = narrowed_to(place, capacity=place.capacity)
    tables = {
        session_id: Span(start, end)
        for _place, session_id, start, end in tables_at(session, place_ids=[place.id])
    }
    before = _outside(meetings, as_it_is, stands, now, tables.values())
    for one in moving:
        tables.pop(one.session_id, None)
        if one.then is not None and one.then.place_id == place.id:
            tables[one.session_id] = Span(one.then.starts_at, one.then.ends_at)
    hit = _outside(meetings, narrowed, stands, now, tables.values()) - before
    return sorted(hit)


def drafts_out_of_hours(session: Session, *, event: Event, narrowed: Narrowed) -> list[int]:
    """The drafts that lie outside the hours; those beyond the capacity are seen when they are published."""
    if not narrowed.open:
        return []
    rows = session.scalars(
        sa.select(Meeting)
        .where(
            Meeting.event_id == event.id,
            Meeting.place_id == narrowed.place_id,
            Meeting.status == MeetingStatus.DRAFT,
        )
        .options(joinedload(Meeting.slot))
    )
    return sorted(_outside(list(rows), replace(narrowed, capacity=None), {}, None))


def most_at_once(
    session: Session, *, place: Place, statuses: Sequence[MeetingStatus], now: dt.datetime
) -> int:
    """How many meetings of these statuses and roundtables to come are there at once.

    Stands with a number of their own are left out.
    """
    stands = _capacities_of_stands(session, place.id)
    slots = session.scalars(
        sa.select(Slot)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .where(Meeting.event_id == place.event_id, Meeting.place_id == place.id, Meeting.status.in_(statuses))
    ).all()
    spans = [Span(slot.starts_at, slot.ends_at) for slot in slots if slot.block_id not in stands]
    tables = tables_at(session, place_ids=[place.id])
    spans += [Span(start, end) for _place, _session, start, end in tables if end > now]
    return max(
        (sum(span.starts_at <= at < span.ends_at for span in spans) for at in _starts(spans)), default=0
    )


def _starts(spans: Sequence[Span]) -> set[dt.datetime]:
    return {span.starts_at for span in spans}


def _outside(
    meetings: Sequence[Meeting],
    place: Narrowed,
    stands: dict[int, int],
    now: dt.datetime | None,
    tables: Iterable[Span] = (),
) -> set[int]:
    """Those of the meetings, served in this order after the roundtables, without an hour or room there."""
    kept = list(tables)
    outside = set()
    for row in meetings:
        span = Span(row.slot.starts_at, row.slot.ends_at)
        is_open = not place.open or any(hours.holds(span) for hours in place.open)
        room = stands.get(row.slot.block_id, place.capacity)
        has_room = room is None or sum(other.overlaps(span) for other in kept) < room
        runs = now is not None and span.starts_at <= now
        if runs or (is_open and has_room):
            kept.append(span)
        else:
            outside.add(row.id)
    return outside


def _capacities_of_stands(session: Session, place_id: int) -> dict[int, int]:
    """Blocks of the place as a shared stand that say themselves how many meetings it holds."""
    rows = session.execute(
        sa.select(Block.id, Block.capacity).where(Block.place_id == place_id, Block.capacity.is_not(None))
    )
    return {number: capacity for number, capacity in rows if capacity is not None}
