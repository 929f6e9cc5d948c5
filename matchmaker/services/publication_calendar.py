"""What a publication puts into calendars: meetings, and the sessions in which somebody has a seat.

The digest is one mail for each person, and mail programs take one meeting of a mail as an invitation
(Outlook ignores all but the first). So the digest brings the confirmed meetings as a file to import,
and only who asked for it gets an invitation for each of them, in mails of their own.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    CalendarChoice,
    Change,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Person,
    Place,
    Slot,
)
from matchmaker.services.calendar_invitation import REQUEST, holders
from matchmaker.services.meeting_mail import entry_arguments, meeting_arguments
from matchmaker.services.outbox import queue_mail
from matchmaker.services.person_calendar import USUAL_CHOICE, choices_of
from matchmaker.services.seat_mail import session_entry_arguments


@dataclass(frozen=True)
class SeatedMeeting:
    """A confirmed meeting that a person sits in for a participation."""

    meeting: Meeting
    slot: Slot
    place: Place | None
    own_id: int


class PublicationCalendar:
    """The confirmed meetings of an event's people, read once."""

    def __init__(self, session: Session, event: Event, names: Mapping[int, str], now: dt.datetime) -> None:
        self._session, self._event, self._names, self._now = session, event, dict(names), now
        self._seated = _seated(session, event)
        self._sessions = _attended(session, event, names, now)
        self._chosen = choices_of(session, person_ids=sorted({*self._seated, *self._sessions}))
        each = [number for number in self._seated if self._choice(number) == CalendarChoice.EACH]
        meeting_ids = {row.meeting.id for number in each for row in self._seated[number]}
        self._holding = holders(session, meeting_ids=meeting_ids)

    def file_of(self, person_id: int) -> list[dict[str, Any]]:
        """The entries of the digest's file: seats in sessions, and meetings for who gets no invitations."""
        choice = self._choice(person_id)
        if choice == CalendarChoice.NONE:
            return []
        sessions = self._sessions.get(person_id, [])
        if choice == CalendarChoice.EACH:
            return sessions
        return sessions + [
            entry_arguments(
                self._event, row.meeting, row.slot, row.place, method="PUBLISH", now=self._now,
                partner=self._names[row.meeting.other_side(row.own_id)],
            )
            for row in self._seated.get(person_id, ())
        ]  # fmt: skip

    def invite(self, person: Person, change: Change | None) -> None:
        """Queue an invitation for each meeting that the calendar of who asked for it does not hold yet."""
        if self._choice(person.id) != CalendarChoice.EACH:
            return
        for row in self._seated.get(person.id, ()):
            if (row.meeting.id, person.id) in self._holding:
                continue
            arguments = meeting_arguments(
                self._session, self._event, row.meeting, own_id=row.own_id, names=self._names
            )
            arguments["calendar"] = entry_arguments(
                self._event, row.meeting, row.slot, row.place, method=REQUEST, now=self._now,
                partner=arguments["partner"],
            )  # fmt: skip
            queue_mail(
                self._session, kind="meeting_confirmed", person=person, arguments=arguments, now=self._now,
                key=f"meeting_confirmed:{row.meeting.id}:{row.meeting.version}:{person.id}",
                event_id=self._event.id, participation_id=row.own_id, change=change,
                messages={row.meeting.id: REQUEST},
            )  # fmt: skip

    def _choice(self, person_id: int) -> CalendarChoice:
        return self._chosen.get(person_id, USUAL_CHOICE)


def _attended(
    session: Session, event: Event, names: Mapping[int, str], now: dt.datetime
) -> dict[int, list[dict[str, Any]]]:
    """Per person the entries of the coming sessions that the person attends, each once."""
    rows = session.execute(
        sa.select(Delegate.person_id, EventSession, Place.name)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(EventSession, EventSession.id == Attendance.session_id)
        .outerjoin(Place, Place.id == EventSession.place_id)
        .where(EventSession.event_id == event.id, EventSession.ends_at > now)
        .order_by(EventSession.starts_at, EventSession.id)
    )
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for person_id, row, place in rows:
        host = names.get(row.host_id, "") if row.host_id else ""
        found[person_id][row.id] = session_entry_arguments(event, row, place=place or "", host=host, now=now)
    return {person_id: list(entries.values()) for person_id, entries in found.items()}


def _seated(session: Session, event: Event) -> dict[int, list[SeatedMeeting]]:
    rows = session.execute(
        sa.select(Delegate.person_id, Delegate.participation_id, Meeting, Slot, Place)
        .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
        .join(Meeting, Meeting.id == MeetingDelegate.meeting_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(Meeting.event_id == event.id, Meeting.status == MeetingStatus.CONFIRMED)
        .order_by(Slot.starts_at, Meeting.id)
    )
    found: dict[int, list[SeatedMeeting]] = defaultdict(list)
    for person_id, own_id, meeting, slot, place in rows:
        found[person_id].append(SeatedMeeting(meeting, slot, place, own_id))
    return found
