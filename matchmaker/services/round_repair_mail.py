"""Tells each person once what a repair changed in their meetings, with entries for the calendar."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Change,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Place,
    Slot,
)
from matchmaker.services.calendar_invitation import CANCEL, REQUEST, messages_of
from matchmaker.services.left_session import LeftSession
from matchmaker.services.meeting_mail import calendar_arguments, meeting_arguments
from matchmaker.services.outbox import queue_mail
from matchmaker.services.placing import Placement
from matchmaker.services.seat_calendar import seat_messages_of
from matchmaker.services.seat_mail import session_entry_arguments
from matchmaker.services.session_leaving import told_of

Told = tuple[Delegate, Meeting, str]
"""Who is told, of which meeting, and what became of it: moved, handed (others sit in it), new, cancelled."""

SeatTold = tuple[Delegate, LeftSession, str]
"""Who is told, of which session, and what it is for them: see `told_of`."""


@dataclass(frozen=True)
class Cause:
    """Why, where it is not the organiser who has rearranged something.

    A delegate of an organisation has left (without a name where the account was erased); else a withdrawal.
    """

    delegate: str = ""
    organisation: str = ""

    def said(self) -> dict[str, Any]:
        """What the mail says of it."""
        if not self.organisation:
            return {"is_withdrawal": True}
        return {"left": self.delegate, "left_organisation": self.organisation}


def tell_repaired(
    session: Session,
    *,
    event: Event,
    key: str,
    before: Mapping[int, Placement],
    meetings: Sequence[Meeting],
    now: dt.datetime,
    change: Change | None = None,
    cause: Cause | None = None,
    sessions: Sequence[LeftSession] = (),
) -> int:
    """Queue one mail to everybody who sat or sits in one of these meetings or sessions; gives how many.

    `key` tells this change from others; the mails are held back as long as `change` can be undone.
    """
    left = told_of(session, left=sessions)
    letters = _Letters(session, event, meetings, before, now, {number for number, _, _ in left})
    said = {} if cause is None else cause.said()
    told: dict[int, list[Told]] = defaultdict(list)
    seats: dict[int, list[SeatTold]] = defaultdict(list)
    for number, one, kind in left:
        delegate = letters.delegates[number]
        seats[delegate.person_id].append((delegate, one, kind))
    for meeting in meetings:
        then = before[meeting.id].delegate_ids if meeting.id in before else frozenset()
        sits = {sitter.delegate_id for sitter in meeting.sitters}
        if meeting.status == MeetingStatus.CANCELLED:
            sits = set()
        for number in sorted(then | sits):
            delegate = letters.delegates[number]
            kind = _kind(meeting, before.get(meeting.id), was=number in then, sits=number in sits)
            told[delegate.person_id].append((delegate, meeting, kind))
    messages = messages_of(
        session,
        happened=[
            (meeting, person_id, CANCEL if kind == "cancelled" else REQUEST)
            for person_id, changes in told.items()
            for _delegate, meeting, kind in changes
            if kind != "handed"  # its time and place are as the calendar has them
        ],
    )
    seat_messages = seat_messages_of(
        session,
        happened=[
            (one.session_id, person_id, REQUEST if kind in ("hosts", "moved") else CANCEL)
            for person_id, lines in seats.items()
            for _delegate, one, kind in lines
        ],
    )
    own, own_seats = _by_person(messages), _by_person(seat_messages)
    everybody = sorted({*told, *seats})
    for person_id in everybody:
        _tell(
            session, letters, told[person_id], seats[person_id], f"agenda_changed:{key}:{person_id}",
            own[person_id], own_seats[person_id], change, said,
        )  # fmt: skip
    return len(everybody)


def _kind(meeting: Meeting, before: Placement | None, *, was: bool, sits: bool) -> str:
    """What became of a meeting for one who sat in it or sits there now."""
    if not sits:
        return "cancelled"
    if not was or before is None:
        return "new"
    return "moved" if before.is_elsewhere(meeting) else "handed"


def _tell(
    session: Session,
    letters: _Letters,
    changes: list[Told],
    seats: list[SeatTold],
    key: str,
    messages: dict[int, str],
    seat_messages: dict[int, str],
    held: Change | None,
    said: dict[str, Any],
) -> None:
    lines = [letters.line(*change) for change in changes]
    entries = [
        (kind == "new", letters.entry(meeting, delegate, messages[meeting.id]))
        for delegate, meeting, kind in changes
        if meeting.id in messages
    ]
    entries += [
        (kind == "hosts", letters.seat_entry(one, seat_messages[one.session_id]))
        for _delegate, one, kind in seats
        if one.session_id in seat_messages
    ]
    # mail programs take one meeting of a mail as an invitation: a new one goes in front, the others as files
    front = next((entry for is_new, entry in entries if is_new), entries[0][1] if len(entries) == 1 else None)
    calendar: dict[str, Any] = {"calendars": [entry for _is_new, entry in entries if entry is not front]}
    if front is not None:
        calendar["calendar"] = front
    if seats:
        calendar["sessions"] = [_seat_line(one, kind) for _delegate, one, kind in seats]
    event = letters.event
    delegate = (changes or seats)[0][0]
    queue_mail(
        session,
        kind="agenda_changed",
        key=key,
        person=letters.people[delegate.person_id],
        arguments={
            "event": event.name,
            "event_slug": event.slug,
            "event_zone": event.time_zone,
            "changes": sorted(lines, key=lambda line: str(line["starts_at"])),
            **calendar,
            **said,
        },
        now=letters.now,
        event_id=event.id,
        participation_id=delegate.participation_id,
        messages=messages,
        seats=seat_messages,
        change=held,
    )


def _by_person(messages: Mapping[tuple[int, int], str]) -> dict[int, dict[int, str]]:
    """What each person's calendar is told of each meeting or session."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (number, person_id), method in messages.items():
        found[person_id][number] = method
    return found


def _seat_line(one: LeftSession, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "title": one.title,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "place": one.place,
        "host": one.host,
        **_then(one),
    }


def _then(one: LeftSession) -> dict[str, Any]:
    """When and where a session is that moves; empty where it does not."""
    if one.then is None:
        return {}
    return {
        "then_starts_at": one.then.starts_at.isoformat(),
        "then_ends_at": one.then.ends_at.isoformat(),
        "then_place": one.then.place,
    }


class _Letters:
    """What the mails say, with everything read once."""

    def __init__(
        self,
        session: Session,
        event: Event,
        meetings: Sequence[Meeting],
        before: Mapping[int, Placement],
        now: dt.datetime,
        beside: Collection[int] = (),
    ) -> None:
        self._session, self.event, self._before, self.now = session, event, before, now
        of_event = {row.id: row for row in session.scalars(
            sa.select(Delegate).where(Delegate.event_id == event.id)
        )}  # fmt: skip
        wanted = {sitter.delegate_id for meeting in meetings for sitter in meeting.sitters}
        wanted |= {number for row in before.values() for number in row.delegate_ids} | set(beside)
        self.delegates = {number: of_event[number] for number in wanted}
        numbers = {delegate.person_id for delegate in self.delegates.values()}
        self.people = {
            row.id: row for row in session.scalars(sa.select(Person).where(Person.id.in_(sorted(numbers))))
        }
        # kept in the session, so that the arguments of each meeting find them there
        self._slots = {row.id: row for row in session.scalars(
            sa.select(Slot).where(Slot.event_id == event.id)
        )}  # fmt: skip
        self._places = {row.id: row for row in session.scalars(
            sa.select(Place).where(Place.event_id == event.id)
        )}  # fmt: skip
        names = session.execute(
            sa.select(Participation.id, Organisation.name)
            .join(Organisation, Organisation.id == Participation.organisation_id)
            .where(Participation.event_id == event.id)
        )
        self._names: dict[int, str] = {row.id: row.name for row in names}

    def line(self, delegate: Delegate, meeting: Meeting, kind: str) -> dict[str, Any]:
        """One change as plain JSON."""
        own = delegate.participation_id
        told = meeting_arguments(self._session, self.event, meeting, own_id=own, names=self._names)
        accepted = meeting.accepted_a_at if own == meeting.participation_a_id else meeting.accepted_b_at
        line = {
            name: told[name]
            for name in ("meeting_id", "own", "partner", "starts_at", "ends_at", "place", "room")
        }
        needs_answer = meeting.status == MeetingStatus.PROPOSED and accepted is None
        sits = self._who_comes(meeting) if kind in ("moved", "handed") else ""
        return {
            **line,
            "kind": kind,
            "sits": sits,
            "needs_answer": needs_answer,
            **self._earlier(meeting, kind),
        }

    def seat_entry(self, one: LeftSession, method: str) -> dict[str, Any]:
        """The calendar entry of a session: as it moves, else at the time and place that calendars know."""
        row = self._session.get_one(EventSession, one.session_id)
        at = one.then or one
        entry = session_entry_arguments(
            self.event, row, place=at.place, host=one.host, method=method, now=self.now
        )
        # one that is called off has no time of its own any more
        return {**entry, "starts_at": at.starts_at.isoformat(), "ends_at": at.ends_at.isoformat()}

    def _who_comes(self, meeting: Meeting) -> str:
        """Who sits now on the sides that others sat for before, by name; empty when all are the same."""
        then = self._before[meeting.id].delegate_ids
        now = {sitter.delegate_id for sitter in meeting.sitters}
        sides = {self.delegates[number].participation_id for number in then ^ now}
        here = [self.delegates[number] for number in sorted(now)]
        return ", ".join(self.people[row.person_id].name for row in here if row.participation_id in sides)

    def _earlier(self, meeting: Meeting, kind: str) -> dict[str, str]:
        if kind == "new" or meeting.id not in self._before:
            return {"was_starts_at": "", "was_ends_at": "", "was_place": ""}
        then = self._before[meeting.id]
        slot = self._slots[then.slot_id]
        place = self._places.get(then.place_id) if then.place_id is not None else None
        return {
            "was_starts_at": slot.starts_at.isoformat(),
            "was_ends_at": slot.ends_at.isoformat(),
            "was_place": place.name if place else "",
        }

    def entry(self, meeting: Meeting, delegate: Delegate, method: str) -> dict[str, Any]:
        """The calendar entry of one change."""
        partner = self._names[meeting.other_side(delegate.participation_id)]
        return calendar_arguments(
            self._session, self.event, meeting, partner=partner, method=method, now=self.now
        )
