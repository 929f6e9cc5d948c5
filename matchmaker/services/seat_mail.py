"""What mails say of seats in sessions, with entries for the calendar, which are those of the subscription."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.models import (
    CalendarChoice,
    Delegate,
    Event,
    EventSession,
    Organisation,
    Participation,
    Person,
    Place,
)
from matchmaker.services.outbox import queue_mail
from matchmaker.services.person_calendar import USUAL_CHOICE, choices_of


def uid_of_session(found: EventSession, event: Event) -> str:
    """The session's name in calendars, the same for life."""
    return f"session-{found.id}-{event.slug}@matchmaker"


def session_entry_arguments(
    event: Event, found: EventSession, *, place: str, host: str, now: dt.datetime
) -> dict[str, Any]:
    """The entry of a session in the calendar of somebody who has a seat in it, to be imported as it is."""
    return {
        "uid": uid_of_session(found, event),
        "sequence": 0,
        "method": "PUBLISH",
        "status": "CONFIRMED",
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


def tell_seat_given(
    session: Session, *, found: EventSession, delegate: Delegate, key: str, now: dt.datetime
) -> None:
    """One mail to who has got a seat that came free: what, when, where, and how to give it back."""
    event = session.get_one(Event, found.event_id)
    person = session.get_one(Person, delegate.person_id)
    place = session.get(Place, found.place_id) if found.place_id else None
    names = {"place": place.name if place else "", "host": host_name(session, found)}
    queue_mail(
        session,
        kind="seat_given",
        key=key,
        person=person,
        event_id=event.id,
        participation_id=delegate.participation_id,
        arguments={
            "event": event.name,
            "event_slug": event.slug,
            "event_zone": event.time_zone,
            "title": found.title,
            "starts_at": found.starts_at.isoformat(),
            "ends_at": found.ends_at.isoformat(),
            "calendar_entries": [session_entry_arguments(event, found, now=now, **names)]
            if wants_entries(session, person.id)
            else [],
            **names,
        },
        now=now,
    )


def wants_entries(session: Session, person_id: int) -> bool:
    """Whether the person wants mails to bring anything for the calendar."""
    chosen = choices_of(session, person_ids=[person_id])
    return chosen.get(person_id, USUAL_CHOICE) != CalendarChoice.NONE


def host_name(session: Session, found: EventSession) -> str:
    """Who hosts the session, by name; empty without a host."""
    if found.host_id is None:
        return ""
    host = session.get_one(Participation, found.host_id)
    return session.get_one(Organisation, host.organisation_id).name
