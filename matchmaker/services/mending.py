"""Where meetings can go that lose their slot, place or delegate: as many as possible stay, no other moves."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Event, Meeting, MeetingStatus, Slot
from matchmaker.services.availability import available_slots
from matchmaker.services.gone import Gone
from matchmaker.services.hand_over import Colleagues, hand_over
from matchmaker.services.left_session import LeftSession
from matchmaker.services.meeting_slot import Places
from matchmaker.services.pause import is_too_near, pauses_of
from matchmaker.services.placing import Placement
from matchmaker.services.round_place import PlaceInput, SlotInput, Span, read_slots

if TYPE_CHECKING:
    from matchmaker import scheduling

SECONDS = 2.0
PROPOSED_WORTH, CONFIRMED_WORTH, STAYING_WORTH = 1_000, 3_000, 500
"""Thousandths: a confirmed meeting goes before two proposed ones, and the same time before another."""


def plan_moves(
    session: Session,
    *,
    event: Event,
    meetings: Sequence[Meeting],
    gone: Gone,
    now: dt.datetime,
    sessions: Sequence[LeftSession] = (),
) -> dict[int, Placement]:
    """Where the meetings go that can be kept, by number; the others have to be cancelled.

    The `sessions` will have moved by then: their people are busy and their places taken.

    Everybody keeps their other meetings where they are. Who sits in a meeting stays the same, but for a
    delegate who leaves: a colleague who is free takes the seat, else the meeting moves to where one is.
    """
    every = read_slots(session, event=event)
    slots = [slot for slot in every if slot.starts_at > now and slot.id not in gone.slot_ids]
    if not meetings or not slots:
        return {}
    colleagues = None
    found: dict[int, Placement] = {}
    if gone.delegate_id is not None:
        rows = session.scalars(sa.select(Slot).where(Slot.event_id == event.id)).all()
        colleagues = Colleagues(session, event, leaving_id=gone.delegate_id, slots=every, rows=rows)
        found = hand_over(session, meetings=meetings, colleagues=colleagues)
    rest = [row for row in meetings if row.id not in found]
    return found | (
        _plan_rest(_Builder(session, event, rest, slots, every, gone, colleagues, sessions)) if rest else {}
    )


def _plan_rest(builder: _Builder) -> dict[int, Placement]:
    if not any(builder.allowed):
        return {}
    plain = builder.one_by_one()
    if len(plain) == len(builder.meetings):  # nobody is left over: there is nothing to search for
        return plain
    # the solver takes seconds to load: not for every page, and not where meetings simply fit
    from matchmaker import scheduling

    schedule = scheduling.solve(builder.problem(), seconds=SECONDS, seed=1)
    found = dict(builder.placement_of(made) for made in schedule.meetings)
    return found if len(found) >= len(plain) else plain


_NOWHERE = -1


def _overlap(one: SlotInput, other: SlotInput) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


class _Builder:
    """The small problem of the meetings that are hit, by positions."""

    def __init__(
        self,
        session: Session,
        event: Event,
        meetings: Sequence[Meeting],
        slots: Sequence[SlotInput],
        every: Sequence[SlotInput],
        gone: Gone,
        colleagues: Colleagues | None,
        sessions: Sequence[LeftSession],
    ) -> None:
        self.meetings, self.slots, self.colleagues = meetings, slots, colleagues
        movable = {row.id for row in meetings}  # a meeting does not stand in its own way
        tables = [(then.place_id, then.starts_at, then.ends_at) for one in sessions if (then := one.then)]
        self.choice = Places(session, event, narrowed=gone.narrowed, movable=movable, tables=tables)
        self.places: list[PlaceInput] = [one for one in self.choice.places if one.id != gone.place_id]
        sides = {side for row in meetings for side in (row.participation_a_id, row.participation_b_id)}
        self.side = {number: at for at, number in enumerate(sorted(sides))}
        self.staying = {
            row.id: Placement.of(row).delegate_ids - ({colleagues.leaving_id} if colleagues else set())
            for row in meetings
        }
        numbers = {number for staying in self.staying.values() for number in staying}
        free = available_slots(session, event=event, delegates=numbers, movable=movable)
        self.free = {number: set(found) for number, found in free.items()}
        for row in meetings:  # whoever sits there has agreed to it, whatever the usual hours are
            for number in self.staying[row.id]:
                self.free.setdefault(number, set()).add(row.slot_id)
        for one in sessions:
            self._keep_free_for(one, every)
        if colleagues is not None:
            numbers |= set(colleagues.numbers)
            self.free |= colleagues.free_slots()
        rows = session.scalars(
            sa.select(Delegate).where(Delegate.id.in_(sorted(numbers))).order_by(Delegate.id)
        )
        self.people = list(rows)
        self.pauses = pauses_of(
            session, event=event, delegate_ids=numbers, without=[row.id for row in meetings]
        )
        self.between = self._pauses_between({slot.id: slot for slot in every})
        position = {slot.id: at for at, slot in enumerate(slots)}
        self.position: Mapping[int, int] = position
        self.allowed = [self._allowed(row, gone) for row in meetings]

    def _keep_free_for(self, one: LeftSession, every: Sequence[SlotInput]) -> None:
        """Take the time at which a session will be from those who sit in it."""
        if one.then is None:
            return
        span = Span(one.then.starts_at, one.then.ends_at)
        at = {slot.id for slot in every if span.overlaps(slot)}
        for number in one.staying & self.free.keys():
            self.free[number] -= at

    def one_by_one(self) -> dict[int, Placement]:
        """Each meeting in turn to its own slot if that stays, else to the first free one."""
        taken: dict[int, list[SlotInput]] = defaultdict(list)
        used: Counter[tuple[int | None, int]] = Counter()
        found: dict[int, Placement] = {}
        for row, slots in zip(self.meetings, self.allowed, strict=True):
            allowed = sorted(slots, key=lambda at: self.slots[at].id != row.slot_id)
            for slot in (self.slots[at] for at in allowed):
                sitting = self._sitting(row, slot)
                if any(self._too_near(number, slot, other) for number in sitting for other in taken[number]):
                    continue
                place = self._free_place(row, slot, used)
                if sitting and place != _NOWHERE:
                    found[row.id] = Placement(slot.id, place, sitting)
                    used[place, slot.id] += 1
                    for number in sitting:
                        taken[number].append(slot)
                    if self.colleagues is not None:
                        for number in sitting - self.staying[row.id]:
                            self.colleagues.choose(number, slot.id)
                    break
        return found

    def placement_of(self, made: scheduling.Meeting) -> tuple[int, Placement]:
        """What the solver made of one meeting."""
        row = self.meetings[made.pair]
        sitting = self.staying[row.id]
        if self.colleagues is not None:
            is_a = row.participation_a_id == self.colleagues.side_id
            sitting |= {self.people[made.delegate_a if is_a else made.delegate_b].id}
        place_id = None if made.place is None else self.places[made.place].id
        return row.id, Placement(self.slots[made.slot].id, place_id, sitting)

    def _sitting(self, row: Meeting, slot: SlotInput) -> frozenset[int]:
        """Who would sit in it in this slot; nobody when no colleague can."""
        if self.colleagues is None:
            return self.staying[row.id]
        able = self.colleagues.able(slot.id)
        return self.staying[row.id] | {able[0]} if able else frozenset()

    def _too_near(self, delegate_id: int, one: SlotInput, other: SlotInput) -> bool:
        spans = (one.starts_at, one.ends_at), (other.starts_at, other.ends_at)
        return is_too_near(*spans, self._between(delegate_id))

    def _between(self, delegate_id: int) -> dt.timedelta:
        """The pause between two meetings that are hit: none is cancelled that had no more before."""
        return self.between.get(delegate_id, self.pauses.length(delegate_id))

    def _pauses_between(self, slots: Mapping[int, SlotInput]) -> dict[int, dt.timedelta]:
        held: dict[int, list[SlotInput]] = defaultdict(list)
        for row in self.meetings:
            for number in self.staying[row.id]:
                held[number].append(slots[row.slot_id])
        found = {}
        for number, those in held.items():
            those.sort(key=lambda slot: slot.starts_at)
            breaks = [after.starts_at - before.ends_at for before, after in pairwise(those)]
            found[number] = max(dt.timedelta(), min([self.pauses.length(number), *breaks]))
        return found

    def _keeps_pauses(self, row: Meeting, slot: SlotInput) -> bool:
        """Whether all who sit in it have their pause then; where it stands already, it may stay."""
        return slot.id == row.slot_id or all(
            self.pauses.allows(number, slot.starts_at, slot.ends_at) for number in self.staying[row.id]
        )

    def _free_place(self, row: Meeting, slot: SlotInput, used: Counter[tuple[int | None, int]]) -> int | None:
        """A place that still has room, None for the video link, _NOWHERE where there is none."""
        fitting = self.choice.for_pair(slot, {row.participation_a_id, row.participation_b_id})
        for number in sorted(fitting, key=lambda number: number != row.place_id):  # its own if it can
            if number is None:
                return None
            place = next((one for one in self.places if one.id == number), None)
            if place is None:
                continue
            _hosts, room = self.choice.left(place, slot)
            others = sum(
                count
                for (where, at), count in used.items()
                if where == number and _overlap(slot, self.slots[self.position[at]])
            )
            if room is None or others < room:
                return number
        return _NOWHERE

    def problem(self) -> scheduling.Problem:
        """Everything that is not hit stands: it has been taken off capacities and availability."""
        from matchmaker import scheduling  # as above

        return scheduling.Problem(
            slots=tuple(
                scheduling.Slot(
                    start=scheduling.minutes(slot.starts_at),
                    end=scheduling.minutes(slot.ends_at),
                    day=slot.starts_at.toordinal(),
                    block=slot.block_id,
                )
                for slot in self.slots
            ),
            participations=tuple(
                scheduling.Participation(id=number, pause=self._pause(number)) for number in self.side
            ),
            delegates=tuple(
                scheduling.Delegate(
                    id=row.id,
                    person=row.person_id,
                    participation=self.side[row.participation_id],
                    slots=self._slots(self.free.get(row.id, ())),
                )
                for row in self.people
                if row.participation_id in self.side
            ),
            pairs=tuple(
                self._pair(row, slots) for row, slots in zip(self.meetings, self.allowed, strict=True)
            ),
            places=tuple(self._place(place) for place in self.places),
        )

    def _pause(self, participation_id: int) -> int:
        own = (row.id for row in self.people if row.participation_id == participation_id)
        return max((int(self._between(number).total_seconds()) // 60 for number in own), default=0)

    def _allowed(self, row: Meeting, gone: Gone) -> tuple[int, ...]:
        """The slots in which all who sit in it are free and some place has room."""
        sides = {row.participation_a_id, row.participation_b_id}
        free = set.intersection(*(self.free.get(number, set()) for number in self.staying[row.id]))
        return tuple(
            at
            for at, slot in enumerate(self.slots)
            if slot.id in free
            and (self.colleagues is None or self.colleagues.able(slot.id))
            and self._keeps_pauses(row, slot)
            and any(
                gone.place_id is None or number != gone.place_id
                for number in self.choice.for_pair(slot, sides)
            )
        )

    def _pair(self, row: Meeting, allowed: tuple[int, ...]) -> scheduling.Pair:
        from matchmaker import scheduling  # as above

        own = self.position.get(row.slot_id)
        worth = CONFIRMED_WORTH if row.status == MeetingStatus.CONFIRMED else PROPOSED_WORTH
        return scheduling.Pair(
            a=self.side[row.participation_a_id],
            b=self.side[row.participation_b_id],
            value=worth,
            slots=allowed,
            forbidden=None if allowed else "no_slot",
            seen=scheduling.Seen(own, weight=STAYING_WORTH) if own is not None else None,
        )

    def _place(self, place: PlaceInput) -> scheduling.Place:
        from matchmaker import scheduling  # as above

        left = [self.choice.left(place, slot) for slot in self.slots]
        hosts = tuple(
            None if who is None else tuple(sorted(self.side[n] for n in who if n in self.side))
            for who, _room in left
        )
        return scheduling.Place(
            id=place.id,
            kind=place.kind,  # type: ignore[arg-type]
            capacity=tuple(room for _who, room in left),
            hosts=None if all(one is None for one in hosts) else hosts,
        )

    def _slots(self, slot_ids: Collection[int]) -> tuple[int, ...]:
        return tuple(sorted(self.position[number] for number in slot_ids if number in self.position))
