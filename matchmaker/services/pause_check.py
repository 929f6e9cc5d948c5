"""The pauses of those who get seats, checked where seats are claimed, however a meeting came to its time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import Delegate, Event, Meeting, Participation, Seat, Slot
from matchmaker.services.chunks import chunks
from matchmaker.services.pause import Span, is_too_near, spans_of_gatherings


class NoPause(Conflict):
    """Somebody of the meeting would have no pause before or after another one."""

    message = N_(
        "Somebody of this meeting has another one, or a seat in a session, too close to that time: there "
        "would be no pause between them. Choose another slot."
    )


@dataclass
class Timetable:
    """When persons meet, and how long each of them is free between two meetings."""

    lengths: Mapping[int, dt.timedelta] = field(default_factory=dict)
    meets: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))

    def is_too_near(self, person_id: int, span: Span) -> bool:
        """Whether a meeting then would leave the person no pause before or after another."""
        pause = self.lengths.get(person_id)
        return pause is not None and any(is_too_near(span, other, pause) for other in self.meets[person_id])

    def add(self, person_id: int, span: Span) -> None:
        """Let the person meet then; who has no pause is not followed."""
        if person_id in self.lengths:
            self.meets[person_id].append(span)


@dataclass(frozen=True)
class Foreseen:
    """Of a draft's meetings those that would leave somebody no pause, and those that do and stay anyway."""

    lost: frozenset[int]
    overridden: frozenset[int]


def read_timetable(
    session: Session,
    *,
    event_id: int,
    person_ids: Collection[int],
    without: Collection[int],
    fixed: Mapping[int, Sequence[Span]],
    gives_way: bool,
) -> Timetable:
    """What stands of these persons, the meetings `without` left out, and per person when they meet for sure.

    With `gives_way` nobody's pause is longer than the shortest break that somebody of the same participation
    has already: rounds are computed so, because what stands must not make them impossible.
    """
    sits_for = _participations(session, event_id, person_ids, with_colleagues=gives_way)
    pauses = _pauses(session, {side for sides in sits_for.values() for side in sides})
    if not any(pauses.values()):
        return Timetable()
    everybody = sorted(sits_for)
    seats = _seats(session, event_id, everybody)
    if gives_way:
        pauses = _shortened(pauses, sits_for, seats, fixed)
    longest = {person: max(pauses[side] for side in sides) for person, sides in sits_for.items()}
    lengths = {person: longest[person] for person in person_ids if longest.get(person)}
    left_out = set(without)
    meets: dict[int, list[Span]] = defaultdict(list)
    for person in lengths:
        meets[person] = [span for meeting, span in seats.get(person, ()) if meeting not in left_out]
        meets[person] += fixed.get(person, ())
    return Timetable(lengths, meets)


def foresee_pauses(session: Session, *, event: Event, meetings: Sequence[Meeting]) -> Foreseen:
    """Which of a draft's meetings publication would leave out for a pause, in the order given.

    Locked ones stay: the organiser fixed them, whatever the pause.
    """
    longest = sa.select(sa.func.max(Participation.pause)).where(Participation.event_id == event.id)
    if not event.pause and not session.scalar(longest):
        return Foreseen(frozenset(), frozenset())
    people = dict(
        session.execute(sa.select(Delegate.id, Delegate.person_id).where(Delegate.event_id == event.id)).all()
    )
    times = {
        row.id: (row.starts_at, row.ends_at)
        for row in session.scalars(sa.select(Slot).where(Slot.event_id == event.id))
    }
    sitting = {
        row.id: [people[sitter.delegate_id] for sitter in row.sitters if sitter.delegate_id in people]
        for row in meetings
    }
    locked = [row for row in meetings if row.is_locked]
    fixed: dict[int, list[Span]] = defaultdict(list)
    for row in locked:
        for person in sitting[row.id]:
            fixed[person].append(times[row.slot_id])
    everybody = {person for persons in sitting.values() for person in persons}

    def timetable(gives_way: bool) -> Timetable:
        return read_timetable(
            session, event_id=event.id, person_ids=everybody, without=(), fixed=fixed, gives_way=gives_way
        )

    now, stated = timetable(True), timetable(False)
    lost, overridden = set(), set()
    for row in meetings:
        span = times[row.slot_id]
        if row.is_locked:
            others = ((p, o) for p in sitting[row.id] for o in stated.meets.get(p, ()) if o != span)
            if any(is_too_near(span, other, stated.lengths[person]) for person, other in others):
                overridden.add(row.id)
        elif any(now.is_too_near(person, span) for person in sitting[row.id]):
            lost.add(row.id)
        else:
            for person in sitting[row.id]:
                now.add(person, span)
    return Foreseen(frozenset(lost), frozenset(overridden))


def _pauses(session: Session, participation_ids: Collection[int]) -> dict[int, dt.timedelta]:
    """Per participation, how long its people are free between two meetings."""
    asked = sa.select(Participation.id, sa.func.coalesce(Participation.pause, Event.pause, 0)).join(
        Event, Event.id == Participation.event_id
    )
    return {
        number: dt.timedelta(minutes=minutes)
        for part in chunks(sorted(participation_ids))
        for number, minutes in session.execute(asked.where(Participation.id.in_(part)))
    }


def _participations(
    session: Session, event_id: int, person_ids: Collection[int], *, with_colleagues: bool
) -> dict[int, list[int]]:
    """For which participations these persons, and where asked for their colleagues, can sit."""
    all_of_them = sa.select(Delegate.person_id, Delegate.participation_id).where(
        Delegate.event_id == event_id
    )
    asked = (
        [all_of_them]
        if with_colleagues
        else [all_of_them.where(Delegate.person_id.in_(part)) for part in chunks(sorted(person_ids))]
    )
    rows = [(person, side) for one in asked for person, side in session.execute(one)]
    chosen = set(person_ids)
    if with_colleagues:
        sides = {side for person, side in rows if person in chosen}
        chosen |= {person for person, side in rows if side in sides}
    found: dict[int, list[int]] = defaultdict(list)
    for person, side in rows:
        if person in chosen:
            found[person].append(side)
    return found


def _seats(session: Session, event_id: int, person_ids: Sequence[int]) -> dict[int, list[tuple[int, Span]]]:
    """Per person the meetings of this event that it sits in; sessions with seats have negative numbers."""
    found: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    for part in chunks(person_ids):
        rows = session.execute(
            sa.select(Seat.person_id, Seat.meeting_id, Slot.starts_at, Slot.ends_at)
            .join(Slot, Slot.id == Seat.slot_id)
            .where(Seat.event_id == event_id, Seat.person_id.in_(part))
        )
        for person_id, meeting_id, starts_at, ends_at in rows:
            found[person_id].append((meeting_id, (starts_at, ends_at)))
    gatherings = spans_of_gatherings(session, event_id=event_id, person_ids=person_ids)
    for person_id, seats in gatherings.items():
        found[person_id] += [(-session_id, span) for session_id, span in seats]
    return found


def _shortened(
    pauses: Mapping[int, dt.timedelta],
    sits_for: Mapping[int, Sequence[int]],
    seats: Mapping[int, Iterable[tuple[int, Span]]],
    fixed: Mapping[int, Sequence[Span]],
) -> dict[int, dt.timedelta]:
    shorter = dict(pauses)
    for person, sides in sits_for.items():
        spans = sorted({span for _meeting, span in seats.get(person, ())} | set(fixed.get(person, ())))
        breaks = [max(dt.timedelta(), after[0] - before[1]) for before, after in pairwise(spans)]
        for side in sides:
            shorter[side] = min(shorter[side], *breaks) if breaks else shorter[side]
    return shorter
