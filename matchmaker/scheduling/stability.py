"""The exchange that a repair offers: value gained against meetings moved."""

from __future__ import annotations

from .problem import Problem
from .repair import WEIGHTS, Option, as_seen, compare
from .schedule import Schedule
from .solve import solve


def repair(problem: Problem, earlier: Schedule, *, budget: int, seconds: float, seed: int) -> Option:
    """The best schedule of the changed problem with at most `budget` meetings moved or dropped by choice.

    What the change itself makes impossible is not counted. The first option, in which nothing moves that
    need not, always stands; the others are tried while they keep to the budget.
    """
    options = ladder(problem, earlier, seconds=seconds, seed=seed)
    forced = options[0].changes
    within = [o for o in options if o.changes - forced <= budget]
    return max(within, key=lambda o: (o.schedule.value, -o.changes))


def ladder(problem: Problem, earlier: Schedule, *, seconds: float, seed: int) -> tuple[Option, ...]:
    """Options from the fewest changes to a free hand, each `seconds` / 5 at most; equal ones once."""
    found: list[Option] = []
    for weight in WEIGHTS:
        seen = as_seen(problem, earlier, weight)
        quick = 0.0 if weight == WEIGHTS[0] else seconds / (len(WEIGHTS) - 1)
        option = compare(seen, solve(seen, seconds=quick, seed=seed, start=earlier))
        if not found or option.schedule.value > max(o.schedule.value for o in found):
            found.append(option)
    return tuple(found)
