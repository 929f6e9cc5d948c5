"""Scores of all pairs of an event: directed fit, mutual fit, and the value that a round uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.bestlists import BestLists
from matchmaker.matching.blocks import members_of
from matchmaker.matching.logits import Form, form_of, pair_logits
from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.rules import REASONS, Exclusion, Rules, exclusions, group_table, pair_rows, vetoed
from matchmaker.matching.topk import Progress, best_lists
from matchmaker.matching.values import values
from matchmaker.matching.weights import Weights

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs that may meet, and the noted ones that may not.

    a, b            row numbers, a < b
    fit_ab, fit_ba  float32 0..1, does a want b, does b want a, without anybody's wishes
    fit             mutual fit, harmonic mean of both: low when either side would not want the meeting
    value           the same with both sides' wishes, for the round alone: it must not be shown to either side
    rank_a, rank_b  place of the pair in the list of a (of b) by fit, from 1; 0 = not in that list. A side is
                    shown its own list and what it wished itself, or the other's wish would be told
    excluded        wished or listed pairs that cannot meet, with their fits and the reason's code
    """

    a: Rows
    b: Rows
    fit_ab: Floats
    fit_ba: Floats
    fit: Floats
    value: Floats
    rank_a: NDArray[np.int32]
    rank_b: NDArray[np.int32]
    excluded: ExcludedPairs

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True, slots=True)
class ExcludedPairs:
    """Pairs that cannot meet; a vetoed pair keeps its fit and ranks, for a list that must not tell."""

    a: Rows
    b: Rows
    reason: tuple[Exclusion, ...]
    fit_ab: Floats
    fit_ba: Floats
    fit: Floats
    rank_a: NDArray[np.int32]
    rank_b: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.a)


def score(
    profiles: Profiles,
    rules: Rules,
    weights: Weights,
    *,
    top: int | None = None,
    progress: Progress | None = None,
) -> ScoredPairs:
    """Score every pair that may meet and keep the best `top` of each row by fit (None: all of them).

    A pair is kept when it is among the best of either side, or when either side wishes
    something of the other.
    `progress` receives the share of the work that is done, 0..1. Raises ValueError when top is not positive.
    """
    if top is not None and top < 1:
        raise ValueError("top must be at least 1")
    form = form_of(profiles, weights)
    if top is None:
        a, b = _every_pair(profiles, rules)
        scored = complete(form, rules, a, b, pair_logits(form, a, b), top)
    else:
        found = _listed_pairs(best_lists(form, rules, min(top, max(len(profiles) - 1, 1)), progress))
        scored = _with_wished(form, rules, found)
    if progress:
        progress(1.0)
    return scored


@dataclass(frozen=True, slots=True)
class _Listed:
    """Pairs (a < b) with their logits and their places in both lists, from 1; 0 = not in that list."""

    a: Rows
    b: Rows
    forth: Numbers
    back: Numbers
    rank_a: NDArray[np.int32]
    rank_b: NDArray[np.int32]


def _listed_pairs(lists: BestLists) -> _Listed:
    """Every pair that stands in a list, once, in the order of a and b."""
    n = len(lists.fits)
    row, place = np.nonzero(lists.fits >= 0)
    partner = lists.partners[row, place].astype(np.int64)
    keys, at = np.unique(np.minimum(row, partner) * n + np.maximum(row, partner), return_inverse=True)
    lower = row < partner
    mine, theirs = lists.mine[row, place], lists.theirs[row, place]
    forth, back = np.empty(len(keys)), np.empty(len(keys))
    forth[at], back[at] = np.where(lower, mine, theirs), np.where(lower, theirs, mine)
    ranks = np.zeros((2, len(keys)), dtype=np.int32)
    ranks[np.where(lower, 0, 1), at] = place + 1
    return _Listed(keys // max(n, 1), keys % max(n, 1), forth, back, ranks[0], ranks[1])


def _with_wished(form: Form, rules: Rules, found: _Listed) -> ScoredPairs:
    """The listed pairs, and those that either side wishes besides, which stand in no list."""
    low, high = _wished_besides(form.profiles, rules, found.a, found.b)
    if not len(low):
        ranks = (found.rank_a, found.rank_b)
        return complete(form, rules, found.a, found.b, (found.forth, found.back), None, ranks)
    logits = pair_logits(form, low, high)
    a, b = np.concatenate([found.a, low]), np.concatenate([found.b, high])
    order = np.lexsort((b, a))
    forth = np.concatenate([found.forth, logits[0]])[order]
    back = np.concatenate([found.back, logits[1]])[order]
    none = np.zeros(len(low), dtype=np.int32)
    rank_a = np.concatenate([found.rank_a, none])[order]
    rank_b = np.concatenate([found.rank_b, none])[order]
    return complete(form, rules, a[order], b[order], (forth, back), None, (rank_a, rank_b))


def _every_pair(profiles: Profiles, rules: Rules) -> tuple[Rows, Rows]:
    """All pairs (a < b) that may meet, as far as both may know, and those that either side wishes besides."""
    groups = group_table(profiles, rules)
    rows = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *members_of(profiles)]))
    partners = [
        rows[at + 1 :][groups[group][profiles.group[rows[at + 1 :]]]]
        for at, group in enumerate(profiles.group[rows])
    ]
    a = np.repeat(rows, [len(found) for found in partners])
    b = np.concatenate([np.zeros(0, dtype=np.int64), *partners])
    may = exclusions(profiles, rules, a, b, with_veto=False) == 0
    a, b = a[may], b[may]
    low, high = _wished_besides(profiles, rules, a, b)
    a, b = np.concatenate([a, low]), np.concatenate([b, high])
    order = np.lexsort((b, a))
    return a[order], b[order]


def complete(
    form: Form,
    rules: Rules,
    a: Rows,
    b: Rows,
    logits: tuple[Numbers, Numbers],
    top: int | None,
    ranks: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None,
) -> ScoredPairs:
    """From the logits of pairs (a < b) to fits, ranks and values, with the excluded ones set apart.

    Without `ranks` the pairs themselves are ranked, in lists of at most `top`.
    """
    profiles = form.profiles
    fit_ab, fit_ba = sigmoid(logits[0]), sigmoid(logits[1])
    fit = harmonic(fit_ab, fit_ba)
    codes = exclusions(profiles, rules, a, b, with_veto=False)
    if ranks is None:
        ranks = list_ranks(len(profiles), a, b, np.where(codes == 0, fit, -1), top)
    value = values(profiles, rules, form.weights, a, b, *logits)
    codes[(codes == 0) & vetoed(profiles, rules, a, b)] = 1 + REASONS.index(Exclusion.VETO)
    stay, go = codes == 0, codes > 0
    single = np.float32
    return ScoredPairs(
        a=a[stay],
        b=b[stay],
        fit_ab=fit_ab[stay].astype(single),
        fit_ba=fit_ba[stay].astype(single),
        fit=fit[stay].astype(single),
        value=value[stay].astype(single),
        rank_a=ranks[0][stay],
        rank_b=ranks[1][stay],
        excluded=ExcludedPairs(
            a=a[go],
            b=b[go],
            reason=tuple(REASONS[code - 1] for code in codes[go]),
            fit_ab=fit_ab[go].astype(single),
            fit_ba=fit_ba[go].astype(single),
            fit=fit[go].astype(single),
            rank_a=ranks[0][go],
            rank_b=ranks[1][go],
        ),
    )


def _wished_besides(profiles: Profiles, rules: Rules, a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """Pairs of which either side wishes something and that are not among the pairs given."""
    n = max(len(profiles), 1)
    low, high = pair_rows(profiles, rules.wishes)
    keys = np.unique(low * n + high)
    keys = keys[~np.isin(keys, a * n + b)] if len(keys) else keys
    return keys // n, keys % n


def list_ranks(
    n: int, a: Rows, b: Rows, fit: NDArray[np.float64], top: int | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Place of each pair in the list of a and in that of b, from 1; 0 beyond `top` or where fit is negative.

    Equal fits are ordered by row number, so that a list does not depend on the order of computing.
    """
    owner, other = np.concatenate([a, b]), np.concatenate([b, a])
    both = np.concatenate([fit, fit])
    order = np.lexsort((other, -both, owner))
    starts = np.searchsorted(owner[order], np.arange(n))
    place = np.empty(len(owner), dtype=np.int64)
    place[order] = np.arange(len(owner)) - starts[owner[order]] + 1
    place[(both < 0) | (place > (top or len(owner)))] = 0
    ranks = place.astype(np.int32)
    return ranks[: len(a)], ranks[len(a) :]
