"""The pause that people have between two meetings, wherever a meeting is placed outside a round.

A seat in a session that a round gives, at a roundtable or in a masterclass, counts like a meeting.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, Event, EventSession, Participation, Seat, Slot
from matchmaker.services.chunks import chunks
from matchmaker.services.seat_people import persons_of

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Pauses:
    """Per delegate how long the person is free between two meetings, and when the person meets already."""

    lengths: Mapping[int, dt.timedelta]
    meets: Mapping[int, tuple[Span, ...]]

    def allows(self, delegate_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Whether a meeting then leaves the delegate's pause before and after every other."""
        pause = self.lengths.get(delegate_id, dt.timedelta())
        return not any(
            is_too_near((starts_at, ends_at), other, pause) for other in self.meets.get(delegate_id, ())
        )

    def length(self, delegate_id: int) -> dt.timedelta:
        """How long this delegate is free between two meetings."""
        return self.lengths.get(delegate_id, dt.timedelta())


def is_too_near(one: Span, other: Span, pause: dt.timedelta) -> bool:
    """Whether two meetings overlap, or leave less than the pause between them."""
    return one[0] < other[1] + pause and other[0] < one[1] + pause


def spans_of_gatherings(
    session: Session, *, event_id: int, person_ids: Collection[int]
) -> dict[int, list[tuple[int, Span]]]:
    """Per person the sessions with seats by the round in which it sits: number, from, to."""
    found: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    for part in chunks(sorted(person_ids)):
        rows = session.execute(
            sa.select(Delegate.person_id, EventSession.id, EventSession.starts_at, EventSession.ends_at)
            .join(Attendance, Attendance.delegate_id == Delegate.id)
            .join(EventSession, EventSession.id == Attendance.session_id)
            .where(
                EventSession.event_id == event_id,
                EventSession.is_by_round.is_(True),
                Delegate.person_id.in_(part),
            )
            .distinct()
        )
        for person_id, session_id, starts_at, ends_at in rows:
            found[person_id].append((session_id, (starts_at, ends_at)))
    return found


def pauses_of(
    session: Session,
    *,
    event: Event,
    delegate_ids: Collection[int],
    without: Collection[int] = (),
    without_session: int | None = None,
    of_seats_only: bool = False,
) -> Pauses:
    """The pauses of these delegates; a person who sits for several participations has the longest.

    The meetings `without`, and a session, count as if they were not there: those that are to be placed anew.
    With `of_seats_only` no meeting counts, but seats in sessions do.
    """
    people = persons_of(session, delegate_ids=delegate_ids)
    persons = set(people.values())
    lengths = _lengths(session, event, persons)
    if not any(lengths.values()):
        return Pauses({}, {})
    meets = defaultdict(list) if of_seats_only else _meets(session, event.id, persons, without)
    seats = spans_of_gatherings(session, event_id=event.id, person_ids=persons)
    for person_id, those in seats.items():
        meets[person_id] += [span for number, span in those if number != without_session]
    return Pauses(
        {number: lengths[person] for number, person in people.items()},
        {number: tuple(meets[person]) for number, person in people.items()},
    )


def _lengths(session: Session, event: Event, person_ids: set[int]) -> dict[int, dt.timedelta]:
    minutes = sa.func.coalesce(Participation.pause, event.pause or 0)
    rows = session.execute(
        sa.select(Delegate.person_id, sa.func.max(minutes))
        .join(Participation, Participation.id == Delegate.participation_id)
        .where(Delegate.event_id == event.id, Delegate.person_id.in_(person_ids))
        .group_by(Delegate.person_id)
    )
    return {person_id: dt.timedelta(minutes=most) for person_id, most in rows}


def _meets(
    session: Session, event_id: int, person_ids: set[int], without: Collection[int]
) -> dict[int, list[Span]]:
    rows = session.execute(
        sa.select(Seat.person_id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(
            Seat.event_id == event_id,
            Seat.person_id.in_(person_ids),
            Seat.meeting_id.not_in(list(without)),
        )
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for person_id, starts_at, ends_at in rows:
        found[person_id].append((starts_at, ends_at))
    return found
