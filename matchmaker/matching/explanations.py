"""Why two participations should meet, in parts that add up to each side's logit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.logits import Form, form_of
from matchmaker.matching.mutual import harmonic, logit, sigmoid
from matchmaker.matching.parts import Asked, Part, ask, asking_parts, competitor_parts, fit_parts
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.reasons import Confidence, Reason
from matchmaker.matching.rules import REASONS, Exclusion, Rules, Wish, exclusions
from matchmaker.matching.values import wished
from matchmaker.matching.weights import Weights

Rows = NDArray[np.int64]

AT_ONCE = 2048
"""Pairs whose numbers are computed together: some 20 MB."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One side's view. `parts` sum to `logit`, and `fit` is its sigmoid; both without anybody's wishes.

    `wishes` are what this side itself wishes and rated: for its own eyes. With them, `parts` and `wishes`
    together sum to `value_logit`, whose sigmoid is `value`.
    """

    parts: tuple[Part, ...]
    logit: float
    fit: float
    wishes: tuple[Part, ...] = ()
    value_logit: float = 0.0
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Both directions of a pair of rows, the mutual fit 0..1 and how sure it is.

    `excluded` is what both may know (never a veto). `seen_by` takes the other side's wishes away.
    """

    a: int
    b: int
    a_wants_b: Direction
    b_wants_a: Direction
    fit: float
    value: float | None
    confidence: Confidence
    excluded: Exclusion | None

    def seen_by(self, row: int) -> Explanation:
        """What the participation of row a or b may see: nothing that depends on the other side's wishes."""
        if row not in (self.a, self.b):
            raise ValueError(f"row {row} is no side of this pair")
        if row == self.a:
            return replace(self, b_wants_a=_without_wishes(self.b_wants_a), value=None)
        return replace(self, a_wants_b=_without_wishes(self.a_wants_b), value=None)


def explain(profiles: Profiles, rules: Rules, weights: Weights, a: int, b: int) -> Explanation:
    """Explain the pair of rows a and b; the numbers are those of `score`, for the organiser's eyes."""
    pair = np.array([[a], [b]], dtype=np.int64)
    return next(explain_many(profiles, rules, weights, pair[0], pair[1]))


def explain_many(
    profiles: Profiles, rules: Rules, weights: Weights, a: Rows, b: Rows
) -> Iterator[Explanation]:
    """Explain pairs of rows in their order, as `explain` would each of them, many at a time."""
    form = form_of(profiles, weights)
    for start in range(0, len(a), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        yield from _explained(form, rules, a[part], b[part])


def _explained(form: Form, rules: Rules, a: Rows, b: Rows) -> Iterator[Explanation]:
    there, back = ask(form, a, b), ask(form, b, a)
    excluded = exclusions(form.profiles, rules, a, b, with_veto=False).tolist()
    views = (_directions(form, rules, there, back), _directions(form, rules, back, there))
    for at, (forth, reverse) in enumerate(zip(*views, strict=True)):
        one, other = int(a[at]), int(b[at])
        yield Explanation(
            a=one,
            b=other,
            a_wants_b=forth,
            b_wants_a=reverse,
            fit=_mutual(forth.fit, reverse.fit),
            value=_mutual(forth.value, reverse.value),
            confidence=_confidence(form.profiles, one, other),
            excluded=REASONS[excluded[at] - 1] if excluded[at] else None,
        )


def _mutual(one: float, other: float) -> float:
    return float(harmonic(np.array(one), np.array(other)))


def _directions(form: Form, rules: Rules, mine: Asked, theirs: Asked) -> list[Direction]:
    """What each asking row of `mine` wants of the other."""
    base = Part(Reason.BASE, form.weights.bias, {})
    fits = fit_parts(form, mine.asking, mine.asked)
    against = competitor_parts(form, mine.asking, mine.asked)
    parts = [
        (
            base,
            *asking_parts(form, mine, at, mine=True),
            *asking_parts(form, theirs, at, mine=False),
            *fits[at],
            *against[at],
        )
        for at in range(len(fits))
    ]
    logits = np.array([sum(part.weight for part in own) for own in parts], dtype=np.float64)
    shares, found = sigmoid(logits).tolist(), []
    for at, (own, total) in enumerate(zip(parts, logits.tolist(), strict=True)):
        one, other = int(mine.asking[at]), int(mine.asked[at])
        wishes, value = _wishes(form, rules, one, other, total, shares[at])
        value_logit = total + sum(part.weight for part in wishes)
        found.append(Direction(own, total, shares[at], wishes, value_logit, value))
    return found


def _wishes(
    form: Form, rules: Rules, a: int, b: int, total: float, fit: float
) -> tuple[tuple[Part, ...], float]:
    """This side's own wish and rating as additions to its logit, and the value that they lead to."""
    people, weights = form.profiles.participants, form.weights
    one, other = people[a].id, people[b].id
    parts = []
    rating = rules.ratings.get((one, other), 0.0)
    rated = total + weights.history * rating
    if rating:
        parts.append(Part(Reason.RATED_BEFORE, weights.history * rating, {"rating": rating}))
        fit = float(sigmoid(np.array(rated)))
    wish = rules.wish(one, other)
    value = wished(fit, wish)
    if wish:
        code = {Wish.MUST: Reason.WISH_MUST, Wish.MEET: Reason.WISH_MEET, Wish.NEVER: Reason.WISH_NEVER}[wish]
        parts.append(Part(code, float(logit(np.array(value))) - rated, {}))
    return tuple(parts), value


def _confidence(profiles: Profiles, a: int, b: int) -> Confidence:
    thin = sum(not (profiles.participants[row].offers and profiles.participants[row].needs) for row in (a, b))
    return (Confidence.GOOD, Confidence.FAIR, Confidence.THIN)[thin]


def _without_wishes(direction: Direction) -> Direction:
    return replace(direction, wishes=(), value_logit=direction.logit, value=direction.fit)
