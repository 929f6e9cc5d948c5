"""Starting from an earlier schedule: what still stands of it, filled up."""

from __future__ import annotations

from .model import Ints, Model
from .problem import Problem
from .schedule import Schedule
from .state import State
from .waves import waves


def refill(problem: Problem, model: Model, musts: Ints, earlier: Schedule) -> Ints:
    """The meetings of an earlier schedule that are still possible, best first, then waves over the rest.

    Both problems must list the same pairs in the same order.
    """
    state = State(model, musts)
    at = {m.pair: m for m in earlier.meetings if m.pair < len(problem.pairs)}
    for e in sorted(at, key=lambda e: (-problem.pairs[e].value, e)):
        if state.column_of[e] >= 0:
            continue
        ways = range(int(model.start[e]), int(model.start[e + 1]))
        same = [c for c in ways if model.slot[c] == at[e].slot and state.fits(c)]
        same.sort(key=lambda c: (-int(model.gain[c]), at[e].delegate_a not in _sitting(model, c), c))
        if same:
            state.add(same[0])
    return waves(model, state.columns())


def _sitting(model: Model, c: int) -> tuple[int, ...]:
    return model.seats[int(model.seat_a[c])].delegates
