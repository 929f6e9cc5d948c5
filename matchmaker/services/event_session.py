"""Sessions of the programme: breaks, talks, masterclasses, site visits."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import (
    Attendance,
    Delegate,
    Event,
    EventSession,
    Meeting,
    Person,
    Place,
    Seat,
    SessionKind,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.event import check_within_days, find_event
from matchmaker.services.impact import InUse, impact_of_meetings, is_living
from matchmaker.services.outbox import queue_mail
from matchmaker.services.place import find_place


@dataclass(frozen=True)
class SessionDetails:
    """What an organiser says of a session; `seats` None is as many as come."""

    kind: SessionKind
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    description: str = ""
    place_id: int | None = None
    seats: int | None = None


@dataclass(frozen=True)
class ProgrammeItem:
    """A session with its place's name and how many people attend."""

    session: EventSession
    place: str
    attending: int

    @property
    def starts_at(self) -> dt.datetime:
        """When it begins."""
        return self.session.starts_at

    @property
    def free(self) -> int | None:
        """How many seats are left; None where they are not counted."""
        return None if self.session.seats is None else max(0, self.session.seats - self.attending)


def find_session(session: Session, *, event_id: int, session_id: int) -> EventSession:
    """The session of this event; raises NotFound."""
    found = session.scalar(
        sa.select(EventSession).where(EventSession.id == session_id, EventSession.event_id == event_id)
    )
    if found is None:
        raise NotFound()
    return found


def sessions_of(session: Session, *, event_id: int) -> list[EventSession]:
    """The event's sessions in their order in time."""
    return list(
        session.scalars(
            sa.select(EventSession)
            .where(EventSession.event_id == event_id)
            .order_by(EventSession.starts_at, EventSession.id)
        )
    )


def programme_of(session: Session, *, event_id: int) -> list[ProgrammeItem]:
    """The event's sessions with places and counts, in their order in time."""
    places = {row.id: row.name for row in session.scalars(sa.select(Place).where(Place.event_id == event_id))}
    counts = session.execute(
        sa.select(Attendance.session_id, sa.func.count(Delegate.person_id.distinct()))
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.event_id == event_id)
        .group_by(Attendance.session_id)
    )
    attending = {row[0]: row[1] for row in counts}
    return [
        ProgrammeItem(row, places.get(row.place_id or 0, ""), attending.get(row.id, 0))
        for row in sessions_of(session, event_id=event_id)
    ]


def add_session(
    session: Session, *, event_id: int, details: SessionDetails, actor_id: int, now: dt.datetime
) -> EventSession:
    """Add a session; raises InUse for a break at the time of meetings."""
    _check_details(session, event_id, details)
    if details.kind == SessionKind.BREAK:
        _check_meetings(session, event_id, details, of_people=None)
    added = EventSession(event_id=event_id, **asdict(details))
    session.add(added)
    session.flush()
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
    _check_details(session, event_id, details)
    # those who take seats at this moment wait, and then see the new number
    session.execute(sa.select(EventSession.id).where(EventSession.id == found.id).with_for_update())
    people = attending_people(session, session_id=found.id)
    if details.seats is not None and len(people) > details.seats:
        raise Conflict(
            N_("%(count)s people attend already; that many seats are needed."),
            field="seats",
            count=len(people),
        )
    if details.kind == SessionKind.BREAK and people:
        raise Conflict(N_("People attend this session; a break has no seats to take."), field="kind")
    is_break = details.kind == SessionKind.BREAK
    _check_meetings(session, event_id, details, of_people=None if is_break else [p.id for p in people])
    is_moved = (found.starts_at, found.ends_at, found.place_id) != (
        details.starts_at,
        details.ends_at,
        details.place_id,
    )
    for name, value in asdict(details).items():
        setattr(found, name, value)
    session.flush()
    _record(session, "edit_session", found, actor_id, now)
    if is_moved:
        _tell(session, "session_moved", found, people, now)
    return found


def delete_session(
    session: Session, *, event_id: int, session_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Delete a session; those who attended are told."""
    found = find_session(session, event_id=event_id, session_id=session_id)
    _tell(session, "session_cancelled", found, attending_people(session, session_id=found.id), now)
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


def _check_details(session: Session, event_id: int, details: SessionDetails) -> None:
    event = find_event(session, event_id=event_id)
    if not details.title:
        raise Invalid(N_("Give the session a title."), field="title")
    if details.seats is not None and details.seats < 1:
        raise Invalid(N_("Write a whole number, 1 or more, or leave it empty."), field="seats")
    if details.seats is not None and details.kind == SessionKind.BREAK:
        raise Invalid(N_("A break is for everybody and has no seats."), field="seats")
    if details.place_id is not None:
        find_place(session, event_id=event_id, place_id=details.place_id)
    check_within_days(event, details.starts_at, details.ends_at)


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


def _tell(session: Session, kind: str, found: EventSession, people: list[Person], now: dt.datetime) -> None:
    event = session.get_one(Event, found.event_id)
    place = session.get(Place, found.place_id) if found.place_id else None
    for person in people:
        queue_mail(
            session,
            kind=kind,
            key=f"{kind}:{found.id}:{person.id}:{now.isoformat()}",
            person=person,
            event_id=found.event_id,
            arguments={
                "event": event.name,
                "event_slug": event.slug,
                "title": found.title,
                "starts_at": found.starts_at.isoformat(),
                "ends_at": found.ends_at.isoformat(),
                "place": place.name if place else "",
            },
            now=now,
        )


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
