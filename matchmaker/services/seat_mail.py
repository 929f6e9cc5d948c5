"""What mails say of seats in sessions, with entries for the calendar, which are those of the subscription."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Delegate,
    Event,
    EventSession,
    Organisation,
    Participation,
    Person,
    Place,
)
from matchmaker.services.calendar_invitation import CANCEL, REQUEST
from matchmaker.services.outbox import queue_mail
from matchmaker.services.seat_calendar import raise_sequence, seat_messages_of, uid_of_session


def session_entry_arguments(
    event: Event, found: EventSession, *, place: str, host: str, method: str, now: dt.datetime
) -> dict[str, Any]:
    """The entry of a session in the calendar of somebody who has, or had, a seat in it."""
    return {
        "uid": uid_of_session(found, event),
        "sequence": found.sequence,
        "method": method,
        "status": "CANCELLED" if method == CANCEL else "CONFIRMED",
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "stamped_at": now.isoformat(),
        "summary": f"{found.title} · {event.name}",
        "lines": [line for line in (host, event.name) if line],
        "page": f"/events/{event.slug}/programme",
        "location": ", ".join(part for part in (place, event.venue) if part) if place else "",
        "room": "",
        "organiser_name": event.organiser_name,
        "organiser_email": event.organiser_email,
    }


def seat_arguments(event: Event, found: EventSession, *, place: str, host: str) -> dict[str, Any]:
    """What every mail about a session says of it, as plain JSON."""
    return {
        "event": event.name,
        "event_slug": event.slug,
        "event_zone": event.time_zone,
        "title": found.title,
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "place": place,
        "host": host,
    }


def tell_seat_given(
    session: Session, *, found: EventSession, person: Person, participation_id: int, now: dt.datetime
) -> None:
    """One mail to who has got a seat that came free: what, when, where, and how to give it back."""
    _tell(
        session, "seat_given", found, [person], REQUEST, now, participation_id=participation_id, how="freed"
    )


def tell_seat_taken(
    session: Session, *, found: EventSession, person: Person, participation_id: int, now: dt.datetime
) -> None:
    """The entry for the calendar of who has taken a seat; no mail to who wants no entries."""
    if found.ends_at > now:
        _tell(
            session, "seat_given", found, [person], REQUEST, now, participation_id=participation_id,
            is_for_calendar=True, how="taken",
        )  # fmt: skip


def tell_seat_given_back(
    session: Session, *, found: EventSession, person: Person, participation_id: int, now: dt.datetime
) -> None:
    """Take the session out of the calendar of who has given the seat back; no mail where none holds it."""
    _tell(
        session, "seat_given_back", found, [person], CANCEL, now, participation_id=participation_id,
        is_for_calendar=True,
    )  # fmt: skip


def tell_session_moved(
    session: Session, *, found: EventSession, people: Sequence[Person], now: dt.datetime
) -> None:
    """One mail to each who has a seat in it: when and where it is now."""
    _tell(session, "session_moved", found, people, REQUEST, now)


def tell_session_cancelled(
    session: Session, *, found: EventSession, people: Sequence[Person], now: dt.datetime
) -> None:
    """One mail to each who had a seat in it, before the session is deleted."""
    _tell(session, "session_cancelled", found, people, CANCEL, now)


def _tell(
    session: Session,
    kind: str,
    found: EventSession,
    people: Sequence[Person],
    method: str,
    now: dt.datetime,
    *,
    participation_id: int | None = None,
    is_for_calendar: bool = False,
    **more: Any,
) -> None:
    """Queue a mail to each; one that only is there for the calendar goes with a message or not at all."""
    raise_sequence(session, found=found)
    messages = seat_messages_of(session, happened=[(found.id, person.id, method) for person in people])
    event = session.get_one(Event, found.event_id)
    place = session.get(Place, found.place_id) if found.place_id else None
    names = {"place": place.name if place else "", "host": host_name(session, found)}
    entry = session_entry_arguments(event, found, method=method, now=now, **names)
    hosts = _hosts(session, found)
    for person in people:
        has_message = (found.id, person.id) in messages
        if is_for_calendar and not has_message:
            continue
        queue_mail(
            session,
            kind=kind,
            key=f"{kind}:{found.id}:{person.id}:{found.sequence}:{now.isoformat()}",
            person=person,
            event_id=event.id,
            participation_id=participation_id,
            arguments={
                **seat_arguments(event, found, **names),
                "is_host": person.id in hosts,
                **({"calendar": entry} if has_message else {}),
                **more,
            },
            seats={found.id: method} if has_message else None,
            now=now,
        )


def _hosts(session: Session, found: EventSession) -> set[int]:
    """The persons who host it."""
    attending = sa.select(Delegate.person_id).join(Attendance, Attendance.delegate_id == Delegate.id)
    at_it = Attendance.session_id == found.id, Delegate.participation_id == found.host_id
    return set(session.scalars(attending.where(*at_it))) if found.host_id is not None else set()


def host_name(session: Session, found: EventSession) -> str:
    """Who hosts the session, by name; empty without a host."""
    if found.host_id is None:
        return ""
    host = session.get_one(Participation, found.host_id)
    return session.get_one(Organisation, host.organisation_id).name
