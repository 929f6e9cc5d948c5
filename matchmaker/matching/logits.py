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
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.fits import Fit
from matchmaker.matching.profiles import Pieces, Profiles
from matchmaker.matching.weights import Weights

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Form:
    """Profiles and weights in the shape of which the logits are products.

    asking  (width), weight of each column of a piece's row
    """

    profiles: Profiles
    weights: Weights
    asking: Floats

    @cached_property
    def fit_left(self) -> Floats:
        """Float32 (n, m), whose row product with `fit_right` is the bias and the weighted sum of the fits."""
        bias = np.full((len(self.profiles), 1), self.weights.bias, dtype=np.float32)
        return np.hstack([bias, *(self.weight(fit) * fit.left for fit in self.profiles.fits)])

    @cached_property
    def fit_right(self) -> Floats:
        """Float32 (n, m); see `fit_left`."""
        ones = np.ones((len(self.profiles), 1), dtype=np.float32)
        return np.hstack([ones, *(fit.right for fit in self.profiles.fits)])

    def weight(self, fit: Fit) -> np.float32:
        """What a fit counts for."""
        return np.float32(getattr(self.weights, fit.name))


def form_of(profiles: Profiles, weights: Weights) -> Form:
    """Prepare the products of these profiles; tables over all rows are made when they are asked for."""
    scale, columns = weights.scale(profiles.encoder), profiles.columns
    asking = np.zeros(columns.width, dtype=np.float32)
    asking[columns.vector] = weights.need / scale.spread
    asking[columns.words] = weights.need * scale.lexical / scale.spread
    asking[columns.topics] = weights.topics
    asking[columns.has_text] = -weights.need * scale.centre / scale.spread
    asking[columns.has_topics] = -weights.topics * weights.topics_centre
    return Form(profiles, weights, asking)


def pair_fits_of(form: Form, a: Rows, b: Rows) -> Floats:
    """The bias and the weighted sum of the fits of rows a towards rows b, without tables over all rows."""
    total = np.full(len(a), form.weights.bias, dtype=np.float32)
    for fit in form.profiles.fits:
        total += form.weight(fit) * _products(fit.left[a], fit.right[b])
    return total


def row_fits(form: Form, row: int, others: slice) -> tuple[Floats, Floats]:
    """The same of one row towards others and of others towards it."""
    forth = np.full(others.stop - others.start, form.weights.bias, dtype=np.float32)
    back = forth.copy()
    for fit in form.profiles.fits:
        weight = form.weight(fit)
        forth += fit.right[others] @ (weight * fit.left[row])
        back += fit.left[others] @ (weight * fit.right[row])
    return forth, back


quiet = np.errstate(all="ignore")
"""Around matrix products: kernels raise floating-point flags from lanes that hold no number of ours."""


def answer(form: Form, rows: Rows, piece: int) -> Floats:
    """What a need is multiplied with: an offer, and a share of where the offering side's own needs point."""
    aims = form.profiles.aims[rows]
    aims *= np.float32(form.weights.common_aims)
    aims += form.profiles.offers.nth(rows, piece)
    return aims


def add_pair_fits(form: Form, there: Floats, back: Floats, a: Rows, b: Rows) -> tuple[Floats, Floats]:
    """Both logits of pairs of rows from their products, the competitor's part left out."""
    share = np.float32(form.weights.offer)
    forth = there + share * back + pair_fits_of(form, a, b)
    return forth, back + share * there + pair_fits_of(form, b, a)


def pair_logits(form: Form, a: Rows, b: Rows) -> tuple[Numbers, Numbers]:
    """Both complete logits of single pairs of rows."""
    there, back = _asks_of_pairs(form, a, b), _asks_of_pairs(form, b, a)
    forth, reverse = add_pair_fits(form, there, back, a, b)
    penalty = form.weights.competitor * competition(form, a, b)
    return forth - penalty, reverse - penalty


def _asks_of_pairs(form: Form, a: Rows, b: Rows) -> Floats:
    needs, offers = form.profiles.needs, form.profiles.offers
    best = np.full(len(a), -np.inf, dtype=np.float32)
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
            mine = left.nth(a[part], piece, vector)
            for other in range(int(right.counts[b[part]].max())):
                best[part] = np.maximum(best[part], _products(mine, right.nth(b[part], other, vector)))
    return best


def _products(left: Floats, right: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", left, right), dtype=np.float32)
