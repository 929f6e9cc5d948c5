"""The last level: free a part of the schedule, solve that part exactly, keep what is better, repeat.

Large-neighbourhood search (Shaw 1998) on the columns that the prices call worth looking at. A part is either
some whole slots, or some participations with all that they could do. How much is freed follows from how long
the last parts took.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from .exact import improve
from .gradient import Prices, Reals, by_row, reduced
from .model import Ints, Longs, Model
from .state import objective
from .waste import Waste

WHOLE = 4_000  # columns: up to here one program takes all of them
PART_SECONDS = 0.8  # that one part may take; then smaller ones are freed
SMALLEST, FIRST, LARGEST = 600.0, 2_500.0, 8_000.0  # columns in one part
FEWEST_SLOTS = 3  # in one part


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
    """A selection at least as good as `chosen`, until the bound is reached or time is up.

    Two parts at a time, on two cores: the slots are dealt out, and of every row that both touch, only one may
    use what is unused now, so both results hold together. The same seed gives the same parts unless one of
    them ran out of time.
    """
    if model.n <= WHOLE:
        everything, left = np.arange(model.n, dtype=np.int32), deadline - time.monotonic()
        chosen, proved = improve(model, chosen, everything, seconds=max(0.4 * left, min(left, 2.0)))
        if proved:
            return chosen
    lost = losses(model, found)
    value = objective(model, chosen)
    width = 0.02 * max(1.0, float(model.gain.mean()))
    freeing = _Freeing(model, Waste(model, found, lost), np.random.default_rng(seed))
    target, turn, idle, limit = FIRST, 0, 0, -1.0
    with ThreadPoolExecutor(2) as pool:
        while (left := deadline - time.monotonic()) > 0.05 and found.bound - value >= 1:
            wanted = min(width, found.bound - value)
            if not 0.8 * limit <= wanted <= limit:
                limit = wanted
                near = np.nonzero(lost <= limit)[0].astype(np.int32)
            parts = (
                freeing.two(chosen, near, int(target))
                if turn % 8 < 7
                else freeing.one(chosen, near, int(target))
            )
            work = [
                pool.submit(improve, model, chosen, p, seconds=min(left, PART_SECONDS), held=h, brief=True)
                for p, h in parts
            ]
            results = [w.result() for w in work]
            merged = _merge(model, chosen, [p for p, _ in parts], [r for r, _ in results])
            solved = all(proved for _, proved in results)
            target = min(target * 1.1, LARGEST) if solved else max(target * 0.7, SMALLEST)
            now = objective(model, merged)
            idle = 0 if now > value else idle + 1
            if now >= value:  # equal values are taken too: they lead elsewhere
                chosen, value = merged, now
            turn += 1
            if idle >= 16:
                width, idle = 2 * width, 0
            tell()
    return chosen


def _merge(model: Model, chosen: Ints, parts: list[Ints], results: list[Ints]) -> Ints:
    """The best of each result alone and all together; a pair in two results stays in the first."""
    outside = np.setdiff1d(chosen, np.concatenate(parts))
    inside = np.concatenate([np.intersect1d(r, p) for p, r in zip(parts, results, strict=True)])
    together = np.concatenate([outside, inside])
    together = np.sort(together[np.unique(model.pair[together], return_index=True)[1]]).astype(np.int32)
    return max([together, *results], key=lambda columns: objective(model, columns))


class _Freeing:
    """Chooses what to free next: at random, but rather where value is wasted."""

    def __init__(self, model: Model, waste: Waste, rng: np.random.Generator) -> None:
        self.model, self.waste, self.rng = model, waste, rng
        sides = np.stack([model.side_a, model.side_b], axis=1).astype(np.int32)
        self.first, self.pairs_of = by_row(sides, len(model.extra))

    def two(self, chosen: Ints, near: Ints, target: int) -> list[tuple[Ints, Ints | None]]:
        """Two parts without a common slot, of about `target` columns each, and what neither may use."""
        model = self.model
        pool = np.union1d(near, chosen).astype(np.int32)
        settled = np.full(len(model.side_a), -1, np.int32)
        settled[model.pair[chosen]] = chosen
        now = settled[model.pair[pool]]
        at = np.where(now >= 0, model.slot[now], model.slot[pool])
        by_slot, self.wasted = self.waste.of(chosen)
        likely = np.log(by_slot + 0.5 * by_slot.mean() + 1.0) + self.rng.gumbel(size=len(by_slot))
        order = np.argsort(-likely)
        first = self._slots(pool, at, order[0::2], target)
        second = self._slots(pool, at, order[1::2], target)
        second = second[~np.isin(model.slot[second], model.slot[first])]
        if not len(second):
            return [(first, None)]
        used = np.bincount(model.rows[chosen].ravel() + 1, minlength=len(model.room) + 1)[1:]
        unused = (model.room - used).astype(np.int32)
        to_first = self.rng.random(len(unused)) < 0.5
        touched = [
            np.bincount(model.rows[p].ravel() + 1, minlength=len(unused) + 1)[1:] > 0 for p in (first, second)
        ]
        both = touched[0] & touched[1]
        return [
            (first, np.where(both & ~to_first, unused, 0)),
            (second, np.where(both & to_first, unused, 0)),
        ]

    def _slots(self, pool: Ints, at: Ints, order: Longs, target: int) -> Ints:
        """Whole slots, in this order, until there are enough columns; of very large slots, a region."""
        inside = np.zeros(self.waste.slots, np.bool_)
        free: NDArray[np.bool_] = np.zeros(len(pool), np.bool_)
        for t in order:
            inside[t] = True
            wider = inside[self.model.slot[pool]] & inside[at]
            if wider.sum() > target and inside.sum() > FEWEST_SLOTS:
                break
            free = wider
        columns = pool[free]
        return columns if len(columns) <= 2 * target else self._region(columns, target)

    def one(self, chosen: Ints, near: Ints, target: int) -> list[tuple[Ints, Ints | None]]:
        """Participations around a random one, with everything that both sides of their pairs could do."""
        self.wasted = self.waste.of(chosen)[1]
        return [(self._region(np.union1d(near, chosen).astype(np.int32), target), None)]

    def _region(self, pool: Ints, target: int) -> Ints:
        """About `target` of these columns: those of pairs around a random pair."""
        model = self.model
        per_pair = np.bincount(model.pair[pool], minlength=len(model.side_a))
        inside = np.zeros(len(model.side_a), np.bool_)
        people = np.unique(np.concatenate([model.side_a[model.pair[pool]], model.side_b[model.pair[pool]]]))
        weight = self.wasted[people] + 0.2 * self.wasted[people].mean() + 1e-3
        queue = deque([int(self.rng.choice(people, p=weight / weight.sum()))])
        seen, count = set(queue), 0
        while queue and count < target:
            p = queue.popleft()
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
