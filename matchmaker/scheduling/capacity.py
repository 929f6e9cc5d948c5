"""What more room would bring: first what the prices say, then what a run shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .problem import Delegate, Participation, Place, Problem
from .schedule import Schedule
from .solve import solve


@dataclass(frozen=True, slots=True)
class Worth:
    """What one more unit is worth at most, thousandths: the price of its row in the certificate.

    places  per (place, slot): one more meeting at once there
    limits  per participation: one more meeting in all
    """

    places: dict[tuple[int, int], float]
    limits: dict[int, float]


def worth(problem: Problem, schedule: Schedule) -> Worth:
    """Read the prices of scarce places and limits; empty without a certificate.

    A price bounds the gain of the first unit and overstates that of many: check with `more_places`.
    """
    places: dict[tuple[int, int], float] = defaultdict(float)
    limits: dict[int, float] = {}
    if schedule.certificate is not None:
        scale = schedule.certificate.scale
        for row in schedule.certificate.places:
            for k in row.places:
                for t in row.slots:
                    places[k, t] += row.price / scale
        limits = {p: price / scale for p, price in enumerate(schedule.certificate.limits) if price}
    return Worth(dict(places), limits)


def more_places(problem: Problem, place: int, more: int, slots: Sequence[int] | None = None) -> Problem:
    """The problem with room for `more` meetings at a place, in these slots or wherever it is open."""
    old = problem.places[place]
    wanted = range(len(problem.slots)) if slots is None else slots
    capacity = tuple(
        c + more if c is not None and t in wanted and (c > 0 or slots is not None) else c
        for t, c in enumerate(old.capacity)
    )
    changed: list[Place] = list(problem.places)
    changed[place] = replace(old, capacity=capacity)
    return replace(problem, places=tuple(changed))


def one_more_slot(problem: Problem, like: int, minutes_later: int) -> Problem:
    """The problem with a copy of slot `like`, so much later: same people, same places, same block."""
    old = problem.slots[like]
    new = replace(old, start=old.start + minutes_later, end=old.end + minutes_later)
    number = len(problem.slots)

    def stays(d: Delegate) -> Delegate:
        if like not in d.slots:
            return d
        costs = (*d.costs, d.costs[d.slots.index(like)]) if d.costs else ()
        return replace(d, slots=(*d.slots, number), costs=costs)

    def opens(p: Place) -> Place:
        hosts = None if p.hosts is None else (*p.hosts, p.hosts[like])
        return replace(p, capacity=(*p.capacity, p.capacity[like]), hosts=hosts)

    return replace(
        problem,
        slots=(*problem.slots, new),
        delegates=tuple(stays(d) for d in problem.delegates),
        places=tuple(opens(p) for p in problem.places),
    )


def one_more_day(problem: Problem, like: int, days: int = 1) -> Problem:
    """The problem with a copy of a day (a number of `Slot.day`), so many days later; limits of a day hold."""
    block = 1 + max((slot.block for slot in problem.slots), default=0)
    copied = [t for t, slot in enumerate(problem.slots) if slot.day == like]
    for t in copied:
        problem = one_more_slot(problem, t, 24 * 60 * days)
    moved = {len(problem.slots) - len(copied) + k: problem.slots[t] for k, t in enumerate(copied)}
    slots = tuple(
        replace(slot, day=like + days, block=block + moved[t].block) if t in moved else slot
        for t, slot in enumerate(problem.slots)
    )
    return replace(problem, slots=slots)


def one_more_meeting(problem: Problem, participations: Sequence[int]) -> Problem:
    """The problem in which these participations allow one meeting more in all."""

    def more(p: int, x: Participation) -> Participation:
        return replace(x, maximum=x.maximum + 1) if p in participations and x.maximum is not None else x

    return replace(problem, participations=tuple(more(p, x) for p, x in enumerate(problem.participations)))


def gain(changed: Problem, now: Schedule, *, seconds: float, seed: int) -> tuple[int, int]:
    """(value, meetings) that a run on the changed problem brings beyond `now`."""
    start = now if len(changed.pairs) == len(now.meetings) + len(now.unplaced) else None
    better = solve(changed, seconds=seconds, seed=seed, start=start)
    return better.value - now.value, len(better.meetings) - len(now.meetings)
