"""The directed logit "a wants to meet b" as an additive form over named parts, for blocks of all pairs.

logit(a, b) = bias + ask(a, b) + share * ask(b, a) + fits(a, b) - competitor(a, b)

ask(a, b)   how well b's offers meet a's needs, in meaning and words, over the best pair of entries; how far
            that need points where b's needs point; the topics needed and offered
fits        kind, region, stage, language, sector
competitor  b offers what a offers and neither needs it: never helps, so that pairs can be sorted out before

All but the last are products of rows that each profile brings with it, so that all pairs of an event come
out of matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.profiles import Pieces, Profiles
from matchmaker.matching.weights import Weights

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Form:
    """Profiles and weights in the shape of which the logits are products.

    asking               (width), weight of each column of a piece's row
    fit_left, fit_right  float32 (n, m), whose row product is the weighted sum of the fits
    """

    profiles: Profiles
    weights: Weights
    asking: Floats
    fit_left: Floats
    fit_right: Floats


def form_of(profiles: Profiles, weights: Weights) -> Form:
    """Prepare the products of these profiles."""
    scale, columns = weights.scale(profiles.encoder), profiles.columns
    asking = np.zeros(columns.width, dtype=np.float32)
    asking[columns.vector] = weights.need / scale.spread
    asking[columns.words] = weights.need * scale.lexical / scale.spread
    asking[columns.topics] = weights.topics
    asking[columns.has_text] = -weights.need * scale.centre / scale.spread
    asking[columns.has_topics] = -weights.topics * weights.topics_centre
    left = np.hstack([fit.left * getattr(weights, fit.name) for fit in profiles.fits]).astype(np.float32)
    right = np.hstack([fit.right for fit in profiles.fits]).astype(np.float32)
    used = left.any(axis=0) & right.any(axis=0)
    return Form(profiles, weights, asking, np.ascontiguousarray(left[:, used]), right[:, used])


def ask(form: Form, rows: Rows, columns: Rows) -> Floats:
    """Float32 (rows, columns): what the needs of the rows find in the offers of the columns."""
    return _best(form, rows, columns, mirrored=False)


def asked(form: Form, rows: Rows, columns: Rows) -> Floats:
    """Float32 (rows, columns): what the needs of the columns find in the offers of the rows."""
    return _best(form, columns, rows, mirrored=True)


def _best(form: Form, asking: Rows, answering: Rows, *, mirrored: bool) -> Floats:
    """The best product over pieces, (asking, answering), or the other way round where mirrored."""
    needs, offers = form.profiles.needs, form.profiles.offers
    answers = [answer(form, answering, piece) for piece in range(_most(offers, answering))]
    best: Floats | None = None
    for piece in range(_most(needs, asking)):
        wanted = np.multiply(needs.nth(asking, piece), form.asking, dtype=np.float32)
        for answered in answers:
            product = answered @ wanted.T if mirrored else wanted @ answered.T
            best = product if best is None else np.maximum(best, product, out=product)
    assert best is not None
    return best


def _most(side: Pieces, rows: Rows) -> int:
    return int(side.counts[rows].max(initial=1))


def answer(form: Form, rows: Rows, piece: int) -> Floats:
    """What a need is multiplied with: an offer, and a share of where the offering side's own needs point."""
    aims = np.float32(form.weights.common_aims) * form.profiles.needs.mean[rows]
    return np.asarray(form.profiles.offers.nth(rows, piece) + aims, dtype=np.float32)


def block_logits(form: Form, rows: Rows, columns: Rows) -> tuple[Floats, Floats]:
    """Logits (rows, columns) of "row wants column" and "column wants row", without the competitor's part."""
    share, bias = np.float32(form.weights.offer), np.float32(form.weights.bias)
    there, back = ask(form, rows, columns), asked(form, rows, columns)
    forth = form.fit_left[rows] @ form.fit_right[columns].T
    forth += bias
    forth += there
    forth += share * back
    reverse = form.fit_right[rows] @ form.fit_left[columns].T
    reverse += bias
    reverse += back
    reverse += share * there
    return forth, reverse


def pair_logits(form: Form, a: Rows, b: Rows) -> tuple[Numbers, Numbers]:
    """Both complete logits of single pairs of rows."""
    there, back = _asks_of_pairs(form, a, b), _asks_of_pairs(form, b, a)
    share, bias = form.weights.offer, form.weights.bias
    bias_and_penalty = bias - form.weights.competitor * competition(form, a, b)
    return (
        there + share * back + _products(form.fit_left[a], form.fit_right[b]) + bias_and_penalty,
        back + share * there + _products(form.fit_left[b], form.fit_right[a]) + bias_and_penalty,
    )


def _asks_of_pairs(form: Form, a: Rows, b: Rows) -> Numbers:
    needs, offers = form.profiles.needs, form.profiles.offers
    best = np.full(len(a), -np.inf)
    for start in range(0, len(a), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        for piece in range(int(needs.counts[a[part]].max())):
            wanted = needs.nth(a[part], piece) * form.asking
            for other in range(int(offers.counts[b[part]].max())):
                best[part] = np.maximum(best[part], _products(wanted, answer(form, b[part], other)))
    return best


def competition(form: Form, a: Rows, b: Rows) -> Numbers:
    """How much more b's offers resemble a's than they meet a need of either, 0..1, for pairs of rows.

    A competitor offers what I offer; so may a supplier, but then one needs it from the other.
    """
    scale = form.weights.scale(form.profiles.encoder)
    needs, offers = form.profiles.needs, form.profiles.offers
    same = _nearest(form, offers, a, offers, b)
    least = scale.centre + scale.spread
    result = np.zeros(len(a))
    near = np.flatnonzero(same > least)
    if len(near):
        met = np.maximum(
            _nearest(form, needs, a[near], offers, b[near]),
            _nearest(form, needs, b[near], offers, a[near]),
        )
        result[near] = np.clip((same[near] - np.maximum(met, least)) / (2 * scale.spread), 0, 1)
    return result


PAIRS_AT_ONCE = 16_384


def _nearest(form: Form, left: Pieces, a: Rows, right: Pieces, b: Rows) -> Numbers:
    """The largest cosine in meaning of any two pieces, for pairs of rows."""
    vector = form.profiles.columns.vector
    best = np.full(len(a), -np.inf)
    for start in range(0, len(a), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        for piece in range(int(left.counts[a[part]].max())):
            mine = left.nth(a[part], piece)[:, vector]
            for other in range(int(right.counts[b[part]].max())):
                best[part] = np.maximum(best[part], _products(mine, right.nth(b[part], other)[:, vector]))
    return best


def _products(left: Floats, right: Floats) -> Numbers:
    return np.asarray(np.einsum("ij,ij->i", left, right), dtype=np.float64)
