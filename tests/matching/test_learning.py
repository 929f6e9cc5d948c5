"""Refitting weights on decisions, and lists in which nobody takes every place."""

import numpy as np
import pytest

from matchmaker.matching import (
    Decision,
    Participant,
    Rules,
    TooLittleToLearnError,
    Weights,
    browsing_lists,
    build_profiles,
    explain,
    features_of,
    learn,
    popularity,
    score,
)
from matchmaker.matching.learning import NAMES

RANDOM = np.random.default_rng(1)


def decisions(count: int, events: int, need: float) -> list[Decision]:
    found = []
    for number in range(count):
        features = (1.0, *RANDOM.normal(0, 1, len(NAMES) - 1))
        chance = 1 / (1 + np.exp(-(-1 + need * features[1])))
        found.append(Decision(number % events, features, bool(RANDOM.random() < chance)))
    return found


def test_too_few_decisions_are_refused() -> None:
    with pytest.raises(TooLittleToLearnError):
        learn(decisions(299, 3, 1), Weights(), "next")


def test_decisions_of_a_single_event_are_refused() -> None:
    with pytest.raises(TooLittleToLearnError):
        learn(decisions(400, 1, 1), Weights(), "next")


def test_learned_weights_predict_held_out_events_better() -> None:
    learned = learn(decisions(2000, 4, 3), Weights(), "next")
    assert learned.new.log_loss < learned.present.log_loss
    assert learned.weights.need > Weights().need
    assert (learned.weights.version, learned.decisions, learned.events) == ("next", 2000, 4)


def test_features_times_weights_are_the_logit() -> None:
    people = [
        Participant(1, 1, "a", "startup", wanted_kinds=("corporate",), languages=("en",), sector="energy"),
        Participant(2, 2, "a", "corporate", languages=("de",), sector="energy"),
    ]
    weights = Weights()
    direction = explain(build_profiles(people, {}), Rules(), weights, 0, 1).a_wants_b
    features = dict(zip(NAMES, features_of(direction, weights), strict=True))
    expected = weights.bias + weights.kind * 1 + weights.language * -1 + weights.sector * 1
    assert direction.logit == pytest.approx(expected)
    assert (features["kind"], features["language"], features["sector"]) == pytest.approx((1, -1, 1))


def test_prices_make_lists_more_even() -> None:
    """One corporate is of the kind that everybody wants and shares everybody's sector."""
    people = [
        Participant(at, at, "a", "startup", sector="energy", wanted_kinds=("corporate",), stage=str(at))
        for at in range(30)
    ]
    for at in range(12):
        kind, sector = "corporate" if at < 3 else "public", "" if at else "energy"
        people.append(Participant(100 + at, 100 + at, "b", kind, sector=sector))
    scored = score(build_profiles(people, {}), Rules(may_meet=frozenset({("a", "b")})), Weights())
    plain = popularity(browsing_lists(scored, len(people), length=3, strength=0.0))
    priced = popularity(browsing_lists(scored, len(people), length=3))
    assert priced.gini <= plain.gini
    assert priced.share_without <= plain.share_without
