"""Prices: the dual of the linear relaxation of a whole model, and the bound that they prove.

Prices need not be optimal to prove a bound (see Certificate), so this can stop at any time.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from .gradient import SETTLED, Iteration, Prices, Reals, bound_of, reduced
from .model import Ints, Model

SMALL = 30_000  # columns: up to here all take part all the time
LARGE = 1_000_000  # columns: from here the first phase is shorter
FIRST_PHASE, LARGE_PHASE = 200, 120  # steps


def prices(model: Model, *, seconds: float, tolerance: float = 1e-6, most: int = 20_000) -> Prices:
    """Prices whose bound has stopped falling by `tolerance` and whose shares are worth as much, or the best
    after `seconds` or `most` steps.

    After a first phase on all columns, only those worth looking at (about a tenth) take part, and all are
    priced again between phases, so that the bound always covers every column.
    """
    deadline = time.monotonic() + seconds
    if model.n <= SMALL:
        return Iteration(model, None).run(deadline, tolerance, most)
    steps = spent = FIRST_PHASE if model.n < LARGE else LARGE_PHASE
    found = Iteration(model, None).run(deadline, tolerance, steps)
    best = found
    while time.monotonic() < deadline and spent < most:
        worth = reduced(model, found.row, found.credit)
        kept = np.nonzero((worth > -_width(model, worth)) | (found.x > 0.01))[0].astype(np.int32)
        inner = Iteration(restrict(model, kept), replace(found, x=found.x[kept]))
        found = _outside(model, kept, inner.run(deadline, tolerance / 4, steps))
        spent, steps = spent + steps, min(2 * steps, 1000)
        gained, near = best.bound - found.bound, tolerance * abs(best.bound)
        if gained > 0:
            best = found
        if gained < near and found.off < SETTLED * near:
            break
    return replace(best, x=found.x, omega=found.omega, off=found.off)


def _outside(model: Model, kept: Ints, found: Prices) -> Prices:
    """Prices found on some columns, with the bound that they prove for all."""
    x = np.zeros(model.n)
    x[kept] = found.x
    return replace(found, x=x, bound=bound_of(model, found.row, found.credit))


def relax(model: Model, start: Prices, *, gain: Reals, deadline: float, steps: int) -> Prices:
    """At most so many steps from earlier prices of the same columns; the last prices, not the best bound.

    `gain` per column takes the place of the model's.
    """
    inner = Iteration(model, start)
    inner.gain = gain
    found = inner.run(deadline, 0.0, steps)
    return replace(found, row=inner.image_y[:-1], credit=inner.image_credit)


def _width(model: Model, worth: Reals) -> float:
    """How far below zero a reduced value may be for its column to take part: a sixth of all do."""
    chosen = min(max(model.n // 6, 20_000), model.n - 1)
    return max(10.0, -float(np.partition(worth, model.n - 1 - chosen)[model.n - 1 - chosen]))


def restrict(model: Model, columns: Ints) -> Model:
    """The same model with only these columns (rising numbers)."""
    start = np.searchsorted(columns, model.start).astype(np.int32)
    return replace(
        model,
        pair=model.pair[columns],
        slot=model.slot[columns],
        seat_a=model.seat_a[columns],
        seat_b=model.seat_b[columns],
        pool=model.pool[columns],
        gain=model.gain[columns],
        rows=np.ascontiguousarray(model.rows[columns]),
        start=start,
    )
