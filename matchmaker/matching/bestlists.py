"""Lists of the best partners of every row, filled in place while blocks of pairs come by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class BestLists(NamedTuple):
    """Arrays (n, top), in no order while they are filled; a named tuple, as compiled loops take it apart.

    fits      -1 where empty;  partners  row numbers
    mine      logit of "this row wants the partner";  theirs  "the partner wants this row"
    worst     (n), where the last of a row's list stands: the smallest fit, of equal ones the largest partner
    """

    fits: Floats
    partners: NDArray[np.int32]
    mine: Floats
    theirs: Floats
    worst: NDArray[np.int32]


def empty_lists(n: int, top: int) -> BestLists:
    """Lists of n rows with room for `top` partners each."""
    logits = np.zeros((2, n, top), dtype=np.float32)
    return BestLists(
        np.full((n, top), -1, dtype=np.float32),
        np.full((n, top), -1, dtype=np.int32),
        logits[0],
        logits[1],
        np.zeros(n, dtype=np.int32),
    )


def in_order(lists: BestLists) -> BestLists:
    """The lists with the best first; of equal fits the smaller row number first, empty places last."""
    order = np.lexsort((lists.partners, -lists.fits))
    rows, last = np.arange(len(order))[:, None], np.full(len(order), order.shape[1] - 1, dtype=np.int32)
    return BestLists(
        lists.fits[rows, order],
        lists.partners[rows, order],
        lists.mine[rows, order],
        lists.theirs[rows, order],
        last,
    )
