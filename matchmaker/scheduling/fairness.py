"""How evenly a schedule shares out meetings and uncomfortable hours, and what the floor costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from .problem import Key, Problem
from .schedule import Schedule, sittings


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: smallest, middle, largest, and the Gini coefficient (0 equal .. 1 one has all)."""

    n: int
    least: float
    middle: float
    most: float
    gini: float


@dataclass(frozen=True, slots=True)
class Fairness:
    """The report of a schedule.

    meetings     of all participations, and per group
    without      participations with no meeting, each with how many of its pairs failed for which reason
    below        participations with fewer meetings than their minimum
    discomfort   cost of hours per person who has any meeting, thousandths
    uncomfortable   meetings at hours that cost something, of the same persons
    """

    meetings: Spread
    groups: dict[str, Spread]
    without: dict[int, dict[str, int]]
    below: tuple[int, ...]
    discomfort: Spread
    uncomfortable: Spread


def report(problem: Problem, schedule: Schedule) -> Fairness:
    """Fairness of a schedule; participations without any candidate pair count as having none."""
    met: Counter[int] = Counter()
    cost: dict[Key, int] = defaultdict(int)
    costly: dict[Key, int] = defaultdict(int)
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        met.update((pair.a, pair.b))
    for d, slot in sittings(schedule):
        delegate = problem.delegates[d]
        here = delegate.costs[delegate.slots.index(slot)] if delegate.costs else 0
        cost[delegate.person] += here
        costly[delegate.person] += here > 0
    members: dict[str, list[int]] = defaultdict(list)
    for p, participation in enumerate(problem.participations):
        members[participation.group].append(p)
    why: dict[int, Counter[str]] = {p: Counter() for p in range(len(problem.participations)) if not met[p]}
    for u in schedule.unplaced:
        for p in (problem.pairs[u.pair].a, problem.pairs[u.pair].b):
            if p in why:
                why[p][u.code] += 1
    return Fairness(
        meetings=spread([met[p] for p in range(len(problem.participations))]),
        groups={group: spread([met[p] for p in those]) for group, those in sorted(members.items())},
        without={p: dict(codes) for p, codes in why.items()},
        below=tuple(p for p, x in enumerate(problem.participations) if met[p] < x.minimum),
        discomfort=spread(list(cost.values())),
        uncomfortable=spread(list(costly.values())),
    )


def spread(values: Sequence[float]) -> Spread:
    """The distribution of values that are at least 0; all zeros for none."""
    ordered = sorted(values)
    n, total = len(ordered), sum(ordered)
    if not n:
        return Spread(0, 0, 0, 0, 0.0)
    ranked = sum((2 * k - n + 1) * value for k, value in enumerate(ordered))
    return Spread(n, ordered[0], median(ordered), ordered[-1], ranked / (n * total) if total else 0.0)


def with_floor(problem: Problem, meetings: int = 2) -> Problem:
    """The problem with extra value on everybody's first meetings, falling, each far above any pair's value.

    A first meeting can push out at most the meetings of two people, a place and what hangs on them, so four
    times the best value makes it win wherever it is possible.
    """
    best = max((p.value for p in problem.pairs), default=0)
    return replace(problem, floor=tuple(4 * best * (meetings - k) // meetings for k in range(meetings)))


def price(fair: Schedule, free: Schedule) -> float:
    """The share of value that `fair` gives up against `free`, solved without floor; never below 0."""
    return max(0.0, 1 - fair.value / free.value) if free.value else 0.0
