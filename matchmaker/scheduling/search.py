"""The last level: free a part of the schedule, solve that part exactly, keep what is better, repeat.

Large-neighbourhood search (Shaw 1998) on the columns that the prices call worth looking at. A part is either
some whole slots, or some participations with all that they could do. How much is freed follows from how long
the last parts took.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .exact import improve
from .gradient import Prices, Reals, by_row, reduced
from .model import Ints, Model
from .state import objective

WHOLE = 4_000  # columns: up to here one program takes all of them
PATIENCE = 0.5  # seconds that one part may take before smaller ones are freed
LARGEST = 9_000  # columns in one part


def losses(model: Model, found: Prices) -> Reals:
    """What choosing each column costs against the bound, at least: more than the gap, and it cannot help."""
    worth = reduced(model, found.row, found.credit)
    best = np.zeros(len(model.side_a))
    best[model.must] = -np.inf
    np.maximum.at(best, model.pair, worth)
    lost: Reals = best[model.pair] - worth
    return lost


def search(
    model: Model,
    chosen: Ints,
    found: Prices,
    *,
    deadline: float,
    seed: int,
    tell: Callable[[], None] = lambda: None,
) -> Ints:
    """A selection at least as good as `chosen`, until the bound is reached or time is up."""
    rng = np.random.default_rng(seed)
    lost = losses(model, found)
    value = objective(model, chosen)
    width = 0.04 * max(1.0, float(model.gain.mean()))
    if model.n <= WHOLE:
        return improve(model, chosen, np.arange(model.n, dtype=np.int32), seconds=deadline - time.monotonic())
    freeing = _Freeing(model, rng)
    target, turn, idle = 2_000.0, 0, 0
    while (left := deadline - time.monotonic()) > 0.05 and found.bound - value >= 1:
        near = np.nonzero(lost <= min(width, found.bound - value))[0].astype(np.int32)
        candidates = freeing.part(chosen, near, int(target), by_slot=turn % 3 < 2)
        began = time.monotonic()
        chosen = improve(model, chosen, candidates, seconds=min(left, 3 * PATIENCE))
        took, now = time.monotonic() - began, objective(model, chosen)
        target = min(max(target * (1.15 if took < PATIENCE else 0.8), 500.0), LARGEST)
        idle = 0 if now > value else idle + 1
        value, turn = now, turn + 1
        if idle >= 24:
            width, idle = 2 * width, 0
        tell()
    return chosen


class _Freeing:
    """Chooses what to free next."""

    def __init__(self, model: Model, rng: np.random.Generator) -> None:
        self.model, self.rng = model, rng
        sides = np.stack([model.side_a, model.side_b], axis=1).astype(np.int32)
        self.first, self.pairs_of = by_row(sides, len(model.extra))

    def part(self, chosen: Ints, near: Ints, target: int, *, by_slot: bool) -> Ints:
        """About `target` columns, those chosen now among them."""
        settled = np.full(len(self.model.side_a), -1, np.int32)
        settled[self.model.pair[chosen]] = chosen
        pool = np.union1d(near, chosen).astype(np.int32)
        return self._slots(pool, settled, target) if by_slot else self._people(pool, target)

    def _slots(self, pool: Ints, settled: Ints, target: int) -> Ints:
        """Whole slots, in random order, until there are enough columns."""
        model = self.model
        now = settled[model.pair[pool]]
        at = np.where(now >= 0, model.slot[now], model.slot[pool])
        free: NDArray[np.bool_] = np.zeros(len(pool), np.bool_)
        inside = np.zeros(int(model.slot.max()) + 1, np.bool_)
        for t in self.rng.permutation(len(inside)):
            inside[t] = True
            wider = inside[model.slot[pool]] & inside[at]
            if wider.sum() > target and inside.sum() > 2:
                break
            free = wider
        return pool[free]

    def _people(self, pool: Ints, target: int) -> Ints:
        """Participations around a random one, with everything that both sides of their pairs could do."""
        model = self.model
        per_pair = np.bincount(model.pair[pool], minlength=len(model.side_a))
        inside = np.zeros(len(model.side_a), np.bool_)
        queue = [int(self.rng.integers(len(model.extra)))]
        seen, count = set(queue), 0
        while queue and count < target:
            p = queue.pop(0)
            mine = self.pairs_of[self.first[p] : self.first[p + 1]]
            mine = mine[(per_pair[mine] > 0) & ~inside[mine]]
            inside[mine] = True
            count += int(per_pair[mine].sum())
            others = np.where(model.side_a[mine] == p, model.side_b[mine], model.side_a[mine])
            for q in self.rng.permutation(others).tolist():
                if q not in seen:
                    seen.add(q)
                    queue.append(q)
        return pool[inside[model.pair[pool]]]
