"""Why two participations should meet, in parts that add up to each side's logit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matchmaker.matching.logits import Form, form_of
from matchmaker.matching.mutual import harmonic, logit, sigmoid
from matchmaker.matching.parts import Part, asking_parts, competitor_parts, fit_parts
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.reasons import Confidence, Reason
from matchmaker.matching.rules import Exclusion, Rules, Wish, why_excluded
from matchmaker.matching.values import wished
from matchmaker.matching.weights import Weights


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
    form = form_of(profiles, weights)
    forth, back = _direction(form, rules, a, b), _direction(form, rules, b, a)
    return Explanation(
        a=a,
        b=b,
        a_wants_b=forth,
        b_wants_a=back,
        fit=float(harmonic(np.array(forth.fit), np.array(back.fit))),
        value=float(harmonic(np.array(forth.value), np.array(back.value))),
        confidence=_confidence(profiles, a, b),
        excluded=why_excluded(profiles, rules, a, b, with_veto=False),
    )


def _direction(form: Form, rules: Rules, a: int, b: int) -> Direction:
    profiles, weights = form.profiles, form.weights
    parts = [
        Part(Reason.BASE, weights.bias, {}),
        *asking_parts(form, a, b, mine=True),
        *asking_parts(form, b, a, mine=False),
        *fit_parts(form, a, b),
        *competitor_parts(form, a, b),
    ]
    total = sum(part.weight for part in parts)
    fit = float(sigmoid(np.array(total)))
    wishes, value = _wishes(profiles, rules, weights, a, b, total)
    value_logit = total + sum(part.weight for part in wishes)
    return Direction(tuple(parts), total, fit, wishes, value_logit, value)


def _wishes(
    profiles: Profiles, rules: Rules, weights: Weights, a: int, b: int, total: float
) -> tuple[tuple[Part, ...], float]:
    """This side's own wish and rating as additions to its logit, and the value that they lead to."""
    one, other = profiles.participants[a].id, profiles.participants[b].id
    parts = []
    rating = rules.ratings.get((one, other), 0.0)
    if rating:
        parts.append(Part(Reason.RATED_BEFORE, weights.history * rating, {"rating": rating}))
    wish = rules.wish(one, other)
    rated = total + weights.history * rating
    value = wished(float(sigmoid(np.array(rated))), wish)
    if wish:
        code = {Wish.MUST: Reason.WISH_MUST, Wish.MEET: Reason.WISH_MEET, Wish.NEVER: Reason.WISH_NEVER}[wish]
        parts.append(Part(code, float(logit(np.array(value))) - rated, {}))
    return tuple(parts), value


def _confidence(profiles: Profiles, a: int, b: int) -> Confidence:
    thin = sum(not (profiles.participants[row].offers and profiles.participants[row].needs) for row in (a, b))
    return (Confidence.GOOD, Confidence.FAIR, Confidence.THIN)[thin]


def _without_wishes(direction: Direction) -> Direction:
    return replace(direction, wishes=(), value_logit=direction.logit, value=direction.fit)
