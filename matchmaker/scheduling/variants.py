"""The same round with another question: how many meetings at most, and what without fairness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from .problem import Problem
from .schedule import Certificate, PricedPlaces, Schedule, sittings

ONE = 1000
"""What every meeting is worth when meetings are counted, thousandths."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What a schedule's objective is made of, thousandths: value + first + seen - hours is the objective.

    first  extra value of first meetings and of those up to a minimum
    seen   earned by keeping meetings where people have already seen them
    hours  discomfort of all delegates
    """

    value: int
    first: int
    seen: int
    hours: int


def counted(problem: Problem) -> Problem:
    """The problem in which every meeting is worth the same and nothing else counts, gatherings neither.

    A bound of it, divided by `ONE` and rounded down, is how many meetings any schedule can have.
    """
    return replace(
        problem,
        pairs=tuple(replace(pair, value=ONE, seen=None) for pair in problem.pairs),
        delegates=tuple(replace(one, costs=()) if one.costs else one for one in problem.delegates),
        floor=(),
        shortfall=0,
        gatherings=(),
    )


def plain_proofs(counted: Problem) -> tuple[Certificate, ...]:
    """What anybody can count without a solver: the limits of both sides, and the room in all slots."""
    nobody = (0,) * len(counted.participations)
    limits = tuple(0 if one.maximum is None else ONE // 2 for one in counted.participations)
    found = [Certificate(1, limits)]
    rooms = [
        tuple(
            k
            for k, place in enumerate(counted.places)
            if place.capacity[t] != 0 and (slot.places is None or k in slot.places)
        )
        for t, slot in enumerate(counted.slots)
    ]
    is_limited = all(
        counted.places[k].capacity[t] is not None for t, those in enumerate(rooms) for k in those
    )
    if counted.places and is_limited:
        priced = tuple(PricedPlaces(those, (t,), ONE) for t, those in enumerate(rooms) if those)
        found.append(Certificate(1, nobody, places=priced))
    return tuple(found)


def without_fairness(problem: Problem) -> Problem:
    """The problem without floor and minimums: what is worth most, whoever is left out."""
    return replace(problem, floor=(), shortfall=0)


def is_fair(problem: Problem) -> bool:
    """Whether first meetings count for more at all."""
    return any(problem.floor) or bool(problem.shortfall and any(p.minimum for p in problem.participations))


def parts(problem: Problem, schedule: Schedule) -> Objective:
    """What the schedule's objective is made of."""
    hours = seen = 0
    for meeting in schedule.meetings:
        pair = problem.pairs[meeting.pair]
        if pair.seen is not None and pair.seen.slot == meeting.slot:
            seen += pair.seen.weight
    for number, slot in sittings(schedule):
        delegate = problem.delegates[number]
        hours += delegate.costs[delegate.slots.index(slot)] if delegate.costs else 0
    first = schedule.objective - schedule.value - seen + hours
    return Objective(schedule.value, first, seen, hours)


def degrees(problem: Problem, schedule: Schedule) -> Counter[int]:
    """Meetings per participation (position)."""
    met: Counter[int] = Counter()
    for meeting in schedule.meetings:
        pair = problem.pairs[meeting.pair]
        met.update((pair.a, pair.b))
    return met
