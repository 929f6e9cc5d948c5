"""The value of a pair for a round: the fit, moved by what both sides wish and by what they rated before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.rules import Rules, Wish
from matchmaker.matching.weights import Weights

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

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
    moved = logits.copy()
    keys = profiles.ids[asking], profiles.ids[asked]
    if rules.ratings:
        rated = [rules.ratings.get((int(one), int(other)), 0.0) for one, other in zip(*keys, strict=True)]
        moved += weights.history * np.array(rated)
    probability = sigmoid(moved)
    low, high = BANDS[None]
    result = low + (high - low) * probability
    if rules.wishes:
        for at, (one, other) in enumerate(zip(*keys, strict=True)):
            wish = rules.wish(int(one), int(other))
            if wish:
                result[at] = wished(float(probability[at]), wish)
    return result
