"""A person's calendar: which meetings come as invitations, and the private address of a subscription."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import (
    Attendance,
    CalendarChoice,
    Delegate,
    Event,
    EventSession,
    Person,
    PersonCalendar,
    Place,
)
from matchmaker.services.agenda import AgendaMeeting, AgendaSession, read_meetings
from matchmaker.services.audit import record
from matchmaker.services.chunks import chunks
from matchmaker.services.link import hash_token

USUAL_CHOICE = CalendarChoice.SINGLE
# a calendar keeps showing what was, but not for ever
KEPT_AFTER_THE_EVENT = dt.timedelta(days=60)


@dataclass(frozen=True)
class EventCalendar:
    """What a person has on at one event: the meetings that person sits in, the sessions attended."""

    event: Event
    meetings: tuple[AgendaMeeting, ...]
    sessions: tuple[AgendaSession, ...]


def calendar_of(session: Session, *, person_id: int) -> PersonCalendar:
    """The person's choice; the usual one, not stored yet, where nothing was chosen."""
    found = session.get(PersonCalendar, person_id)
    return found or PersonCalendar(person_id=person_id, choice=USUAL_CHOICE)


def choices_of(session: Session, *, person_ids: Collection[int]) -> dict[int, CalendarChoice]:
    """The choices of these persons who chose; the others have USUAL_CHOICE."""
    found: dict[int, CalendarChoice] = {}
    for few in chunks(person_ids):
        rows = session.execute(
            sa.select(PersonCalendar.person_id, PersonCalendar.choice).where(
                PersonCalendar.person_id.in_(few)
            )
        )
        found.update(dict(rows.all()))
    return found


def choose_invitations(session: Session, *, person_id: int, choice: CalendarChoice, now: dt.datetime) -> None:
    """Say which meetings shall come as invitations; what a calendar holds already is still kept right."""
    row = _own_row(session, person_id)
    if row.choice == choice:
        return
    row.choice = choice
    session.flush()
    _record(session, "choose_calendar_invitations", person_id, now, choice=choice.value)


def make_feed(session: Session, *, person_id: int, now: dt.datetime) -> str:
    """A new secret address for the subscription; the older one ends. Only the token's hash is kept."""
    token = secrets.token_urlsafe(32)
    row = _own_row(session, person_id)
    row.feed_hash, row.feed_made_at = hash_token(token), now
    session.flush()
    _record(session, "make_calendar_feed", person_id, now)
    return token


def revoke_feed(session: Session, *, person_id: int, now: dt.datetime) -> None:
    """End the subscription's address."""
    row = _own_row(session, person_id)
    if row.feed_hash is None:
        return
    row.feed_hash, row.feed_made_at = None, None
    session.flush()
    _record(session, "revoke_calendar_feed", person_id, now)


def find_subscriber(session: Session, *, token: str) -> Person:
    """Whose calendar this token opens; raises NotFound for one that was revoked or never made."""
    person = session.scalar(
        sa.select(Person)
        .join(PersonCalendar, PersonCalendar.person_id == Person.id)
        .where(PersonCalendar.feed_hash == hash_token(token))
    )
    if person is None:
        raise NotFound()
    return person


def read_calendar(session: Session, *, person_id: int, now: dt.datetime) -> list[EventCalendar]:
    """What the person has on at each event that is not long over, drafts and ended meetings left out."""
    own: dict[int, list[int]] = {}
    events: dict[int, Event] = {}
    rows = session.execute(
        sa.select(Event, Delegate.participation_id)
        .join(Delegate, Delegate.event_id == Event.id)
        .where(Delegate.person_id == person_id, Event.ends_on >= (now - KEPT_AFTER_THE_EVENT).date())
        .order_by(Event.starts_on, Event.id, Delegate.id)
    )
    for event, participation_id in rows:
        events[event.id] = event
        own.setdefault(event.id, []).append(participation_id)
    return [
        EventCalendar(
            event,
            tuple(
                row
                for row in read_meetings(session, event=event, participation_ids=own[number])
                if not row.has_ended and person_id in {sitter.person_id for sitter in row.own_people}
            ),
            tuple(_sessions(session, number, person_id)),
        )
        for number, event in events.items()
    ]


def _sessions(session: Session, event_id: int, person_id: int) -> list[AgendaSession]:
    rows = session.execute(
        sa.select(EventSession, Place)
        .join(Attendance, Attendance.session_id == EventSession.id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .outerjoin(Place, Place.id == EventSession.place_id)
        .where(EventSession.event_id == event_id, Delegate.person_id == person_id)
        .order_by(EventSession.starts_at, EventSession.id)
        .distinct()
    )
    return [AgendaSession(row, row.starts_at, row.ends_at, place, ()) for row, place in rows]


def _own_row(session: Session, person_id: int) -> PersonCalendar:
    row = session.get(PersonCalendar, person_id)
    if row is None:
        row = PersonCalendar(person_id=person_id, choice=USUAL_CHOICE)
        session.add(row)
    return row


def _record(session: Session, action: str, person_id: int, now: dt.datetime, **details: Any) -> None:
    record(
        session, actor_id=person_id, action=action, subject="person", subject_id=person_id, now=now, **details
    )
