"""Who exactly sits where: from pools to persons and places, with few changes of place.

Pools promise that this works out (see shape.py). Should a meeting nevertheless find no seat, it is left out
and named, never squeezed in.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from .model import Ints, Model
from .problem import Problem
from .schedule import Meeting
from .shape import moments
from .state import State


def settle_booths(problem: Problem, model: Model, columns: Ints) -> Ints:
    """Move meetings to the own booth of one of their sides where that has room and costs nothing."""
    own = {pool for pools in model.places.for_host.values() for pool in pools}
    if not own:
        return columns
    state = State(model, columns)
    for c in columns.tolist():
        e = int(model.pair[c])
        if model.fixed[e] or model.pool[c] in own or _is_seen(problem, model, c):
            continue
        state.remove(c)
        alike = [
            d
            for d in range(model.start[e], model.start[e + 1])
            if model.slot[d] == model.slot[c] and int(model.pool[d]) in own and model.gain[d] == model.gain[c]
        ]
        state.add(next((d for d in alike if state.fits(d)), c))
    return state.columns()


def _is_seen(problem: Problem, model: Model, c: int) -> bool:
    seen = problem.pairs[int(model.pair[c])].seen
    return seen is not None and seen.slot == model.slot[c] and seen.place is not None


def seat(problem: Problem, model: Model, columns: Ints) -> tuple[Meeting, ...]:
    """The meetings of a feasible selection, by pair."""
    order = sorted(columns.tolist(), key=lambda c: _precedence(problem, model, c))
    people, rooms = _People(problem, model), _Rooms(problem, model)
    meetings = []
    for c in order:
        e, t = int(model.pair[c]), int(model.slot[c])
        a, b = people.pick(e, int(model.seat_a[c]), t, "a"), people.pick(e, int(model.seat_b[c]), t, "b")
        place = rooms.pick(e, int(model.pool[c]), t)
        if a is None or b is None or (place is None and problem.places):
            continue
        people.sit(a, t)
        people.sit(b, t)
        rooms.use(e, place, t)
        meetings.append(Meeting(e, t, place, a, b))
    return tuple(sorted(meetings, key=lambda m: m.pair))


def _precedence(problem: Problem, model: Model, c: int) -> tuple[int, int, int, int]:
    """Slot by slot in time; in a slot what is locked, then what was seen, then the rest."""
    pair, t = problem.pairs[int(model.pair[c])], int(model.slot[c])
    rank = 0 if pair.lock else 1 if pair.seen and pair.seen.slot == t else 2
    return problem.slots[t].start, t, rank, int(model.pair[c])


class _People:
    """Who of a pool sits next: the one seen before if free, else the one who has rested longest."""

    def __init__(self, problem: Problem, model: Model) -> None:
        self.problem, self.model = problem, model
        self.taken: dict[object, list[int]] = defaultdict(list)
        self.costly: dict[object, int] = defaultdict(int)
        self.order: dict[int, tuple[tuple[int, int], int]] = {}
        blocks: dict[tuple[int, int], int] = defaultdict(int)
        for t in sorted(range(len(problem.slots)), key=lambda t: (problem.slots[t].start, t)):
            block = (problem.slots[t].day, problem.slots[t].block)
            self.order[t] = (block, blocks[block])
            blocks[block] += 1

    def pick(self, e: int, pool: int, t: int, end: str) -> int | None:
        seat = self.model.seats[pool]
        if len(seat.delegates) == 1:
            return seat.delegates[0]
        crew = self.model.crews[seat.crew]
        most = crew.in_a_row
        free = [d for d in seat.delegates if self._free(d, t, crew.pause)]
        if most is not None:
            free = [d for d in free if self._run(d, t) < most]
        bounded = self.problem.uncomfortable
        if bounded is not None and self._costs(seat.delegates[0], t):
            # the least burdened first: so the pool's bound in all is everybody's bound
            least = min((self._burden(d) for d in free), default=0)
            free = [d for d in free if self._burden(d) == least < bounded]
        seen = self.problem.pairs[e].seen
        wanted = None if seen is None else seen.delegate_a if end == "a" else seen.delegate_b
        if wanted in free:
            return wanted
        return min(free, key=lambda d: (self._run(d, t), len(self._slots(d)), d), default=None)

    def _costs(self, delegate: int, t: int) -> bool:
        who = self.problem.delegates[delegate]
        return bool(who.costs) and who.costs[who.slots.index(t)] > 0

    def _burden(self, delegate: int) -> int:
        return self.costly[self.problem.delegates[delegate].person]

    def sit(self, delegate: int, t: int) -> None:
        self.costly[self.problem.delegates[delegate].person] += self._costs(delegate, t)
        self._slots(delegate).append(t)

    def _slots(self, delegate: int) -> list[int]:
        return self.taken[self.problem.delegates[delegate].person]

    def _free(self, delegate: int, t: int, pause: int) -> bool:
        slots = self.problem.slots
        return not any(
            slots[s].start < slots[t].end + pause and slots[t].start < slots[s].end + pause
            for s in self._slots(delegate)
        )

    def _run(self, delegate: int, t: int) -> int:
        block, at = self.order[t]
        sat = {self.order[s][1] for s in self._slots(delegate) if self.order[s][0] == block}
        length = 0
        while at - 1 - length in sat:
            length += 1
        return length


class _Rooms:
    """Which place of a pool: the locked, the seen, the one where a side was last; else the first free."""

    def __init__(self, problem: Problem, model: Model) -> None:
        self.problem, self.model = problem, model
        self.used: dict[tuple[int, int], int] = defaultdict(int)
        self.last: dict[int, int] = {}
        self.moments: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for moment in moments(problem):
            for t in moment:
                self.moments[t].append(moment)
        self.heaps: dict[tuple[int, int], list[int]] = {}
        self.locked: dict[tuple[int, int], int] = defaultdict(int)
        for p in problem.pairs:
            if p.lock is not None and p.lock.place is not None:
                self.locked[p.lock.place, p.lock.slot] += 1

    def pick(self, e: int, pool: int, t: int) -> int | None:
        if pool < 0:
            return None
        pair = self.problem.pairs[e]
        if pair.lock is not None and pair.lock.place is not None:
            return pair.lock.place
        wishes = [pair.seen.place] if pair.seen is not None and pair.seen.slot == t else []
        wishes += [self.last.get(pair.a), self.last.get(pair.b)]
        for wish in wishes:
            if wish is not None and self.model.places.of.get((wish, t)) == pool and self._has_room(wish, t):
                return wish
        heap = self.heaps.setdefault((pool, t), list(self.model.places.places[pool]))
        while heap:
            if self.model.places.of.get((heap[0], t)) == pool and self._has_room(heap[0], t):
                return heap[0]
            heapq.heappop(heap)
        return None

    def use(self, e: int, place: int | None, t: int) -> None:
        if place is None:
            return
        pair = self.problem.pairs[e]
        if pair.lock is not None and pair.lock.place == place:
            self.locked[place, t] -= 1
        self.used[place, t] += 1
        self.last[pair.a] = self.last[pair.b] = place

    def _has_room(self, place: int, t: int) -> bool:
        """Room beside the locked meetings still to come, in the slot and in all that overlap it."""
        capacity = self.problem.places[place].capacity
        for span in ((t,), *(m for m in self.moments[t] if len(m) > 1)):
            rooms = [capacity[s] for s in span if self.model.places.of.get((place, s)) is not None]
            taken = sum(self.used[place, s] + self.locked[place, s] for s in span)
            if None not in rooms and taken >= max(r for r in rooms if r is not None):
                return False
        return True
