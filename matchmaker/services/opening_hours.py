"""When the places of an event are open."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import Meeting, OpeningHours, Place, Slot
from matchmaker.services.event import check_within_days, find_event
from matchmaker.services.impact import InUse, impact_of_meetings, is_living
from matchmaker.services.place import find_place, record_place


def add_opening_hours(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    actor_id: int,
    now: dt.datetime,
) -> OpeningHours:
    """Add a span in which a place is open; the first one closes it at all other times."""
    event = find_event(session, event_id=event_id)
    place = find_place(session, event_id=event_id, place_id=place_id)
    check_within_days(event, starts_at, ends_at)
    spans = [(hours.starts_at, hours.ends_at) for hours in place.opening_hours]
    if any(starts_at < end and start < ends_at for start, end in spans):
        raise Conflict(N_("The place is already open at a part of that time."), field="starts_at")
    _check_meetings_open(session, place, [*spans, (starts_at, ends_at)])
    hours = OpeningHours(event_id=event_id, place_id=place.id, starts_at=starts_at, ends_at=ends_at)
    place.opening_hours.append(hours)
    session.flush()
    record_place(session, "add_opening_hours", place, actor_id, now)
    return hours


def remove_opening_hours(
    session: Session, *, event_id: int, place_id: int, hours_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Remove a span; the place is open whenever the event is once the last one went."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    hours = next((row for row in place.opening_hours if row.id == hours_id), None)
    if hours is None:
        return  # a second click removes nothing more
    rest = [(row.starts_at, row.ends_at) for row in place.opening_hours if row.id != hours_id]
    if rest:
        _check_meetings_open(session, place, rest)
    place.opening_hours.remove(hours)
    record_place(session, "remove_opening_hours", place, actor_id, now)
    session.flush()


def _check_meetings_open(
    session: Session, place: Place, spans: list[tuple[dt.datetime, dt.datetime]]
) -> None:
    """Raise InUse when a living meeting at the place would lie outside all spans."""
    meetings = session.execute(
        sa.select(Meeting.id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.event_id == place.event_id, Meeting.place_id == place.id, is_living())
    )
    outside = [
        row.id
        for row in meetings
        if not any(start <= row.starts_at and row.ends_at <= end for start, end in spans)
    ]
    if outside:
        raise InUse(impact_of_meetings(session, event_id=place.event_id, meeting_ids=outside))
