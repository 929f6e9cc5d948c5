"""The value of a pair for a round: the fit, moved by what both sides wish and by what they rated before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.rules import Rules, Wish
from matchmaker.matching.weights import Weights

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
T = TypeVar("T")

BANDS = {None: (0.0, 0.50), Wish.MEET: (0.55, 0.85), Wish.MUST: (0.95, 1.0), Wish.NEVER: (0.0, 0.0)}
"""The band into which a wish moves one side's probability, keeping the order by fit within it.

The bands do not overlap and two musts beat a must with anything else: 0.95 is above the harmonic mean of
1.0 and 0.85 (0.92).
"""


def wished(probability: float, wish: Wish | None) -> float:
    """One side's probability moved into the band of its wish."""
    low, high = BANDS[wish]
    return low + (high - low) * probability


def values(
    profiles: Profiles, rules: Rules, weights: Weights, a: Rows, b: Rows, logit_ab: Numbers, logit_ba: Numbers
) -> Numbers:
    """Value 0..1 of pairs of rows: harmonic mean of both sides after wishes and history; a veto gives 0."""
    return harmonic(
        _one_side(profiles, rules, weights, a, b, logit_ab),
        _one_side(profiles, rules, weights, b, a, logit_ba),
    )


def _one_side(
    profiles: Profiles, rules: Rules, weights: Weights, asking: Rows, asked: Rows, logits: Numbers
) -> Numbers:
    """One side's probability after its own ratings and wishes, for pairs of rows."""
    moved = logits.copy()
    for at, rating in _said(profiles, rules.ratings, asking, asked):
        moved[at] += weights.history * rating
    probability = sigmoid(moved)
    low, high = BANDS[None]
    result = low + (high - low) * probability
    for at, wish in _said(profiles, rules.wishes, asking, asked):
        result[at] = wished(float(probability[at]), Wish(wish))
    return np.asarray(result, dtype=np.float64)


def _said(
    profiles: Profiles, said: Mapping[tuple[int, int], T], asking: Rows, asked: Rows
) -> Iterator[tuple[int, T]]:
    """(place among the pairs, what was said) for everything that the asking side said of the asked one."""
    if not said:
        return
    n, rows = len(profiles), profiles.rows
    keys = asking * n + asked
    order = np.argsort(keys)
    for (one, other), what in said.items():
        if one in rows and other in rows:
            key = rows[one] * n + rows[other]
            place = int(np.searchsorted(keys, key, sorter=order))
            if place < len(keys) and keys[order[place]] == key:
                yield int(order[place]), what
