"""Lists of the best partners of every row, filled in place while blocks of pairs come by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BestLists:
    """Arrays (n, top): fits (-1 where empty), partners, and the logits of both directions.

    mine     "this row wants the partner";  theirs  "the partner wants this row"
    floor    float32 (n), the fit of the last in a row's list, -1 while it is not full
    """

    fits: Floats
    partners: NDArray[np.int32]
    mine: Floats
    theirs: Floats
    floor: Floats


def empty_lists(n: int, top: int) -> BestLists:
    """Lists of n rows with room for `top` partners each."""
    logits = np.zeros((2, n, top), dtype=np.float32)
    return BestLists(
        np.full((n, top), -1, dtype=np.float32),
        np.full((n, top), -1, dtype=np.int32),
        logits[0],
        logits[1],
        np.full(n, -1, dtype=np.float32),
    )


def enter(
    lists: BestLists, owners: Rows, place: Rows, partner: Rows, fit: Floats, mine: Floats, theirs: Floats
) -> None:
    """Put pairs into the lists of owners[place]; each owner stands once in `owners`, each pair comes once."""
    keep = fit > lists.floor[owners][place]
    place, partner = place[keep], partner[keep]
    fit, mine, theirs = fit[keep], mine[keep], theirs[keep]
    affected = np.flatnonzero(np.bincount(place, minlength=len(owners)))
    if not len(affected):
        return
    top = lists.fits.shape[1]
    number = np.empty(len(owners), dtype=np.int64)
    number[affected] = np.arange(len(affected))
    at = owners[affected]
    position = np.concatenate([np.repeat(np.arange(len(at)), top), number[place]])
    columns = (
        np.concatenate([lists.fits[at].ravel(), fit]),
        np.concatenate([lists.partners[at].ravel(), partner.astype(np.int32)]),
        np.concatenate([lists.mine[at].ravel(), mine]),
        np.concatenate([lists.theirs[at].ravel(), theirs]),
    )
    order = np.argsort(_descending_within(position, columns[0]))
    first = np.searchsorted(position[order], np.arange(len(at)))
    chosen = order[first[:, None] + np.arange(top)]
    for table, column in zip((lists.fits, lists.partners, lists.mine, lists.theirs), columns, strict=True):
        table[at] = column[chosen]
    lists.floor[at] = lists.fits[at, -1]


def _descending_within(position: Rows, fit: Floats) -> NDArray[np.int64]:
    """One integer per pair that orders by position and then by falling fit.

    The bits of floats that are not negative order as integers do; one key sorts several times as fast as two.
    """
    bits = np.maximum(fit + np.float32(1), np.float32(0)).view(np.int32).astype(np.int64)
    return np.asarray((position << 32) - bits, dtype=np.int64)
