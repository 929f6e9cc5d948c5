"""Part of a model: what is left to decide when some columns stay as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .model import Ints, Model
from .state import degrees


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A model of its own, with the numbers that its columns and rows have in the whole."""

    model: Model
    columns: Ints
    rows: Ints


def part(model: Model, kept: Ints, candidates: Ints, held: Ints | None = None) -> Part:
    """The candidates (rising column numbers) that still fit beside the columns `kept`, on what these leave.

    `held` is so much of each row's room that is not to be used. Pairs of `kept` are settled; rows that the
    candidates cannot exceed are dropped; the extra value of first meetings starts after those in `kept`.
    """
    used = np.bincount(model.rows[kept].ravel() + 1, minlength=len(model.room) + 1)[1:]
    left = np.append(model.room - used - (0 if held is None else held), 1)
    settled = np.zeros(len(model.side_a), np.bool_)
    settled[model.pair[kept]] = True
    fit = ~settled[model.pair[candidates]]
    for k in range(model.rows.shape[1]):
        fit &= left[model.rows[candidates, k]] > 0
    columns = candidates[fit]
    rows = model.rows[columns]
    count = np.bincount(rows.ravel() + 1, minlength=len(model.room) + 1)[1:]
    names = np.nonzero(count > left[:-1])[0].astype(np.int32)
    number = np.full(len(model.room) + 1, -1, np.int32)
    number[names] = np.arange(len(names), dtype=np.int32)
    pairs, pair = np.unique(model.pair[columns], return_inverse=True)
    start = np.zeros(len(pairs) + 1, np.int32)
    np.cumsum(np.bincount(pair, minlength=len(pairs)), out=start[1:])
    inner = replace(
        model,
        pair=pair.astype(np.int32),
        slot=model.slot[columns],
        seat_a=model.seat_a[columns],
        seat_b=model.seat_b[columns],
        pool=model.pool[columns],
        gain=model.gain[columns],
        rows=number[rows],
        room=left[names].astype(np.int32),
        start=start,
        side_a=model.side_a[pairs],
        side_b=model.side_b[pairs],
        extra=_later(model, kept),
        must=model.must[pairs],
        fixed=model.fixed[pairs],
        row_names=model.row_names[names],
    )
    return Part(inner, columns, names)


def _later(model: Model, kept: Ints) -> np.ndarray:
    depth = model.extra.shape[1]
    if not depth:
        return model.extra
    met = degrees(model, kept)
    padded = np.hstack([model.extra, np.zeros_like(model.extra)])
    at = np.minimum(met, depth)[:, None] + np.arange(depth)[None, :]
    later: np.ndarray = np.take_along_axis(padded, at, axis=1)
    return later
