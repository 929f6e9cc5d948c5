"""Where a schedule loses against its bound: the difference, shared out over slots and participations.

The bound minus the objective is exactly: price times unused room of every row, plus what each chosen column
is below its pair's best, plus the best of every pair that has no meeting (complementary slackness). What is
wasted shows where a better schedule can differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradient import Prices, Reals
from .model import Ints, Model


class Waste:
    """Prices and losses of one model, ready to be compared with any selection."""

    def __init__(self, model: Model, found: Prices, lost: Reals) -> None:
        self.model, self.lost = model, lost
        self.row = np.append(found.row, 0.0)
        self.owner = np.full(len(self.row), len(model.extra), np.int64)
        self.slot_of = np.full(len(self.row), -1, np.int64)
        sides = {"a": model.side_a, "b": model.side_b}
        for k, layer in enumerate(model.layers):
            kind, _, end = layer.partition(" ")
            if end:
                self.owner[model.rows[:, k]] = sides[end][model.pair]
            if kind in ("seat", "place"):
                self.slot_of[model.rows[:, k]] = model.slot
        self.slots = int(model.slot.max(initial=0)) + 1

    def of(self, chosen: Ints) -> tuple[Reals, Reals]:
        """Per slot and per participation, what a selection wastes there (thousandths)."""
        model = self.model
        used = np.bincount(model.rows[chosen].ravel() + 1, minlength=len(self.row))[1:]
        idle = self.row * np.append(model.room - used, 0)
        at = self.slot_of >= 0
        slots: Any = np.bincount(self.slot_of[at], idle[at], self.slots)
        slots += np.bincount(model.slot[chosen], self.lost[chosen], self.slots)
        people: Any = np.bincount(self.owner, idle, len(model.extra) + 1)[:-1]
        for side in (model.side_a, model.side_b):
            people += np.bincount(side[model.pair[chosen]], self.lost[chosen], len(model.extra))
        return slots, people
