"""One new or changed participation against all others, without scoring anybody else again."""

from __future__ import annotations

import numpy as np

from matchmaker.matching.logits import (
    Floats,
    Form,
    Numbers,
    Rows,
    answer,
    competition,
    form_of,
    pair_logits,
    quiet,
    row_fits,
)
from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.profiles import Pieces, Profiles
from matchmaker.matching.rules import Rules, exclusions, group_table, pair_rows
from matchmaker.matching.scores import ScoredPairs, complete
from matchmaker.matching.weights import Weights

ROUNDED = 1e-5
"""What single precision may take from a fit."""


def score_newcomer(
    profiles: Profiles,
    rules: Rules,
    weights: Weights,
    row: int,
    *,
    top: int = 20,
    form: Form | None = None,
    least: Numbers | None = None,
) -> ScoredPairs:
    """The best `top` partners of one row, and the pairs that either side wishes, as `score` would give them.

    Only the list of `row` is ranked; on the other side the rank is 1 and means nothing: a pair belongs into
    another row's kept list when its fit is above the last one there. `least` (n) are those last fits: every
    pair that reaches its partner's is given too, with some that just miss it. `form` is
    `form_of(profiles, weights)` for a caller that keeps it.
    """
    form = form or form_of(profiles, weights)
    allowed = group_table(profiles, rules)[profiles.group[row]][profiles.group]
    places = np.flatnonzero(allowed)
    others = np.arange(places[0], places[-1] + 1) if len(places) else places
    forth, back = _row_logits(form, row, others)
    bound = harmonic(sigmoid(forth), sigmoid(back))
    known = exclusions(profiles, rules, np.full(len(others), row), others, with_veto=False)
    bound[known > 0] = -1
    best = others[_best_places(form, row, others, bound, forth, back, top)]
    low, high = pair_rows(profiles, [pair for pair in rules.wishes if profiles.participants[row].id in pair])
    reaching = others[:0] if least is None else others[(bound >= 0) & (bound >= least[others] - ROUNDED)]
    partners = np.unique(np.concatenate([best, reaching, low, high]))
    partners = partners[partners != row]
    a, b = np.minimum(partners, row), np.maximum(partners, row)
    return complete(form, rules, a, b, pair_logits(form, a, b), top)


def _best_places(
    form: Form, row: int, others: Rows, bound: Numbers, forth: Numbers, back: Numbers, top: int
) -> Rows:
    """Places of the best by exact fit: the competitor's part only lowers a fit, so bounds settle the rest."""
    order = np.argsort(-bound, kind="stable")
    order = order[bound[order] >= 0]
    looked = 2 * top
    while True:
        chosen = order[:looked]
        against = form.weights.competitor * competition(form, np.full(len(chosen), row), others[chosen])
        fit = harmonic(sigmoid(forth[chosen] - against), sigmoid(back[chosen] - against))
        best = np.argsort(-fit, kind="stable")[:top]
        if looked >= len(order) or fit[best[-1]] >= bound[order[looked]]:
            return np.asarray(chosen[best], dtype=np.int64)
        looked *= 2


@quiet
def _row_logits(form: Form, row: int, others: Rows) -> tuple[Numbers, Numbers]:
    """Logits of "row wants other" and "other wants row", reading the others' pieces once each.

    The mean of a product is the product of the mean: what their aims add needs no table of its own.
    """
    if not len(others):
        return np.zeros(0), np.zeros(0)
    profiles, weights = form.profiles, form.weights
    needs, offers = profiles.needs, profiles.offers
    mine = needs.rows[needs.of(row)] * form.asking
    topics = profiles.columns.topics.start
    aims = np.where(np.arange(len(form.asking)) < topics, weights.common_aims, 0) * mine
    alone = np.array([row])
    answers = [answer(form, alone, piece)[0] * form.asking for piece in range(int(offers.counts[row]))]
    wanted = np.vstack([*answers, *aims]).astype(np.float32)
    from_needs = _products(needs, others, wanted)
    first, counts = _first(needs, others), needs.counts[others]
    back = np.maximum.reduceat(from_needs[:, : len(answers)].max(axis=1), first)
    shared = np.add.reduceat(from_needs[:, len(answers) :], first) / counts[:, None]
    from_offers = np.maximum.reduceat(_products(offers, others, mine), _first(offers, others))
    there = (from_offers + shared).max(axis=1)
    fits, fits_back = row_fits(form, row, slice(int(others[0]), int(others[-1]) + 1))
    forth = there + weights.offer * back + fits
    reverse = back + weights.offer * there + fits_back
    return forth.astype(np.float64), reverse.astype(np.float64)


def _products(side: Pieces, others: Rows, wanted: Floats) -> Floats:
    last = side.start[others[-1]] + side.counts[others[-1]]
    return np.asarray(side.rows[side.start[others[0]] : last] @ wanted.T, dtype=np.float32)


def _first(side: Pieces, others: Rows) -> Rows:
    return np.asarray(side.start[others] - side.start[others[0]])
