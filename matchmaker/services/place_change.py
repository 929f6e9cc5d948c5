"""Changes what a place holds and when it is open under a schedule that people know, and mends the rest."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from matchmaker.models import Change, Place
from matchmaker.services.change import AT_ONCE
from matchmaker.services.event import find_event
from matchmaker.services.gone import Gone
from matchmaker.services.narrowing import narrowed_to
from matchmaker.services.opening_hours import add_opening_hours, remove_opening_hours
from matchmaker.services.place import PlaceDetails, edit_place, find_place
from matchmaker.services.putting_back import dump_place
from matchmaker.services.removal import Outlook, foresee_removal, take_out
from matchmaker.services.round_place import Narrowed

Hours = list[tuple[dt.datetime, dt.datetime]]


def foresee_edit(
    session: Session, *, event_id: int, place_id: int, details: PlaceDetails, now: dt.datetime
) -> Outlook:
    """Who is hit when the place holds what the details say."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    return _foresee(session, place, narrowed_to(place, capacity=details.capacity), now)


def foresee_hours(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    now: dt.datetime,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    without_id: int | None = None,
) -> Outlook:
    """Who is hit when this span is added, or that one is removed."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    hours = _hours(place, without_id)
    if starts_at is not None and ends_at is not None:
        hours.append((starts_at, ends_at))
    return _foresee(session, place, narrowed_to(place, hours=hours), now)


def change_place(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    details: PlaceDetails,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Change a place; meetings beyond its capacity move where they can. None: nobody was hit."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    change = _mend(session, place, narrowed_to(place, capacity=details.capacity), actor_id, now, hold)
    edit_place(session, event_id=event_id, place_id=place_id, details=details, actor_id=actor_id, now=now)
    return _finish(session, change, place)


def add_hours(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Open the place in a span; the first one shuts it otherwise, and meetings then move where they can."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    narrowed = narrowed_to(place, hours=[*_hours(place), (starts_at, ends_at)])
    change = _mend(session, place, narrowed, actor_id, now, hold)
    add_opening_hours(
        session, event_id=event_id, place_id=place_id, starts_at=starts_at, ends_at=ends_at,
        actor_id=actor_id, now=now,
    )  # fmt: skip
    return _finish(session, change, place)


def remove_hours(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    hours_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Remove a span; meetings in it move where they can, the others are cancelled. None: nobody was hit."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    narrowed = narrowed_to(place, hours=_hours(place, hours_id))
    change = _mend(session, place, narrowed, actor_id, now, hold)
    remove_opening_hours(
        session, event_id=event_id, place_id=place_id, hours_id=hours_id, actor_id=actor_id, now=now
    )
    return _finish(session, change, place)


def _hours(place: Place, without_id: int | None = None) -> Hours:
    return [(row.starts_at, row.ends_at) for row in place.opening_hours if row.id != without_id]


def _foresee(session: Session, place: Place, narrowed: Narrowed, now: dt.datetime) -> Outlook:
    event = find_event(session, event_id=place.event_id)
    return foresee_removal(session, event=event, gone=Gone(narrowed=narrowed), now=now)


def _mend(
    session: Session, place: Place, narrowed: Narrowed, actor_id: int, now: dt.datetime, hold: dt.timedelta
) -> Change | None:
    if _foresee(session, place, narrowed, now).is_harmless:
        return None
    return take_out(
        session,
        event=find_event(session, event_id=place.event_id),
        gone=Gone(narrowed=narrowed),
        name=place.name,
        actor_id=actor_id,
        now=now,
        hold=hold,
        narrowed=True,
    )


def _finish(session: Session, change: Change | None, place: Place) -> Change | None:
    """Remember how the change left the place: undoing it must not undo a later one."""
    if change is not None:
        session.flush()
        change.before = {**change.before, "after": dump_place(session, place_id=place.id)}
        session.flush()
    return change
