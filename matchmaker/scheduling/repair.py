"""When something changes: keep what people have already seen, within a budget of changes.

A meeting that was seen earns `weight` for staying in its slot; the larger the weight, the fewer the changes.
`ladder` offers the organiser the exchange: what is gained for how many moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .exact import has_solver, improve
from .expansion import kept as with_kept
from .model import Ints, Model
from .part import part
from .problem import Problem, Seen
from .schedule import Schedule
from .state import State
from .waves import waves

WEIGHTS = (100_000, 400, 100, 25, 0)
"""Thousandths for staying: at first nothing moves that need not, at last nothing is held."""

FILL_COLUMNS, FILL_SECONDS = 10_000, 0.4
"""Up to so many ways to use what has become free are decided by one program, in at most this time."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to repair: its schedule, its value, and the meetings that were seen and now differ.

    moved: in another slot; dropped: no longer there; added: not seen before (pair positions).
    """

    schedule: Schedule
    moved: tuple[int, ...]
    dropped: tuple[int, ...]
    added: tuple[int, ...]

    @property
    def changes(self) -> int:
        """Seen meetings that are no longer where they were."""
        return len(self.moved) + len(self.dropped)


def as_seen(problem: Problem, earlier: Schedule, weights: Mapping[int, int] | int) -> Problem:
    """The problem in which the earlier schedule's meetings are what both sides have seen.

    `earlier` is of a problem with the same pairs in the same order; `weights` per pair, or one for all
    (more for a meeting that is confirmed, or close). Gatherings stay, with those who still can.
    """
    at = {m.pair: m for m in earlier.meetings}
    pairs = list(problem.pairs)
    for e, m in at.items():
        weight = weights if isinstance(weights, int) else weights.get(e, 0)
        pairs[e] = replace(pairs[e], seen=Seen(m.slot, m.place, weight, m.delegate_a, m.delegate_b))
    return with_kept(replace(problem, pairs=tuple(pairs)), earlier)


def compare(problem: Problem, schedule: Schedule) -> Option:
    """What changes for those who have seen the pairs' earlier slots."""
    now = {m.pair: m.slot for m in schedule.meetings}
    seen = {e: p.seen.slot for e, p in enumerate(problem.pairs) if p.seen is not None}
    return Option(
        schedule=schedule,
        moved=tuple(e for e, t in seen.items() if e in now and now[e] != t),
        dropped=tuple(e for e in seen if e not in now),
        added=tuple(e for e in sorted(now) if e not in seen),
    )


def refill(problem: Problem, model: Model, musts: Ints, earlier: Schedule | None) -> Ints:
    """What was seen, or stands in `earlier`, and is still possible, best first; then waves over the rest.

    `earlier` must be of a problem with the same pairs in the same order.
    """
    state = State(model, musts)
    at = {e: (p.seen.slot, p.seen.delegate_a) for e, p in enumerate(problem.pairs) if p.seen is not None}
    if earlier is not None:
        at |= {m.pair: (m.slot, m.delegate_a) for m in earlier.meetings if m.pair < len(problem.pairs)}
    for e in sorted(at, key=lambda e: (-problem.pairs[e].value, e)):
        if state.column_of[e] >= 0:
            continue
        slot, delegate = at[e]
        ways = range(int(model.start[e]), int(model.start[e + 1]))
        same = [c for c in ways if model.slot[c] == slot and state.fits(c)]
        same.sort(key=lambda c: (-int(model.gain[c]), delegate not in _sitting(model, c), c))
        if same:
            state.add(same[0])
    return _fill(model, state.columns())


def _fill(model: Model, kept: Ints) -> Ints:
    """Beside what is kept, the best of what still fits, when that is little enough to decide exactly."""
    filled = waves(model, kept)
    open_ways = part(model, kept, np.arange(model.n, dtype=np.int32)).columns
    if not has_solver() or len(open_ways) > FILL_COLUMNS:
        return filled
    return improve(model, filled, open_ways, seconds=FILL_SECONDS, brief=True)[0]


def _sitting(model: Model, c: int) -> tuple[int, ...]:
    return model.seats[int(model.seat_a[c])].delegates
