"""What time, people and places have in common: overlapping slots, rows of slots, pools of the equal.

Delegates of one participation with the same hours are interchangeable, and so are tables open at the same
time. Pooling them takes that symmetry out of the search: a pool of m people is one row with capacity m, and
who sits where is settled at the end (see seating.py). Intervals can be coloured with as many colours as
overlap at once, and rests can be shared out in rotation, so nothing is lost by deciding later.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .problem import Key, Problem


def moments(problem: Problem, pause: int = 0) -> tuple[tuple[int, ...], ...]:
    """The maximal sets of slots of which nobody can use two; in a plain event, each slot alone.

    With a pause of so many minutes each slot lasts that much longer: slots are still intervals, so whoever
    is in at most one slot of each set has every pause.
    """
    slots = problem.slots
    found = {
        frozenset(t for t, s in enumerate(slots) if s.start <= now < s.end + pause)
        for now in {s.start for s in slots}
    }
    largest = [m for m in found if not any(m < other for other in found)]
    return tuple(sorted(tuple(sorted(m)) for m in largest))


def runs(problem: Problem, length: int) -> tuple[tuple[int, ...], ...]:
    """All rows of `length` consecutive slots of one block and day."""
    blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for t in sorted(range(len(problem.slots)), key=lambda t: (problem.slots[t].start, t)):
        blocks[problem.slots[t].day, problem.slots[t].block].append(t)
    return tuple(
        tuple(block[k : k + length])
        for _, block in sorted(blocks.items())
        for k in range(len(block) - length + 1)
    )


@dataclass(frozen=True, slots=True)
class SeatPool:
    """Interchangeable delegates of one participation; `crew` is shared by pools of the same persons."""

    participation: int
    delegates: tuple[int, ...]
    crew: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Persons, the delegate positions they have, how many slots in a row they may sit, and their pause."""

    persons: tuple[Key, ...]
    delegates: tuple[int, ...]
    in_a_row: int | None
    pause: int = 0


def seat_pools(problem: Problem) -> tuple[tuple[SeatPool, ...], tuple[Crew, ...]]:
    """Pools of delegates, ordered by participation, and their crews.

    Persons are interchangeable when all their delegate rows are alike and no lock names any of these.
    """
    sits_for: dict[Key, list[int]] = defaultdict(list)
    for d, delegate in enumerate(problem.delegates):
        sits_for[delegate.person].append(d)
    named = {x for p in problem.pairs if p.lock for x in (p.lock.delegate_a, p.lock.delegate_b)}
    alike: dict[Key, tuple[object, ...]] = {}
    alone: set[Key] = set()
    for person, theirs in sits_for.items():
        rows = [problem.delegates[d] for d in theirs]
        if len({row.participation for row in rows}) < len(rows) or not named.isdisjoint(theirs):
            alone.add(person)
        alike[person] = tuple(sorted((row.participation, row.slots, row.costs) for row in rows))
    pooled: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for d, delegate in enumerate(problem.delegates):
        own = d if delegate.person in alone else -1
        pooled[delegate.participation, delegate.slots, delegate.costs, alike[delegate.person], own].append(d)
    crews: dict[tuple[Key, ...], int] = {}
    found: list[Crew] = []
    pools = []
    for members in sorted(pooled.values(), key=lambda m: (problem.delegates[m[0]].participation, m)):
        persons = tuple(sorted((problem.delegates[d].person for d in members), key=lambda x: sits_for[x]))
        if persons not in crews:
            crews[persons] = len(found)
            everywhere = tuple(d for person in persons for d in sits_for[person])
            seats = [problem.participations[problem.delegates[d].participation] for d in everywhere]
            rest = min((s.in_a_row for s in seats if s.in_a_row is not None), default=None)
            found.append(Crew(persons, everywhere, rest, max(s.pause for s in seats)))
        pools.append(SeatPool(problem.delegates[members[0]].participation, tuple(members), crews[persons]))
    return tuple(pools), tuple(found)


@dataclass(frozen=True, slots=True)
class PlacePools:
    """Pools of interchangeable places.

    places      per pool, its places
    open_to_all per slot, the pools that admit anybody
    for_host    per (participation, slot), the pools that admit its meetings only
    of          (place, slot) -> pool, where the place is open
    """

    places: tuple[tuple[int, ...], ...]
    open_to_all: tuple[tuple[int, ...], ...]
    for_host: dict[tuple[int, int], tuple[int, ...]]
    of: dict[tuple[int, int], int]


def place_pools(problem: Problem) -> PlacePools:
    """Pools of places; slots that overlap no other may pool all their open tables, whatever other hours."""
    overlapping = {t for moment in moments(problem) if len(moment) > 1 for t in moment}
    numbers: dict[tuple[object, ...], int] = {}
    members: list[set[int]] = []
    of: dict[tuple[int, int], int] = {}
    open_to_all: list[list[int]] = [[] for _ in problem.slots]
    for_host: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k, place in enumerate(problem.places):
        for t, slot in enumerate(problem.slots):
            if place.capacity[t] == 0 or (slot.places is not None and k not in slot.places):
                continue
            hosts = None if place.hosts is None else place.hosts[t]
            key: tuple[object, ...]
            if t not in overlapping:
                key = ("hall", t, place.capacity[t] is None) if hosts is None else ("place", k)
            else:
                key = (
                    ("place", k) if place.hosts is not None else ("alike", place.capacity, _open(problem, k))
                )
            pool = numbers.setdefault(key, len(numbers))
            if pool == len(members):
                members.append(set())
            members[pool].add(k)
            of[k, t] = pool
            if hosts is None:
                if pool not in open_to_all[t]:
                    open_to_all[t].append(pool)
            else:
                for p in hosts:
                    for_host[p, t].append(pool)
    return PlacePools(
        tuple(tuple(sorted(m)) for m in members),
        tuple(tuple(sorted(pools)) for pools in open_to_all),
        {key: tuple(pools) for key, pools in for_host.items()},
        of,
    )


def _open(problem: Problem, place: int) -> tuple[bool, ...]:
    return tuple(s.places is None or place in s.places for s in problem.slots)
