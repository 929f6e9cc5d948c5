"""From two directions to one number: how much both sides would want a meeting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SingleOrDouble = NDArray[np.float64] | NDArray[np.float32]


def sigmoid(logit: SingleOrDouble) -> Numbers:
    """1 / (1 + exp(-logit)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logit)), dtype=np.float64)


def logit(probability: Numbers) -> Numbers:
    """The inverse of `sigmoid`; 0 and 1 are kept finite."""
    held = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held) - np.log1p(-held), dtype=np.float64)


def harmonic(one: Numbers, other: Numbers) -> Numbers:
    """Harmonic mean of two numbers in 0..1: near the smaller one, zero when either is zero.

    Chosen over product, geometric and arithmetic mean on real two-sided decisions (Fisman and Iyengar's
    speed dating; see benchmarks/matching); the same choice as RECON, Pizzato et al. 2010.
    """
    total = one + other
    return np.asarray(2 * one * other / np.where(total > 0, total, 1), dtype=np.float64)


def arithmetic(one: Numbers, other: Numbers) -> Numbers:
    """Arithmetic mean, a baseline: it forgives one side's dislike."""
    return np.asarray((one + other) / 2, dtype=np.float64)


def geometric(one: Numbers, other: Numbers) -> Numbers:
    """Geometric mean; it orders pairs as the product does."""
    return np.asarray(np.sqrt(one * other), dtype=np.float64)
