"""Figures of rankings; higher is better in all but Brier and Gini. Ties share their mean rank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def ndcg(scores: Numbers, gains: Numbers, at: int = 5) -> float:
    """Discounted gain of the first `at` by score over the best possible (Jarvelin and Kekalainen 2002).

    Equal scores share the mean of their gains, so that an order by chance cannot help.
    """
    ideal = np.sort(gains)[::-1][:at]
    discount = 1 / np.log2(np.arange(2, at + 2))
    best = float(ideal @ discount[: len(ideal)])
    shown = _tied_means(scores, gains)[:at]
    return float(shown @ discount[: len(shown)]) / best if best else float("nan")


def precision(scores: Numbers, relevant: NDArray[np.bool_], at: int = 3) -> float:
    """Share of relevant ones among the first `at`."""
    return float(_tied_means(scores, relevant.astype(np.float64))[:at].mean())


def average_precision(scores: Numbers, relevant: NDArray[np.bool_]) -> float:
    """Mean precision at the ranks of the relevant ones; nan without any."""
    if not relevant.any():
        return float("nan")
    shown = _tied_means(scores, relevant.astype(np.float64))
    return float((np.cumsum(shown) / np.arange(1, len(shown) + 1) * shown).sum() / shown.sum())


def auc(scores: Numbers, relevant: NDArray[np.bool_]) -> float:
    """Chance that a relevant one scores above another (Mann-Whitney); nan when there is only one sort."""
    yes = int(relevant.sum())
    if not 0 < yes < len(relevant):
        return float("nan")
    ranks = _mean_ranks(scores)
    return float((ranks[relevant].sum() - yes * (yes + 1) / 2) / (yes * (len(relevant) - yes)))


def reciprocal_rank(row: Numbers, right: int) -> float:
    """One over the rank of the right one, ties at their mean rank."""
    better = (row > row[right]).sum()
    equal = (row == row[right]).sum() - 1
    return float(1 / (1 + better + equal / 2))


def brier(probability: Numbers, happened: NDArray[np.bool_]) -> float:
    """Mean squared error of probabilities; lower is better."""
    return float(np.mean((probability - happened) ** 2))


def gini(counts: Numbers) -> float:
    """Inequality of counts: 0 when all are equal, near 1 when one has everything."""
    total = counts.sum()
    if not total:
        return 0.0
    ordered = np.sort(counts)
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def interval(
    count: int, figure: Callable[[NDArray[np.int64]], float], draws: int = 1000, seed: int = 7
) -> tuple[float, float]:
    """95 % bootstrap interval of a figure of a sample of `count` units, drawn with replacement."""
    random = np.random.default_rng(seed)
    values = [figure(random.integers(0, count, count)) for _ in range(draws)]
    return float(np.nanpercentile(values, 2.5)), float(np.nanpercentile(values, 97.5))


def _tied_means(scores: Numbers, gains: Numbers) -> Numbers:
    """Gains in the order of falling scores, each run of equal scores replaced by its mean."""
    order = np.argsort(-scores, kind="stable")
    _, run = np.unique(-scores[order], return_inverse=True)
    means = np.bincount(run, weights=gains[order]) / np.bincount(run)
    return np.asarray(means[run])


def _mean_ranks(scores: Numbers) -> Numbers:
    _, run, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[run])
