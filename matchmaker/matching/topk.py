"""The best partners of every row, exactly, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.logits import Planes, block_logits, competition
from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.rules import Rules, exclusions
from matchmaker.matching.weights import Weights

Rows = NDArray[np.int64]
Progress = Callable[[float], None]

BLOCK = 256


def best_pairs(
    profiles: Profiles,
    rules: Rules,
    weights: Weights,
    form: Planes,
    top: int | None,
    progress: Progress | None = None,
) -> tuple[Rows, Rows]:
    """Pairs (a < b) that may meet and are among the best `top` of a or of b by mutual fit; None keeps all.

    Vetoes are not looked at here: a list that gave way to one would tell of it.
    """
    n = len(profiles)
    everybody = np.arange(n)
    kept: list[Rows] = []
    for start in range(0, n, BLOCK):
        rows = everybody[start : start + BLOCK]
        forth, back = block_logits(form, rows, everybody)
        a, b = np.repeat(rows, n), np.tile(everybody, len(rows))
        penalty = weights.competitor * competition(profiles, weights, a, b).reshape(len(rows), n)
        fit = harmonic(sigmoid(forth - penalty), sigmoid(back - penalty))
        known = exclusions(profiles, rules, a, b, with_veto=False).reshape(len(rows), n)
        fit[(known > 0) | (rows[:, None] == everybody)] = -1
        if top is not None and top < n:
            # ties with the last one kept fall to the smaller row number, as in the ranks
            order = np.argsort(-fit, axis=1, kind="stable")[:, :top]
            chosen = np.zeros_like(fit, dtype=np.bool_)
            np.put_along_axis(chosen, order, True, axis=1)
            fit[~chosen] = -1
        at, other = np.nonzero(fit >= 0)
        kept.append(np.minimum(rows[at], other) * n + np.maximum(rows[at], other))
        if progress:
            progress(min(start + BLOCK, n) / n * 0.95)
    keys = np.unique(np.concatenate(kept)) if kept else np.zeros(0, dtype=np.int64)
    return keys // max(n, 1), keys % max(n, 1)
