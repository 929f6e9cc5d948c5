"""From shares to a schedule: fix what the relaxation is sure of, price the rest again, repeat.

A dive with a first-order method instead of simplex: every round warm-starts from the last one's prices on a
problem that has become smaller, so a whole dive costs little more than the first solution.

The relaxation of a round is hugely degenerate: a meeting's share is spread evenly over all the slots that
serve equally well, and rounding such shares loses half a per cent. So each column's gain gets a little noise,
which makes one of the equals the best: the shares go to nearly whole numbers within some tens of steps, and
the dive loses a tenth of that in a quarter of the time. Other noise, another dive.
"""

from __future__ import annotations

import time

import numpy as np

from .gradient import Prices, Reals
from .model import Ints, Longs, Model
from .part import part
from .prices import relax
from .waves import by_value

SURE = 0.8
SHARE = 0.06  # of what is left to place, settled in each round at least
FIRST_STEPS, STEPS = 150, 30  # of the first-order method, in the first round and in each later one
NOISE = 0.012  # of the mean gain: the most that is added to a column


def dive(
    model: Model, kept: Ints, candidates: Ints, found: Prices, *, deadline: float, seed: int = 1
) -> Ints:
    """A feasible selection that contains `kept` and otherwise only candidates, led by the prices `found`.

    Always complete: when time runs out, the rest is taken greedily in the order of the last shares.
    """
    noise = np.random.default_rng(seed).random(model.n)
    gain = model.gain + NOISE * float(model.gain.mean()) * noise
    chosen = kept
    share, row, credit, omega = found.x, found.row.copy(), found.credit, found.omega
    steps = FIRST_STEPS
    while True:
        rest = part(model, chosen, candidates)
        candidates = rest.columns
        if not len(candidates):
            return chosen
        start = Prices(row[rest.rows], credit, np.inf, share[candidates], omega)
        now = relax(rest.model, start, gain=gain[candidates], deadline=deadline, steps=steps)
        share = np.zeros(model.n)
        share[candidates] = now.x
        row[rest.rows], credit, omega = now.row, now.credit, now.omega
        steps = STEPS
        taken = _fix(rest.model, now.x, 1.0 if time.monotonic() > deadline else SHARE)
        chosen = np.concatenate([chosen, candidates[taken]])


def _fix(model: Model, share: Reals, least: float) -> Ints:
    """The columns to settle now: the sure ones, and at least so much of the rest."""
    order = np.argsort(-share, kind="stable")
    sure = int((share > SURE).sum())
    head = order if least == 1.0 else order[: max(1, sure, int(least * share.sum()))]
    worth: Longs = np.zeros(model.n, np.int64)
    worth[head] = np.arange(len(head), 0, -1)
    return by_value(model, np.zeros(0, np.int32), worth)
