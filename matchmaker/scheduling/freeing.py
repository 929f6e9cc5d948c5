"""What a neighbourhood search frees next: some whole slots, or some participations; rather where value is
wasted, otherwise at random."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from .model import Ints, Longs, Model
from .steps import by_row
from .waste import Waste

FEWEST_SLOTS = 3  # in one part


class Freeing:
    """Chooses parts of one model; the same generator state gives the same parts."""

    def __init__(self, model: Model, waste: Waste, rng: np.random.Generator) -> None:
        self.model, self.waste, self.rng = model, waste, rng
        sides = np.stack([model.side_a, model.side_b], axis=1).astype(np.int32)
        self.first, self.pairs_of = by_row(sides, len(model.extra))

    def slots(self, chosen: Ints, pool: Ints, target: int) -> Ints:
        """The pool's columns in some slots, of pairs that meet there or nowhere; about `target` of them."""
        by_slot, wasted = self.waste.of(chosen)
        columns = self._in_slots(chosen, pool, self._order(by_slot), target)
        return columns if len(columns) <= 2 * target else self._grow(columns, wasted, target)

    def people(self, chosen: Ints, pool: Ints, target: int) -> Ints:
        """About `target` of the pool's columns: everything that some participations near each other do."""
        return self._grow(pool, self.waste.of(chosen)[1], target)

    def halves(self, chosen: Ints, pool: Ints, most: int, *, by_slots: bool) -> list[Ints]:
        """Two parts without a common column, of at most about `most` columns each."""
        by_slot, wasted = self.waste.of(chosen)
        if by_slots:
            order = self._order(by_slot)
            halves = [self._in_slots(chosen, pool, order[k::2], len(pool)) for k in (0, 1)]
            return [h if len(h) <= 1.5 * most else self._grow(h, wasted, most) for h in halves if len(h)]
        target = min(most, len(pool) // 2)
        first = self._grow(pool, wasted, target)
        taken = np.zeros(len(self.model.side_a), np.bool_)
        taken[self.model.pair[first]] = True
        rest = pool[~taken[self.model.pair[pool]]]
        return [first, self._grow(rest, wasted, target)] if len(rest) else [first]

    def _order(self, wasted: NDArray[np.float64]) -> Longs:
        likely = np.log(wasted + 0.5 * wasted.mean() + 1.0) + self.rng.gumbel(size=len(wasted))
        return np.argsort(-likely)

    def _in_slots(self, chosen: Ints, pool: Ints, order: Longs, target: int) -> Ints:
        """Whole slots, in this order, until there are enough columns."""
        model = self.model
        settled = np.full(len(model.side_a), -1, np.int32)
        settled[model.pair[chosen]] = chosen
        now = settled[model.pair[pool]]
        at = np.where(now >= 0, model.slot[now], model.slot[pool])
        inside = np.zeros(self.waste.slots, np.bool_)
        free: NDArray[np.bool_] = np.zeros(len(pool), np.bool_)
        for t in order:
            inside[t] = True
            wider = inside[model.slot[pool]] & inside[at]
            if wider.sum() > target and inside.sum() > FEWEST_SLOTS:
                break
            free = wider
        return pool[free]

    def _grow(self, pool: Ints, wasted: NDArray[np.float64], target: int) -> Ints:
        """About `target` of these columns: those of pairs around a random participation."""
        model = self.model
        per_pair = np.bincount(model.pair[pool], minlength=len(model.side_a))
        inside = np.zeros(len(model.side_a), np.bool_)
        there = np.zeros(len(model.extra), np.bool_)
        there[model.side_a[model.pair[pool]]] = there[model.side_b[model.pair[pool]]] = True
        people = np.nonzero(there)[0]
        weight = wasted[people] + 0.2 * wasted[people].mean() + 1e-3
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
