"""Reminders, each once: what is due is read from rows, and the mail's key makes a second one impossible."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Event, EventStatus, OutboxMail, Participation, Person, Round
from matchmaker.services.outbox import queue_mail
from matchmaker.services.reminder_due import (
    Waiting,
    busy_days,
    changed_today,
    thin_profiles,
    unsaid_wishes,
    waiting_answers,
)
from matchmaker.services.round_opening import people_of_rounds

Theirs = dict[int, list[tuple[Person, Participation, str]]]


@dataclass(frozen=True)
class Reminder:
    """One mail that is due."""

    kind: str
    key: str
    event_id: int
    person_id: int
    participation_id: int | None
    arguments: dict[str, Any]


def events_to_remind(session: Session, *, now: dt.datetime) -> list[Event]:
    """Events that are not over; a day is kept before and after because zones differ."""
    return list(
        session.scalars(
            sa.select(Event)
            .where(Event.status != EventStatus.DRAFT, Event.ends_on >= (now - dt.timedelta(days=1)).date())
            .order_by(Event.id)
        )
    )


def due_reminders(session: Session, *, event: Event, now: dt.datetime) -> list[Reminder]:
    """The reminders of an event that are due and were not written yet."""
    people = people_of_rounds(session, event_id=event.id)
    written = frozenset(
        session.scalars(
            sa.select(OutboxMail.key).where(
                OutboxMail.event_id == event.id, OutboxMail.kind.startswith("reminder_", autoescape=True)
            )
        )
    )
    found = [
        *_of_wishes(session, event, people, now),
        *_of_answers(session, event, people, written, now),
        *_of_profiles(session, event, people, now),
        *_of_changes(session, event, now),
        *_of_starts(session, event, now),
    ]
    return [reminder for reminder in found if reminder.key not in written]


def queue_reminder(session: Session, *, reminder: Reminder, now: dt.datetime) -> bool:
    """Queue the mail; False when it was queued meanwhile, or the person does not want it."""
    person = session.get(Person, reminder.person_id)
    return person is not None and queue_mail(
        session, kind=reminder.kind, key=reminder.key, person=person, arguments=reminder.arguments, now=now,
        event_id=reminder.event_id, participation_id=reminder.participation_id,
    )  # fmt: skip


def _of_wishes(session: Session, event: Event, people: Theirs, now: dt.datetime) -> Iterator[Reminder]:
    unsaid: dict[int, Round] = unsaid_wishes(session, event=event, now=now)
    for person_id, theirs in people.items():
        own = [(row, name) for _, row, name in theirs if row.id in unsaid]
        if not own:
            continue
        round_ = unsaid[own[0][0].id]
        yield Reminder(
            "reminder_wishes", f"reminder_wishes:{event.id}:{person_id}:{round_.id}", event.id, person_id,
            own[0][0].id,
            {
                **_about(event),
                "wishes_until": round_.wishes_until.isoformat() if round_.wishes_until else None,
                "lists": [{"participation_id": row.id, "name": name} for row, name in own],
            },
        )  # fmt: skip


def _of_answers(
    session: Session, event: Event, people: Theirs, written: frozenset[str], now: dt.datetime
) -> Iterator[Reminder]:
    """All that waits, in one mail, as soon as something waits that no reminder named yet."""
    waiting = waiting_answers(session, event=event, now=now)
    tokens: dict[str, set[str]] = defaultdict(set)
    for key in written:
        start, _colon, token = key.rpartition(":")
        tokens[f"{start}:"].update(token.split("-"))
    for person_id, theirs in people.items():
        prefix = f"reminder_unanswered:{event.id}:{person_id}:"
        named = tokens.get(prefix, set())
        own: list[tuple[int, Waiting]] = [
            (row.id, item) for _, row, _name in theirs for item in waiting.get(row.id, [])
        ]
        newest = _newest([item for _number, item in own])
        if all(_is_named(item, named) for _number, item in own):
            continue
        yield Reminder(
            "reminder_unanswered", prefix + newest, event.id, person_id, own[0][0],
            {
                **_about(event),
                "items": [
                    {
                        "partner": item.partner,
                        "starts_at": item.starts_at.isoformat(),
                        "path": item.path,
                        "expires_at": item.expires_at.isoformat() if item.expires_at else None,
                    }
                    for _number, item in own
                ],
            },
        )  # fmt: skip


def _newest(items: list[Waiting]) -> str:
    """The newest meeting and the newest request of a reminder: what is older was named with them."""
    meetings = [item.number for item in items if item.is_meeting]
    requests = [item.number for item in items if not item.is_meeting]
    return f"m{max(meetings, default=0)}-r{max(requests, default=0)}"


def _is_named(item: Waiting, named: Collection[str]) -> bool:
    letter = "m" if item.is_meeting else "r"
    return any(token.startswith(letter) and int(token[1:]) >= item.number for token in named)


def _of_profiles(session: Session, event: Event, people: Theirs, now: dt.datetime) -> Iterator[Reminder]:
    thin = thin_profiles(session, event=event, now=now)
    for person_id, theirs in people.items():
        for _person, row, name in theirs:
            if row.id in thin:
                yield Reminder(
                    "reminder_profile", f"reminder_profile:{event.id}:{person_id}:{row.id}", event.id,
                    person_id, row.id,
                    {
                        **_about(event), "participation_id": row.id, "organisation": name,
                        "missing": list(thin[row.id]),
                    },
                )  # fmt: skip


def _of_changes(session: Session, event: Event, now: dt.datetime) -> Iterator[Reminder]:
    for person_id, day, count, meetings in changed_today(session, event=event, now=now):
        yield Reminder(
            "reminder_changed", f"reminder_changed:{event.id}:{person_id}:{day}", event.id, person_id, None,
            {**_about(event), "count": count, "meetings": meetings},
        )  # fmt: skip


def _of_starts(session: Session, event: Event, now: dt.datetime) -> Iterator[Reminder]:
    for person_id, day, meetings in busy_days(session, event=event, now=now):
        yield Reminder(
            "reminder_start", f"reminder_start:{event.id}:{person_id}:{day}", event.id, person_id, None,
            {**_about(event), "meetings": meetings},
        )  # fmt: skip


def _about(event: Event) -> dict[str, Any]:
    return {
        "event_name": event.name,
        "event_slug": event.slug,
        "event_zone": event.time_zone,
        "organiser_name": event.organiser_name,
    }
