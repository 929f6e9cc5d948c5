"""The directed logit "a wants to meet b" as an additive form over named parts, for blocks of all pairs.

logit(a, b) = bias
            + need     x best match of a's needs and b's offers      (need_meets_offer)
            + offer    x best match of b's needs and a's offers      (offer_meets_need)
            + topics, likewise in both directions
            + kind, region, stage, language, sector
            - competitor

The parts before the last are dot products of rows that each profile brings with it, so that all pairs come
out of matrix products; only the best match of several pieces needs a maximum, and only the competitor's
part, never positive, is computed for the pairs that are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.profiles import Pieces, Profiles
from matchmaker.matching.weights import Weights

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Planes:
    """Rows whose products are the parts of the logit.

    asking, answering   float32 (pieces, n, d): product = what need, offer and topics add in one direction,
                        before the maximum over pieces
    fit_left, fit_right float32 (n, m): product = the weighted fits
    share               how much the other direction's product adds to one's own logit
    """

    asking: Floats
    asking_counts: NDArray[np.int32]
    answering: Floats
    answering_counts: NDArray[np.int32]
    fit_left: Floats
    fit_right: Floats
    share: float
    bias: float


def planes(profiles: Profiles, weights: Weights) -> Planes:
    """Bring profiles into the form of which all logits are products."""
    scale = weights.scale(profiles.encoder)
    per_unit = weights.need / scale.spread
    fits = profiles.fits
    asking = _with_topics(
        profiles.needs,
        per_unit,
        -per_unit * scale.centre,
        profiles.need_topics * weights.topics,
        -weights.topics * weights.topics_centre,
    )
    answering = _with_topics(profiles.offers, 1.0, 1.0, profiles.offer_topics, 1.0)
    return Planes(
        asking=asking,
        asking_counts=np.maximum(profiles.needs.counts, 1),
        answering=answering,
        answering_counts=np.maximum(profiles.offers.counts, 1),
        fit_left=np.hstack([fit.left * getattr(weights, fit.name) for fit in fits]).astype(np.float32),
        fit_right=np.hstack([fit.right for fit in fits]).astype(np.float32),
        share=weights.offer,
        bias=weights.bias,
    )


def _with_topics(
    pieces: Pieces, factor: float, text_constant: float, topics: Floats, topic_constant: float
) -> Floats:
    """Append topics and two columns that say "has text" and "has topics", so that unknown adds nothing."""
    count, n, dimension = pieces.vectors.shape
    joined = np.zeros((count, n, dimension + topics.shape[1] + 2), dtype=np.float32)
    joined[:, :, :dimension] = pieces.vectors * np.float32(factor)
    joined[:, :, dimension:-2] = topics
    joined[:, :, -2] = np.where(pieces.counts > 0, text_constant, 0)
    joined[:, :, -1] = np.where(topics.any(axis=1), topic_constant, 0)
    return joined


def direct(form: Planes, rows: slice | NDArray[np.int64], columns: slice | NDArray[np.int64]) -> Floats:
    """(rows, columns): what the needs and topics of the rows find in the offers of the columns."""
    left, right = form.asking[:, rows], form.answering[:, columns]
    most_left = int(form.asking_counts[rows].max(initial=1))
    most_right = int(form.answering_counts[columns].max(initial=1))
    best: Floats = left[0] @ right[0].T
    for piece in range(most_left):
        for other in range(most_right):
            if piece or other:
                np.maximum(best, left[piece] @ right[other].T, out=best)
    return best


def block_logits(
    form: Planes, rows: slice | NDArray[np.int64], columns: slice | NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Logits (rows, columns) of "row wants column" and of "column wants row", competitor's part left out."""
    there, back = direct(form, rows, columns), direct(form, columns, rows).T
    bias, share = np.float32(form.bias), np.float32(form.share)
    forth = there + share * back + form.fit_left[rows] @ form.fit_right[columns].T + bias
    return forth, back + share * there + (form.fit_left[columns] @ form.fit_right[rows].T).T + bias


def pair_logits(
    profiles: Profiles, weights: Weights, form: Planes, a: Rows, b: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both complete logits of single pairs of rows."""
    there = _best_products(form.asking, a, form.answering, b)
    back = _best_products(form.asking, b, form.answering, a)
    penalty = weights.competitor * competition(profiles, weights, a, b)
    forth = there + form.share * back + _products(form.fit_left[a], form.fit_right[b])
    return (
        forth + form.bias - penalty,
        back + form.share * there + _products(form.fit_left[b], form.fit_right[a]) + form.bias - penalty,
    )


def competition(profiles: Profiles, weights: Weights, a: Rows, b: Rows) -> NDArray[np.float64]:
    """How much more b's offers resemble a's than meet any need of either, 0..1, for pairs of rows.

    A competitor offers what I offer; so may a supplier, but then one needs it from the other.
    """
    scale = weights.scale(profiles.encoder)
    offers, needs = profiles.offers.vectors, profiles.needs.vectors
    same = _best_products(offers, a, offers, b)
    met = np.maximum(_best_products(needs, a, offers, b), _best_products(needs, b, offers, a))
    return np.clip((same - np.maximum(met, scale.centre + scale.spread)) / (2 * scale.spread), 0, 1)


def _best_products(left: Floats, a: Rows, right: Floats, b: Rows) -> NDArray[np.float64]:
    best = np.full(len(a), -np.inf)
    for piece in left:
        for other in right:
            np.maximum(best, _products(piece[a], other[b]), out=best)
    return best


def _products(left: Floats, right: Floats) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", left, right), dtype=np.float64)
