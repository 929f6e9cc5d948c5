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
    fit_left, fit_right  float32 (n, m), whose row product is the bias and the weighted sum of the fits
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
    always = np.ones((len(profiles), 1), dtype=np.float32)
    left = np.hstack([weights.bias * always] + [f.left * getattr(weights, f.name) for f in profiles.fits])
    right = np.hstack([always, *(fit.right for fit in profiles.fits)])
    used = left.any(axis=0) & right.any(axis=0)
    return Form(profiles, weights, asking, *(side[:, used].astype(np.float32) for side in (left, right)))


quiet = np.errstate(all="ignore")
"""Around matrix products: kernels raise floating-point flags from lanes that hold no number of ours."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some rows ready for products: their needs, weighted, and their answers, one table per piece.

    fits_asked, fits  float32 (rows, m): product = fits of both directions together, over 1 + share
    """

    rows: Rows
    fits_asked: Floats
    fits: Floats
    needs: tuple[Floats, ...]
    answers: tuple[Floats, ...]


def prepare(form: Form, rows: Rows) -> Prepared:
    """Gather the pieces of these rows once, for products with many others."""
    needs, offers = form.profiles.needs, form.profiles.offers
    wanted = []
    for piece in range(_most(needs, rows)):
        table = needs.nth(rows, piece)
        table *= form.asking
        wanted.append(table)
    answers = [answer(form, rows, piece) for piece in range(_most(offers, rows))]
    left, right = form.fit_left[rows], form.fit_right[rows]
    fits_asked = np.hstack([left, right]) / np.float32(1 + form.weights.offer)
    return Prepared(rows, fits_asked, np.hstack([right, left]), tuple(wanted), tuple(answers))


def _most(side: Pieces, rows: Rows) -> int:
    return int(side.counts[rows].max(initial=1))


def answer(form: Form, rows: Rows, piece: int) -> Floats:
    """What a need is multiplied with: an offer, and a share of where the offering side's own needs point."""
    aims = form.profiles.aims[rows]
    aims *= np.float32(form.weights.common_aims)
    aims += form.profiles.offers.nth(rows, piece)
    return aims


@dataclass(frozen=True, slots=True)
class Workspace:
    """Memory that block after block is computed in: getting it anew costs as much as filling it.

    products  float32 (2, rows, columns);  strips  float32 (2, rows of a strip, columns)
    """

    products: Floats
    strips: Floats


def workspace(rows: int, columns: int, strip: int) -> Workspace:
    """Room for blocks of rows x columns, worked on in strips of rows."""
    # zeros: some kernels multiply what lies in the target by zero, which leftover infinities survive
    return Workspace(
        np.zeros((2, rows, columns), dtype=np.float32), np.zeros((2, strip, columns), dtype=np.float32)
    )


def asks(left: Prepared, right: Prepared, room: Workspace) -> tuple[Floats, Floats]:
    """Float32 (left, right): what the left ones' needs find in the right ones' offers, and the reverse."""
    there, back = room.products[:, : len(left.rows), : len(right.rows)]
    _best(left.needs, right.answers, there)
    _best(left.answers, right.needs, back)
    return there, back


@quiet
def _best(left: tuple[Floats, ...], right: tuple[Floats, ...], best: Floats) -> None:
    np.matmul(left[0], right[0].T, out=best)
    for piece, mine in enumerate(left):
        for other, theirs in enumerate(right):
            if piece or other:
                np.maximum(best, mine @ theirs.T, out=best)


@quiet
def sums(
    there: Floats, back: Floats, left: Prepared, part: slice, right: Prepared, room: Workspace
) -> Floats:
    """Float32 (part of left, right): both logits of a pair added, over 1 + share, competitor's part left out.

    It takes half the passes over memory that the two logits take, and is enough to sort pairs out. The result
    lies in the strips of the workspace, until the next call.
    """
    total = room.strips[0, : there.shape[0], : there.shape[1]]
    np.matmul(left.fits_asked[part], right.fits.T, out=total)
    total += there
    total += back
    return total


def add_pair_fits(form: Form, there: Floats, back: Floats, a: Rows, b: Rows) -> tuple[Floats, Floats]:
    """Both logits of pairs of rows from their products, the competitor's part left out."""
    share = np.float32(form.weights.offer)
    forth = there + share * back + _products(form.fit_left[a], form.fit_right[b])
    return forth, back + share * there + _products(form.fit_left[b], form.fit_right[a])


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
