"""A selection of columns and what is left of every row; adding and removing keep both in step."""

from __future__ import annotations

import numpy as np

from .jit import Array, compiled
from .model import Ints, Model


@compiled
def fits(rows: Array, room: Array, used: Array, c: int) -> bool:
    """Has every row of column c a unit left?"""
    for k in range(rows.shape[1]):
        r = rows[c, k]
        if r >= 0 and used[r] >= room[r]:
            return False
    return True


@compiled
def take(rows: Array, used: Array, c: int, amount: int) -> None:
    """Use (amount 1) or free (-1) the rows of column c."""
    for k in range(rows.shape[1]):
        r = rows[c, k]
        if r >= 0:
            used[r] += amount


class State:
    """A feasible selection, for the parts that work column by column in Python."""

    def __init__(self, model: Model, columns: Ints | None = None) -> None:
        self.model = model
        self.used = np.zeros(len(model.room), np.int32)
        self.column_of = np.full(len(model.side_a), -1, np.int32)
        for c in () if columns is None else columns.tolist():
            self.add(c)

    def fits(self, column: int) -> bool:
        """Can the column be added? Its pair must be unplaced."""
        free = self.column_of[self.model.pair[column]] < 0
        return bool(free and fits(self.model.rows, self.model.room, self.used, column))

    def add(self, column: int) -> None:
        """Add a column."""
        take(self.model.rows, self.used, column, 1)
        self.column_of[self.model.pair[column]] = column

    def remove(self, column: int) -> None:
        """Take a column out."""
        take(self.model.rows, self.used, column, -1)
        self.column_of[self.model.pair[column]] = -1

    def columns(self) -> Ints:
        """The selected columns, by pair."""
        return self.column_of[self.column_of >= 0].astype(np.int32)


def objective(model: Model, columns: Ints) -> int:
    """What the selection is worth, in thousandths."""
    total = int(model.gain[columns].sum())
    if model.extra.shape[1]:
        met = degrees(model, columns)
        for k in range(model.extra.shape[1]):
            total += int(model.extra[met > k, k].sum())
    return total


def degrees(model: Model, columns: Ints) -> Ints:
    """Meetings per participation."""
    pairs = model.pair[columns]
    n = len(model.extra)
    met = np.bincount(model.side_a[pairs], minlength=n) + np.bincount(model.side_b[pairs], minlength=n)
    return met.astype(np.int32)
