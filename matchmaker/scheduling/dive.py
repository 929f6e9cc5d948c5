"""From shares to a schedule: fix what the relaxation is sure of, price the rest again, repeat.

A dive with a first-order method instead of simplex: every round warm-starts from the last one's prices on a
problem that has become smaller, so a whole dive costs little more than the first solution.
"""

from __future__ import annotations

import time

import numpy as np

from .gradient import Prices, Reals
from .model import Ints, Longs, Model
from .part import part
from .prices import relax
from .waves import by_value

SURE = 0.9
SHARE, LARGE_SHARE = 0.06, 0.15  # of what is left to place, settled in each round at least
STEPS, LARGE_STEPS = 60, 40
LARGE = 1_000_000  # columns


def dive(
    model: Model, kept: Ints, candidates: Ints, found: Prices, *, deadline: float, steps: int = STEPS
) -> Ints:
    """A feasible selection that contains `kept` and otherwise only candidates, led by the prices `found`.

    Always complete: when time runs out, the rest is taken greedily in the order of the last shares.
    """
    chosen = kept
    large = model.n > LARGE
    share_now, steps = (LARGE_SHARE, LARGE_STEPS) if large else (SHARE, STEPS)
    share, row, credit, omega = found.x, found.row.copy(), found.credit, found.omega
    while True:
        rest = part(model, chosen, candidates)
        candidates = rest.columns
        if not len(candidates):
            return chosen
        start = Prices(row[rest.rows], credit, np.inf, share[candidates], omega)
        now = relax(rest.model, start, deadline=deadline, steps=steps)
        share = np.zeros(model.n)
        share[candidates] = now.x
        row[rest.rows], credit, omega = now.row, now.credit, now.omega
        taken = _fix(rest.model, now.x, 1.0 if time.monotonic() > deadline else share_now)
        chosen = np.concatenate([chosen, candidates[taken]])


def _fix(model: Model, share: Reals, least: float) -> Ints:
    """The columns to settle now: the sure ones, and at least so much of the rest."""
    order = np.argsort(-share, kind="stable")
    sure = int((share > SURE).sum())
    head = order if least == 1.0 else order[: max(1, sure, int(least * share.sum()))]
    worth: Longs = np.zeros(model.n, np.int64)
    worth[head] = np.arange(len(head), 0, -1)
    return by_value(model, np.zeros(0, np.int32), worth)
