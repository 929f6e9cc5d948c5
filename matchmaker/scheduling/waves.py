"""The first level: waves. Nobody gets a meeting k+1 before wave k has ended; best values first.

Fast, easy to explain to the people concerned, and the answer that every stronger level falls back to.
"""

from __future__ import annotations

import numpy as np

from .jit import Array, compiled
from .model import Ints, Longs, Model, best_gains
from .state import State, fits, take


def waves(model: Model, musts: Ints) -> Ints:
    """Columns of a feasible selection that contains `musts` (feasible) and to which nothing can be added."""
    state = State(model, musts)
    best = best_gains(model)
    order = np.lexsort((np.arange(len(best)), -best)).astype(np.int32)
    order = order[best[order] > 0] if not model.extra.shape[1] else order[best[order] >= 0]
    met = np.zeros(len(model.extra), np.int32)
    np.add.at(met, model.side_a[model.pair[musts]], 1)
    np.add.at(met, model.side_b[model.pair[musts]], 1)
    n_slots = int(model.slot.max(initial=0)) + 1
    load = np.bincount(model.slot[musts], minlength=n_slots).astype(np.int64)
    _waves(
        model.rows, model.room, state.used, state.column_of, order, model.start, model.slot,
        model.gain, model.side_a, model.side_b, met, load,
    )  # fmt: skip
    return state.columns()


@compiled
def _waves(
    rows: Array,
    room: Array,
    used: Array,
    column_of: Array,
    order: Array,
    start: Array,
    slot: Array,
    gain: Array,
    side_a: Array,
    side_b: Array,
    met: Array,
    load: Array,
) -> None:
    waiting = order.copy()
    wave = 1
    while len(waiting):
        left = 0
        for k in range(len(waiting)):
            e = waiting[k]
            if column_of[e] >= 0:
                continue
            if met[side_a[e]] >= wave or met[side_b[e]] >= wave:
                waiting[left] = e
                left += 1
                continue
            best = -1
            for c in range(start[e], start[e + 1]):
                if fits(rows, room, used, c) and (
                    best < 0
                    or gain[c] > gain[best]
                    or (gain[c] == gain[best] and load[slot[c]] < load[slot[best]])
                ):
                    best = c
            if best >= 0:
                take(rows, used, best, 1)
                column_of[e] = best
                met[side_a[e]] += 1
                met[side_b[e]] += 1
                load[slot[best]] += 1
        waiting = waiting[:left]
        wave += 1


def by_value(model: Model, musts: Ints, worth: Longs) -> Ints:
    """Plain greedy: columns by falling `worth` (int64[n]), each added when it fits and is worth something."""
    state = State(model, musts)
    order = np.lexsort((np.arange(model.n), -worth)).astype(np.int32)
    _greedy(model.rows, model.room, state.used, state.column_of, order[worth[order] > 0], model.pair)
    return state.columns()


@compiled
def _greedy(rows: Array, room: Array, used: Array, column_of: Array, order: Array, pair: Array) -> None:
    for k in range(len(order)):
        c = order[k]
        if column_of[pair[c]] < 0 and fits(rows, room, used, c):
            take(rows, used, c, 1)
            column_of[pair[c]] = c
