"""What a publication puts into calendars: meetings, and the sessions in which somebody has a seat.

The digest is one mail for each person, and mail programs take one meeting of a mail as an invitation
(Outlook ignores all but the first). So the digest brings the confirmed meetings and the seats as a file to
import, and only who asked for it gets an invitation for each of them, in mails of their own.
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
from matchmaker.services.seat_calendar import PUBLISH, seat_holders
from matchmaker.services.seat_mail import seat_arguments, session_entry_arguments


@dataclass(frozen=True)
class Attended:
    """A session in which a person has a seat for a participation, or which it hosts."""

    row: EventSession
    place: str
    host: str
    own_id: int


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
        coming = {number for theirs in self._sessions.values() for number in theirs}
        self._seats_held = seat_holders(session, session_ids=coming)
        self._chosen = choices_of(session, person_ids=sorted({*self._seated, *self._sessions}))
        each = [number for number in self._seated if self._choice(number) == CalendarChoice.EACH]
        meeting_ids = {row.meeting.id for number in each for row in self._seated[number]}
        self._holding = holders(session, meeting_ids=meeting_ids)

    def file_of(self, person_id: int) -> list[dict[str, Any]]:
        """The entries of the digest's file: seats in sessions, and meetings for who gets no invitations."""
        sessions = [
            self._session_entry(self._sessions[person_id][number], PUBLISH)
            for number in self.seats_in_file(person_id)
        ]
        if self._choice(person_id) != CalendarChoice.SINGLE:
            return sessions
        return sessions + [
            entry_arguments(
                self._event, row.meeting, row.slot, row.place, method=PUBLISH, now=self._now,
                partner=self._names[row.meeting.other_side(row.own_id)],
            )
            for row in self._seated.get(person_id, ())
        ]  # fmt: skip

    def seats_in_file(self, person_id: int) -> list[int]:
        """The sessions of that file; where each seat gets an invitation, those that came with one before."""
        choice = self._choice(person_id)
        if choice == CalendarChoice.NONE:
            return []
        all_of_them = self._sessions.get(person_id, {})
        is_each = choice == CalendarChoice.EACH
        return [one for one in all_of_them if not is_each or (one, person_id) in self._seats_held]

    def invite(self, person: Person, change: Change | None) -> None:
        """Queue an invitation for each meeting and seat that the calendar of who asked does not hold yet."""
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
        for number, seat in self._sessions.get(person.id, {}).items():
            if (number, person.id) in self._seats_held:
                continue
            arguments = seat_arguments(self._event, seat.row, place=seat.place, host=seat.host)
            queue_mail(
                self._session, kind="seat_given", person=person, now=self._now,
                key=f"seat_given:{number}:{person.id}:{seat.row.sequence}:{self._now.isoformat()}",
                arguments={
                    **arguments, "calendar": self._session_entry(seat, REQUEST),
                    "how": "hosts" if seat.row.host_id == seat.own_id else "round",
                },
                event_id=self._event.id, participation_id=seat.own_id, change=change,
                seats={number: REQUEST},
            )  # fmt: skip

    def _session_entry(self, seat: Attended, method: str) -> dict[str, Any]:
        return session_entry_arguments(
            self._event, seat.row, place=seat.place, host=seat.host, method=method, now=self._now
        )

    def _choice(self, person_id: int) -> CalendarChoice:
        return self._chosen.get(person_id, USUAL_CHOICE)


def _attended(
    session: Session, event: Event, names: Mapping[int, str], now: dt.datetime
) -> dict[int, dict[int, Attended]]:
    """Per person the coming sessions that the person attends, by number, each once, in order of time."""
    rows = session.execute(
        sa.select(Delegate.person_id, Delegate.participation_id, EventSession, Place.name)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(EventSession, EventSession.id == Attendance.session_id)
        .outerjoin(Place, Place.id == EventSession.place_id)
        .where(EventSession.event_id == event.id, EventSession.ends_at > now)
        .order_by(EventSession.starts_at, EventSession.id)
    )
    found: dict[int, dict[int, Attended]] = defaultdict(dict)
    for person_id, own_id, row, place in rows:
        host = names.get(row.host_id, "") if row.host_id else ""
        found[person_id][row.id] = Attended(row, place or "", host, own_id)
    return found


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
