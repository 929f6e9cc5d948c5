"""Better weights from what happened: a regularised logistic regression on real decisions.

The regression starts from the standard weights and is pulled towards them, so that few decisions change
little (a Gaussian prior; ridge regression around the old coefficients). Figures are from events that were
held out whole; where there is one event alone, from fifths of those who decided, which says less. Nothing is
changed here: the caller shows both sides by side and an organiser decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matchmaker.matching.mutual import sigmoid
from matchmaker.matching.reasons import Reason
from matchmaker.matching.weights import Weights

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_DECISIONS = 300
PRIOR = 20.0
"""Decisions that the standard weights are worth."""

FOLDS = 5
"""Parts of those who decided, where only one event is there to hold out."""

LEAST_WEIGHT = 1e-3
"""Nothing that speaks for a pair may turn round, and what was weighed can be read back from the parts."""

NAMES = ("bias", "need", "offer", "topics", "kind", "region", "stage", "language", "sector", "competitor")
"""The weights that are learned."""

FEATURES = (
    "bias",
    "need",
    "topics",
    "kind",
    "region",
    "stage",
    "language",
    "sector",
    "competitor",
    "need_of_other",
    "topics_of_other",
)
"""What a decision is described by; the last two are the other side's view, which enters by `offer`."""

_FEATURE_OF = {
    Reason.BASE: "bias",
    Reason.NEED_MEETS_OFFER: "need",
    Reason.WORDS_OF_NEED: "need",
    Reason.COMMON_AIMS: "need",
    Reason.OFFER_MEETS_NEED: "need_of_other",
    Reason.WORDS_OF_OFFER: "need_of_other",
    Reason.COMMON_AIMS_OF_OTHER: "need_of_other",
    Reason.TOPICS_OF_NEED: "topics",
    Reason.TOPICS_OF_OFFER: "topics_of_other",
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
    """Fewer than `LEAST_DECISIONS` decisions, or all of them alike."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One side's answer: its view of the pair when it was scored, and whether it wanted the meeting.

    asker   who decided; its decisions are ranked against each other and held out together
    side    what the figures are told apart by: the group of whoever decided
    """

    event: int
    features: tuple[float, ...]
    wanted: bool
    asker: int = 0
    side: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of held-out decisions; log_loss and brier are better when lower, auc and ndcg5 when higher.

    auc and ndcg5 are None where nothing can be ranked: all decisions alike, or nobody with a yes and a no.
    """

    log_loss: float
    brier: float
    auc: float | None
    ndcg5: float | None
    decisions: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of two sets of weights on the same held-out decisions."""

    present: Figures
    new: Figures


@dataclass(frozen=True, slots=True)
class Learned:
    """New weights, with the figures of the present and of the new ones, in all and per side.

    whole_events is False where only one event was there and participations were held out instead.
    """

    weights: Weights
    figures: Compared
    sides: dict[str, Compared]
    decisions: int
    events: int
    whole_events: bool

    @property
    def is_better(self) -> bool:
        """Whether the new weights foresee held-out decisions better."""
        return self.figures.new.log_loss < self.figures.present.log_loss


def features_of(parts: Iterable[tuple[str, float]], weights: Weights) -> tuple[float, ...]:
    """The parts (code, weight) of a direction per unit of their weight, in the order of `FEATURES`.

    `weights` are those with which the parts were made.
    """
    amounts = dict.fromkeys(FEATURES, 0.0)
    factors = dict(zip(FEATURES, _coefficients(_values(weights)).tolist(), strict=True))
    for code, weight in parts:
        name = _FEATURE_OF.get(Reason(code))
        if name and factors[name]:
            amounts[name] += weight / factors[name]
    amounts["bias"] = 1.0
    return tuple(amounts[name] for name in FEATURES)


def learn(decisions: Sequence[Decision], present: Weights, version: str) -> Learned:
    """Refit the weights on these decisions; raises TooLittleToLearnError.

    The fit starts from the standard weights, so that learning twice counts no decision twice; the figures
    are set beside those of the present ones. Each event in turn is held out and predicted by weights fitted
    on the others; the new ones come from all.
    """
    wanted = np.array([decision.wanted for decision in decisions], dtype=np.float64)
    if len(decisions) < LEAST_DECISIONS or wanted.min() == wanted.max():
        raise TooLittleToLearnError(f"{len(decisions)} decisions")
    events = {decision.event for decision in decisions}
    table = np.array([decision.features for decision in decisions], dtype=np.float64)
    start = _values(Weights())
    held_out = np.zeros(len(decisions))
    folds = _folds(decisions)
    for fold in np.unique(folds):
        rest = folds != fold
        held_out[~rest] = table[~rest] @ _coefficients(_fit(table[rest], wanted[rest], start))
    found = dict(zip(NAMES, _fit(table, wanted, start).tolist(), strict=True))
    logits = table @ _coefficients(_values(present)), held_out
    every = np.ones(len(decisions), dtype=np.bool_)
    side = np.array([decision.side for decision in decisions])
    asker = np.array([decision.asker for decision in decisions])

    def compared(part: Flags) -> Compared:
        return Compared(*(_figures(values[part], wanted[part], asker[part]) for values in logits))

    return Learned(
        weights=replace(present, version=version, **found),
        figures=compared(every),
        sides={name: compared(side == name) for name in sorted(set(side.tolist())) if name},
        decisions=len(decisions),
        events=len(events),
        whole_events=len(events) > 1,
    )


def _folds(decisions: Sequence[Decision]) -> NDArray[np.int64]:
    """Which decisions are held out together: those of an event, or of a fifth of those who decided."""
    events = np.array([decision.event for decision in decisions])
    if len(np.unique(events)) > 1:
        return events
    askers = np.unique([decision.asker for decision in decisions], return_inverse=True)[1]
    return np.asarray(askers % FOLDS, dtype=np.int64)


def _values(weights: Weights) -> Numbers:
    return np.array([float(getattr(weights, name)) for name in NAMES])


def _coefficients(values: Numbers) -> Numbers:
    """What each feature is multiplied with in the logit, from the weights in the order of `NAMES`."""
    weight = dict(zip(NAMES, values.tolist(), strict=True))
    weight["competitor"] *= -1
    weight["need_of_other"] = weight["need"] * weight["offer"]
    weight["topics_of_other"] = weight["topics"] * weight["offer"]
    return np.array([weight[name] for name in FEATURES])


def _slopes(values: Numbers) -> Numbers:
    """(features, weights): how the coefficients change with each weight."""
    weight = dict(zip(NAMES, values.tolist(), strict=True))
    table = np.array([[float(feature == name) for name in NAMES] for feature in FEATURES])
    table[FEATURES.index("competitor")] *= -1
    for feature in ("need", "topics"):
        row = table[FEATURES.index(f"{feature}_of_other")]
        row[NAMES.index(feature)], row[NAMES.index("offer")] = weight["offer"], weight[feature]
    return table


def _fit(table: Numbers, wanted: Numbers, start: Numbers) -> Numbers:
    """The weights in the order of `NAMES`, with the likeliest decisions; see PRIOR and LEAST_WEIGHT."""
    sign = 2 * wanted - 1

    def loss(values: Numbers) -> tuple[float, Numbers]:
        margin = sign * (table @ _coefficients(values))
        away = values - start
        slope = -(sign * sigmoid(-margin)) @ table @ _slopes(values) + PRIOR * away
        return float(np.logaddexp(0, -margin).sum() + PRIOR / 2 * away @ away), slope

    bounds: list[tuple[float | None, float | None]] = [(LEAST_WEIGHT, None)] * len(NAMES)
    bounds[NAMES.index("bias")] = (None, None)
    bounds[NAMES.index("offer")] = (LEAST_WEIGHT, 1.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.asarray(found, dtype=np.float64)


def _figures(logits: Numbers, wanted: Numbers, asker: NDArray[np.int64]) -> Figures:
    margin = (2 * wanted - 1) * logits
    yes, no = logits[wanted > 0], np.sort(logits[wanted == 0])
    below = np.searchsorted(no, yes, side="left") + np.searchsorted(no, yes, side="right")
    return Figures(
        log_loss=float(np.logaddexp(0, -margin).mean()),
        brier=float(np.mean((sigmoid(logits) - wanted) ** 2)),
        auc=float(below.mean() / 2 / len(no)) if len(yes) and len(no) else None,
        ndcg5=_mean_ndcg(logits, wanted, asker),
        decisions=len(wanted),
    )


def _mean_ndcg(logits: Numbers, wanted: Numbers, asker: NDArray[np.int64]) -> float | None:
    """nDCG@5 of each asker's decided partners, over those who said both yes and no."""
    found = []
    for one in np.unique(asker):
        gain, order = wanted[asker == one], logits[asker == one]
        if gain.min() < gain.max():
            # of equal scores the refused come first, so that a constant earns nothing
            ranked = gain[np.lexsort((gain, -order))][:5]
            discount = 1 / np.log2(np.arange(2, 7))
            best = discount[: min(5, int(gain.sum()))].sum()
            found.append(float(ranked @ discount[: len(ranked)] / best))
    return float(np.mean(found)) if found else None
