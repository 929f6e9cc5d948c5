"""Better weights from what happened: a regularised logistic regression on real decisions.

The regression starts from the present weights and is pulled towards them, so that few decisions change little
(a Gaussian prior; ridge regression around the old coefficients). Figures are from events that were held out
whole. Nothing is changed here: the caller shows both sides by side and an organiser decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matchmaker.matching.explanations import Direction
from matchmaker.matching.mutual import sigmoid
from matchmaker.matching.reasons import Reason
from matchmaker.matching.weights import Weights

Numbers = NDArray[np.float64]

LEAST_DECISIONS = 300
PRIOR = 20.0
"""Decisions that the present weights are worth."""

NAMES = ("bias", "need", "offer", "topics", "kind", "region", "stage", "language", "sector", "competitor")
"""The weights that are learned, in the order of the features."""

_NAME_OF = {
    Reason.BASE: "bias",
    Reason.NEED_MEETS_OFFER: "need",
    Reason.WORDS_OF_NEED: "need",
    Reason.COMMON_AIMS: "need",
    Reason.OFFER_MEETS_NEED: "offer",
    Reason.WORDS_OF_OFFER: "offer",
    Reason.COMMON_AIMS_OF_OTHER: "offer",
    Reason.TOPICS_OF_NEED: "topics",
    Reason.TOPICS_OF_OFFER: "topics",
    Reason.KIND_WANTED: "kind",
    Reason.KIND_NOT_WANTED: "kind",
    Reason.REGION_WANTED: "region",
    Reason.REGION_NOT_WANTED: "region",
    Reason.STAGE_WANTED: "stage",
    Reason.STAGE_NOT_WANTED: "stage",
    Reason.NO_COMMON_LANGUAGE: "language",
    Reason.SAME_SECTOR: "sector",
    Reason.COMPETITOR: "competitor",
}


class TooLittleToLearnError(ValueError):
    """Fewer than `LEAST_DECISIONS` decisions, fewer than two events, or all decisions alike."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One side's answer: its view of the pair when it was scored, and whether it wanted the meeting."""

    event: int
    features: tuple[float, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Of held-out decisions; log_loss and brier are better when lower, auc when higher."""

    log_loss: float
    brier: float
    auc: float


@dataclass(frozen=True, slots=True)
class Learned:
    """New weights, with the figures of the present and the new ones on events that were held out."""

    weights: Weights
    present: Figures
    new: Figures
    decisions: int
    events: int


def features_of(direction: Direction, weights: Weights) -> tuple[float, ...]:
    """The parts of a direction per unit of their weight, in the order of `NAMES`."""
    amounts = dict.fromkeys(NAMES, 0.0)
    factors = _factors(weights)
    for part in direction.parts:
        name = _NAME_OF.get(part.code)
        if name and factors[name]:
            amounts[name] += part.weight / factors[name]
    amounts["bias"] = 1.0
    return tuple(amounts[name] for name in NAMES)


def learn(decisions: Sequence[Decision], weights: Weights, version: str) -> Learned:
    """Refit the weights on these decisions; raises TooLittleToLearnError.

    Each event in turn is held out and predicted by weights fitted on the others; the new ones come from all.
    """
    events = sorted({decision.event for decision in decisions})
    wanted = np.array([decision.wanted for decision in decisions], dtype=np.float64)
    if len(decisions) < LEAST_DECISIONS or len(events) < 2 or wanted.min() == wanted.max():
        raise TooLittleToLearnError(f"{len(decisions)} decisions of {len(events)} events")
    table = np.array([decision.features for decision in decisions], dtype=np.float64)
    event = np.array([decision.event for decision in decisions])
    start = np.array([_factors(weights)[name] for name in NAMES])
    held_out = np.zeros(len(decisions))
    for one in events:
        rest = event != one
        held_out[~rest] = table[~rest] @ _fit(table[rest], wanted[rest], start)
    found = dict(zip(NAMES, _fit(table, wanted, start).tolist(), strict=True))
    # the share of the other direction is kept as a ratio, and nothing that speaks for a pair may turn round
    need = max(found["need"], 1e-3)
    changed = {name: max(found[name], 0.0) for name in NAMES[3:-1]}
    new = replace(
        weights,
        version=version,
        bias=found["bias"],
        need=need,
        offer=min(max(found["offer"], 0.0) / need, 1.0),
        competitor=max(-found["competitor"], 0.0),
        **changed,
    )
    present, after = _figures(table @ start, wanted), _figures(held_out, wanted)
    return Learned(new, present, after, len(decisions), len(events))


def _factors(weights: Weights) -> dict[str, float]:
    """The coefficient of each feature in the logit."""
    factors = {name: float(getattr(weights, name)) for name in NAMES}
    factors["offer"] = weights.need * weights.offer
    factors["competitor"] = -weights.competitor
    return factors


def _fit(table: Numbers, wanted: Numbers, start: Numbers) -> Numbers:
    sign = 2 * wanted - 1

    def loss(coefficients: Numbers) -> tuple[float, Numbers]:
        margin = sign * (table @ coefficients)
        away = coefficients - start
        slope = -(sign * sigmoid(-margin)) @ table + PRIOR * away
        return float(np.logaddexp(0, -margin).sum() + PRIOR / 2 * away @ away), slope

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x, dtype=np.float64)


def _figures(logits: Numbers, wanted: Numbers) -> Figures:
    margin = (2 * wanted - 1) * logits
    yes, no = logits[wanted > 0], logits[wanted == 0]
    ordered = np.sort(no)
    below = np.searchsorted(ordered, yes, side="left") + np.searchsorted(ordered, yes, side="right")
    return Figures(
        log_loss=float(np.logaddexp(0, -margin).mean()),
        brier=float(np.mean((sigmoid(logits) - wanted) ** 2)),
        auc=float(below.mean() / 2 / len(no)),
    )
