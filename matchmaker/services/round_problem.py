"""From a frozen round and its scored pairs to the problem that scheduling solves."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from matchmaker import scheduling
from matchmaker.matching import ScoredPairs
from matchmaker.services.gathering_problem import (
    Gatherings,
    build_gatherings,
    has_seat_at,
    may_sit_at,
    slots_of_gatherings,
)
from matchmaker.services.pause import is_too_near
from matchmaker.services.round_hours import costs_of
from matchmaker.services.round_input import DelegateInput, RoundInput
from matchmaker.services.round_kept import KeptMeeting
from matchmaker.services.round_pairs import Pairs
from matchmaker.services.round_place import PlaceInput, ShiftInput, SlotInput, StandInput

FLOOR = 2
"""So many meetings as many as possible get before anybody's surplus, unless the round says otherwise."""

SEEN_WEIGHT = 400
"""Thousandths that a meeting which people have looked at in the review earns for keeping its slot."""


@dataclass(frozen=True)
class Frozen:
    """The problem, and what its positions stand for."""

    problem: scheduling.Problem
    slot_ids: tuple[int, ...]
    fits: tuple[float, ...]
    kept: Mapping[int, KeptMeeting]
    """position of a pair -> the meeting that it already has"""
    movable: Mapping[int, KeptMeeting] = field(default_factory=dict)
    """position of a pair -> the meeting that both sides have seen, and that may move"""
    gatherings: Gatherings = field(default_factory=Gatherings)
    times: tuple[SlotInput, ...] = ()
    """the event's slots, and those of sessions of fixed time, whose numbers are negative"""


def build_problem(frozen: RoundInput, scored: ScoredPairs) -> Frozen:
    """The problem of this round; participations have the positions of `frozen.participants`."""
    builder = _Builder(frozen)
    collected = builder.pairs(scored)
    problem = scheduling.Problem(
        slots=builder.slots(),
        participations=builder.participations(),
        delegates=builder.delegates(),
        pairs=tuple(collected.pairs),
        places=builder.places(),
        gatherings=builder.gatherings.rows,
    )
    floor = frozen.settings.get("floor")
    problem = scheduling.with_floor(problem, FLOOR if floor is None else int(floor))
    problem = replace(problem, uncomfortable=frozen.settings.get("uncomfortable"))
    return Frozen(
        problem,
        slot_ids=tuple(slot.id for slot in builder.times),
        fits=tuple(collected.fits),
        kept=collected.kept,
        movable=collected.movable,
        gatherings=builder.gatherings,
        times=builder.times,
    )


class _Builder:
    """Positions of the rows, and the kept meetings by side, slot and place."""

    def __init__(self, frozen: RoundInput) -> None:
        self.frozen = frozen
        self.row = {p.id: row for row, p in enumerate(frozen.participants)}
        self.times = (*frozen.slots, *slots_of_gatherings(frozen))
        self.at = {-one.session_id: one for one in frozen.gatherings}
        self.slot = {slot.id: number for number, slot in enumerate(self.times)}
        self.place = {place.id: number for number, place in enumerate(frozen.places)}
        self.delegate = {d.id: number for number, d in enumerate(frozen.delegates)}
        self.gatherings = build_gatherings(frozen, row=self.row, slot=self.slot, place=self.place)
        self.inside = [m for m in frozen.kept if m.a_id in self.row and m.b_id in self.row]
        # a meeting with somebody who is no longer in rounds keeps its seats, place and share of the limits
        self.outside = [m for m in frozen.kept if m.is_seated and m not in self.inside]

    def slots(self) -> tuple[scheduling.Slot, ...]:
        """In the event's own days; a booth session's slots happen at its stand only."""
        zone = ZoneInfo(self.frozen.time_zone)
        used: dict[int, set[int]] = defaultdict(set)
        for meeting in self.inside:
            if meeting.place_id in self.place:
                used[meeting.slot_id].add(self.place[meeting.place_id])
        return tuple(
            scheduling.Slot(
                start=scheduling.minutes(slot.starts_at),
                end=scheduling.minutes(slot.ends_at),
                day=slot.starts_at.astimezone(zone).toordinal(),
                block=slot.block_id,
                is_session=slot.id in self.at,
                places=None
                if slot.stand is None
                else tuple(sorted({self.place[slot.stand.place_id]} | used[slot.id])),
            )
            for slot in self.times
        )

    def participations(self) -> tuple[scheduling.Participation, ...]:
        """With their limits, which never fall below the meetings that they already have."""
        has, away = Counter[int](), Counter[int]()
        for meeting in self.inside:
            has.update((meeting.a_id, meeting.b_id))
        for meeting in self.outside:
            away.update((meeting.a_id, meeting.b_id))
        weights = self.frozen.settings.get("weights") or {}
        zone = ZoneInfo(self.frozen.time_zone)
        days: dict[int, Counter[dt.date]] = defaultdict(Counter)
        moments = {slot.id: slot.starts_at.astimezone(zone).date() for slot in self.frozen.slots}
        for meeting in self.inside:
            for side in (meeting.a_id, meeting.b_id):
                days[side][moments[meeting.slot_id]] += 1
        gaps = self._gaps()
        result = []
        for person in self.frozen.participants:
            limits = self.frozen.limits[person.id]
            most = limits.maximum
            busiest = max(days[person.id].values(), default=0)
            result.append(
                scheduling.Participation(
                    id=person.id,
                    group=person.group,
                    maximum=None if most is None else max(most - away[person.id], has[person.id]),
                    minimum=limits.minimum,
                    per_day=None if limits.per_day is None else max(limits.per_day, busiest),
                    in_a_row=None if limits.in_a_row is None else max(limits.in_a_row, busiest),
                    pause=min(limits.pause, gaps.get(person.id, limits.pause)),
                    weight=float(weights.get(person.group, 1.0)),
                )
            )
        return tuple(result)

    def _gaps(self) -> dict[int, int]:
        """Per participation the fewest minutes that its people have between two meetings that stand.

        Where these are fewer than the pause, it gives way: what is kept must not make a round impossible,
        and nothing that people have seen is dropped for the sake of a pause.
        """
        person = {row.id: row.person_id for row in self.frozen.delegates}
        slots = {slot.id: slot for slot in self.frozen.slots}
        held: dict[int, list[SlotInput]] = defaultdict(list)
        for meeting in (*self.inside, *self.frozen.movable):
            for number in meeting.delegate_ids:
                if number in person and meeting.slot_id in slots:
                    held[person[number]].append(slots[meeting.slot_id])
        shortest: dict[int, int] = {}
        for number, those in held.items():
            those.sort(key=lambda slot: slot.starts_at)
            gaps = [
                scheduling.minutes(after.starts_at) - scheduling.minutes(before.ends_at)
                for before, after in pairwise(those)
            ]
            if gaps:
                shortest[number] = max(0, min(gaps))
        fewest: dict[int, int] = {}
        for row in self.frozen.delegates:
            if row.person_id in shortest:
                gap = shortest[row.person_id]
                fewest[row.participation_id] = min(gap, fewest.get(row.participation_id, gap))
        return fewest

    def delegates(self) -> tuple[scheduling.Delegate, ...]:
        """Free where they are available, on duty at their own stand, or sit already."""
        sits: dict[int, set[int]] = defaultdict(set)
        for meeting in self.inside:
            for number in meeting.delegate_ids:
                sits[number].add(meeting.slot_id)
        stands = tuple(self.frozen.stands.items())
        away = self._away()
        times = [(slot.starts_at, slot.ends_at) for slot in self.frozen.slots]
        zones = {row.zone: costs_of(times, row.zone) for row in self.frozen.delegates}
        found = []
        for row in self.frozen.delegates:
            slots = tuple(
                number
                for number, slot in enumerate(self.times)
                if self._sits(row, slot, sits[row.id])
                or (
                    self._is_free(row, slot)
                    and _may_sit(row, slot, stands)
                    and self._keeps_pause(row, slot, away[row.person_id])
                )
            )
            # who wishes for a session knows when it is: its hour costs nothing
            costs = zones[row.zone] and tuple(
                0 if self.times[number].id in self.at else zones[row.zone][number] for number in slots
            )
            found.append(
                scheduling.Delegate(
                    id=row.id,
                    person=row.person_id,
                    participation=self.row[row.participation_id],
                    slots=slots,
                    costs=costs if any(costs) else (),
                )
            )
        return tuple(found)

    def _away(self) -> dict[int, list[SlotInput]]:
        """Per person the slots of meetings that the problem does not know."""
        person = {row.id: row.person_id for row in self.frozen.delegates}
        found: dict[int, list[SlotInput]] = defaultdict(list)
        for meeting in self.outside:
            for number in meeting.delegate_ids:
                if number in person:
                    found[person[number]].append(self.frozen.slots[self.slot[meeting.slot_id]])
        return found

    def _keeps_pause(self, row: DelegateInput, slot: SlotInput, away: Iterable[SlotInput]) -> bool:
        pause = dt.timedelta(minutes=self.frozen.limits[row.participation_id].pause)
        span = slot.starts_at, slot.ends_at
        return not any(is_too_near(span, (other.starts_at, other.ends_at), pause) for other in away)

    def _sits(self, row: DelegateInput, slot: SlotInput, kept: set[int]) -> bool:
        return slot.id in kept or (slot.id in self.at and has_seat_at(self.at[slot.id], row.id))

    def _is_free(self, row: DelegateInput, slot: SlotInput) -> bool:
        one = self.at.get(slot.id)
        return slot.id in row.slot_ids if one is None else may_sit_at(one, row.id, row.participation_id)

    def places(self) -> tuple[scheduling.Place, ...]:
        """With what they hold and whom they admit, slot by slot."""
        kept, away = Counter[tuple[int | None, int]](), Counter[tuple[int | None, int]]()
        kept.update((m.place_id, m.slot_id) for m in self.inside)
        away.update((m.place_id, m.slot_id) for m in self.outside)
        result = []
        for place in self.frozen.places:
            rooms = []
            for slot in self.times:
                room = self._room(place, slot)
                if room is not None:
                    room = max(room - away[place.id, slot.id], kept[place.id, slot.id])
                rooms.append(room)
            hosts = tuple(self._hosts(place, slot) for slot in self.times)
            result.append(
                scheduling.Place(
                    id=place.id,
                    kind=place.kind,  # type: ignore[arg-type]
                    capacity=tuple(rooms),
                    hosts=None if all(h is None for h in hosts) else hosts,
                )
            )
        return tuple(result)

    def _room(self, place: PlaceInput, slot: SlotInput) -> int | None:
        if place.open and not any(span.holds(slot) for span in place.open):
            return 0
        if any(span.overlaps(slot) for span in place.filled):
            return 0
        stand = slot.stand
        if stand is not None:
            if stand.place_id != place.id:
                return 0
            return place.room(place.capacity if stand.capacity is None else stand.capacity, slot)
        is_stand_now = any(
            other.stand is not None
            and other.stand.place_id == place.id
            and other.starts_at < slot.ends_at
            and slot.starts_at < other.ends_at
            for other in self.frozen.slots
        )
        return 0 if is_stand_now else place.room(place.capacity, slot)

    def _hosts(self, place: PlaceInput, slot: SlotInput) -> tuple[int, ...] | None:
        if slot.stand is not None and slot.stand.place_id == place.id:
            if not slot.stand.shifts:
                return None if not place.owners else self._rows(place.owners)
            return self._rows(s.participation_id for s in slot.stand.shifts if s.span.holds(slot))
        return self._rows(place.owners) if place.owners else None

    def _rows(self, participation_ids: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({self.row[p] for p in participation_ids if p in self.row}))

    def pairs(self, scored: ScoredPairs) -> Pairs:
        """Candidates, meetings that stay, and told pairs that cannot meet, each pair once."""
        collected = Pairs(self.frozen, self.row)
        collected.add_kept(self.inside, self._lock)
        collected.add_movable(self.frozen.movable, self._lock)
        collected.add_scored(scored, self._seen())
        collected.add_excluded(scored)
        collected.add_forced()
        return collected

    def _seen(self) -> dict[tuple[int, int], scheduling.Seen]:
        """Where people have seen drafted meetings, by rows, as far as slot and delegates are still there."""
        found = {}
        for meeting in self.frozen.seen:
            if meeting.a_id in self.row and meeting.b_id in self.row and meeting.slot_id in self.slot:
                lock = self._lock(meeting)
                found[self.row[meeting.a_id], self.row[meeting.b_id]] = scheduling.Seen(
                    lock.slot, lock.place, SEEN_WEIGHT, lock.delegate_a, lock.delegate_b
                )
        return found

    def _lock(self, meeting: KeptMeeting) -> scheduling.Lock:
        sitting = [self.delegate[d] for d in meeting.delegate_ids if d in self.delegate]
        sides = {self.frozen.delegates[d].participation_id: d for d in reversed(sitting)}
        return scheduling.Lock(
            slot=self.slot[meeting.slot_id],
            place=self.place.get(meeting.place_id) if meeting.place_id is not None else None,
            delegate_a=sides.get(meeting.a_id),
            delegate_b=sides.get(meeting.b_id),
        )


def _may_sit(row: DelegateInput, slot: SlotInput, stands: tuple[tuple[int, StandInput], ...]) -> bool:
    """A partner's staff on duty sits at its stand only; its other people leave that stand to them."""
    for block_id, stand in stands:
        for shift in stand.shifts:
            if shift.participation_id != row.participation_id or not shift.span.overlaps(slot):
                continue
            if block_id == slot.block_id:
                if shift.span.holds(slot) and not _is_on_duty(row, shift):
                    return False
            elif _is_on_duty(row, shift):
                return False
    return True


def _is_on_duty(row: DelegateInput, shift: ShiftInput) -> bool:
    return not shift.staff or row.id in shift.staff
