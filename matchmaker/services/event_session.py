"""Sessions of the programme: breaks, talks, masterclasses, site visits, roundtables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    Attendance,
    Delegate,
    EventSession,
    Meeting,
    Person,
    Seat,
    SessionKind,
    SessionPlace,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.impact import InUse, impact_of_meetings, is_living
from matchmaker.services.seat_count import count_attending
from matchmaker.services.seat_mail import tell_session_cancelled, tell_session_moved
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.session_details import SessionDetails, check_details, settle
from matchmaker.services.session_place import refuse_where_tables_are


def find_session(session: Session, *, event_id: int, session_id: int) -> EventSession:
    """The session of this event; raises NotFound."""
    found = session.scalar(
        sa.select(EventSession).where(EventSession.id == session_id, EventSession.event_id == event_id)
    )
    if found is None:
        raise NotFound()
    return found


def add_session(
    session: Session, *, event_id: int, details: SessionDetails, actor_id: int, now: dt.datetime
) -> EventSession:
    """Add a session; raises InUse for a break at the time of meetings."""
    check_details(session, event_id=event_id, details=details)
    details, has_time = settle(session, event_id=event_id, details=details, found=None)
    if details.kind == SessionKind.BREAK:
        _check_meetings(session, event_id, details, of_people=None)
    _check_place(session, details, None)
    added = EventSession(event_id=event_id, has_time=has_time, **details.columns())
    session.add(added)
    session.flush()
    _set_places(session, added, details)
    _record(session, "add_session", added, actor_id, now)
    return added


def edit_session(
    session: Session,
    *,
    event_id: int,
    session_id: int,
    details: SessionDetails,
    actor_id: int,
    now: dt.datetime,
) -> EventSession:
    """Change a session; those who attend are told when time or place changes.

    Raises InUse when it moves onto meetings of those who attend (of anybody, for a break).
    """
    found = find_session(session, event_id=event_id, session_id=session_id)
    check_details(session, event_id=event_id, details=details)
    # those who take seats at this moment wait, and then see the new number
    lock_sessions(session, session_ids=[found.id])
    people = attending_people(session, session_id=found.id)
    guests = count_attending(session, event_id=event_id, session_id=found.id)[found.id, False]
    if details.seats is not None and guests > details.seats:
        raise Conflict(
            N_("%(count)s people attend already; that many seats are needed."), field="seats", count=guests
        )
    details, has_time = settle(session, event_id=event_id, details=details, found=found if people else None)
    if details.kind == SessionKind.BREAK and people:
        raise Conflict(N_("People attend this session; a break has no seats to take."), field="kind")
    is_break = details.kind == SessionKind.BREAK
    _check_meetings(session, event_id, details, of_people=None if is_break else [p.id for p in people])
    _check_place(session, details, found.id)
    is_moved = (found.starts_at, found.ends_at, found.place_id) != (
        details.starts_at,
        details.ends_at,
        details.place_id,
    )
    for name, value in details.columns().items():
        setattr(found, name, value)
    found.has_time = has_time
    _set_places(session, found, details)
    _record(session, "edit_session", found, actor_id, now)
    if is_moved:
        tell_session_moved(session, found=found, people=people, now=now)
    return found


def delete_session(
    session: Session, *, event_id: int, session_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Delete a session; those who attended are told."""
    found = find_session(session, event_id=event_id, session_id=session_id)
    # those who take seats at this moment wait, and then find it gone
    lock_sessions(session, session_ids=[found.id])
    people = attending_people(session, session_id=found.id)
    tell_session_cancelled(session, found=found, people=people, now=now)
    _record(session, "delete_session", found, actor_id, now)
    session.delete(found)
    session.flush()


def attending_people(session: Session, *, session_id: int) -> list[Person]:
    """Who attends, each person once."""
    people = (
        sa.select(Delegate.person_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Attendance.session_id == session_id)
    )
    return list(session.scalars(sa.select(Person).where(Person.id.in_(people)).order_by(Person.name)))


def _set_places(session: Session, found: EventSession, details: SessionDetails) -> None:
    present = {row.place_id: row for row in found.places}
    found.places = [
        present.get(number) or SessionPlace(session_id=found.id, place_id=number, event_id=found.event_id)
        for number in sorted(set(details.place_ids))
    ]
    session.flush()


def _check_place(session: Session, details: SessionDetails, session_id: int | None) -> None:
    """Raise TableInTheWay where the session would fill the place of a roundtable."""
    if details.place_id is not None and details.kind != SessionKind.ROUNDTABLE:
        refuse_where_tables_are(
            session, place_id=details.place_id, starts_at=details.starts_at, ends_at=details.ends_at,
            session_id=session_id,
        )  # fmt: skip


def _check_meetings(
    session: Session, event_id: int, details: SessionDetails, *, of_people: list[int] | None
) -> None:
    """Raise InUse when living meetings (of these people, or of anybody) overlap the session's time."""
    meetings = (
        sa.select(Meeting.id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == event_id,
            Slot.starts_at < details.ends_at,
            Slot.ends_at > details.starts_at,
            is_living(),
        )
    )
    if of_people is not None:
        seated = sa.select(Seat.meeting_id).where(Seat.person_id.in_(of_people), Seat.event_id == event_id)
        meetings = meetings.where(Meeting.id.in_(seated))
    hit = session.scalars(meetings).all()
    if hit:
        raise InUse(impact_of_meetings(session, event_id=event_id, meeting_ids=hit))


def _record(
    session: Session, action: str, found: EventSession, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=found.event_id,
        action=action,
        subject="session",
        subject_id=found.id,
        now=now,
        title=found.title,
        **details,
    )
