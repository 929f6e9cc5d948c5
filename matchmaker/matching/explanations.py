"""Why two participations should meet, in parts that add up to each side's logit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from matchmaker.matching.logits import competition
from matchmaker.matching.mutual import harmonic, logit, sigmoid
from matchmaker.matching.parts import TextMatch, best_match, fit_part, shared_topics
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.reasons import Confidence, Reason
from matchmaker.matching.rules import Exclusion, Rules, Wish, why_excluded
from matchmaker.matching.values import wished
from matchmaker.matching.weights import Weights

Argument = str | float | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: its code, what it adds to the logit, and the arguments that reasons.py names."""

    code: Reason
    weight: float
    arguments: Mapping[str, Argument]


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
    forth, back = _direction(profiles, rules, weights, a, b), _direction(profiles, rules, weights, b, a)
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


def _direction(profiles: Profiles, rules: Rules, weights: Weights, a: int, b: int) -> Direction:
    parts = [
        Part(Reason.BASE, weights.bias, {}),
        *_texts(profiles, weights, a, b),
        *_topics(profiles, weights, a, b),
        *_fits(profiles, weights, a, b),
        *_competitor(profiles, weights, a, b),
    ]
    total = sum(part.weight for part in parts)
    fit = float(sigmoid(np.array(total)))
    wishes, value = _wishes(profiles, rules, weights, a, b, total)
    value_logit = total + sum(part.weight for part in wishes)
    return Direction(tuple(parts), total, fit, wishes, value_logit, value)


def _texts(profiles: Profiles, weights: Weights, a: int, b: int) -> list[Part]:
    scale = weights.scale(profiles.encoder)
    parts = []
    for asking, asked, found, nothing, share in (
        (a, b, Reason.NEED_MEETS_OFFER, Reason.NO_TEXT_FOR_NEED, 1.0),
        (b, a, Reason.OFFER_MEETS_NEED, Reason.NO_TEXT_FOR_OFFER, weights.offer),
    ):
        match = best_match(profiles, profiles.needs, asking, profiles.offers, asked)
        if match is None:
            parts.append(Part(nothing, 0.0, {}))
            continue
        weight = share * weights.need * (match.similarity - scale.centre) / scale.spread
        parts.append(Part(found, weight, _quote(match)))
    return parts


def _quote(match: TextMatch) -> dict[str, Argument]:
    return {
        "need": match.left,
        "need_language": match.left_language,
        "offer": match.right,
        "offer_language": match.right_language,
        "similarity": match.similarity,
    }


def _topics(profiles: Profiles, weights: Weights, a: int, b: int) -> list[Part]:
    parts = []
    for asking, asked, code, share in (
        (a, b, Reason.TOPICS_OF_NEED, 1.0),
        (b, a, Reason.TOPICS_OF_OFFER, weights.offer),
    ):
        needed, offered = profiles.need_topics[asking], profiles.offer_topics[asked]
        if needed.any() and offered.any():
            weight = share * weights.topics * (float(needed @ offered) - weights.topics_centre)
            parts.append(Part(code, weight, {"topics": shared_topics(profiles, needed, offered)}))
    return parts


def _fits(profiles: Profiles, weights: Weights, a: int, b: int) -> list[Part]:
    people = profiles.participants
    parts = []
    for fit in profiles.fits:
        amount = fit.of(a, b)
        if amount:
            code, arguments = fit_part(fit.name, amount, people[a], people[b])
            parts.append(Part(code, getattr(weights, fit.name) * amount, arguments))
    return parts


def _competitor(profiles: Profiles, weights: Weights, a: int, b: int) -> list[Part]:
    much = float(competition(profiles, weights, np.array([a]), np.array([b]))[0])
    match = best_match(profiles, profiles.offers, a, profiles.offers, b)
    if not much or match is None:
        return []
    arguments: dict[str, Argument] = {
        "offer": match.left,
        "offer_language": match.left_language,
        "other_offer": match.right,
        "other_offer_language": match.right_language,
    }
    return [Part(Reason.COMPETITOR, -weights.competitor * much, arguments)]


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
