"""Refitting weights on decisions, and lists in which nobody takes every place."""

from dataclasses import replace

import numpy as np
import pytest

from matchmaker.matching import (
    Decision,
    Entry,
    Participant,
    Rules,
    TooLittleToLearnError,
    Weights,
    browsing_lists,
    build_profiles,
    explain,
    features_of,
    learn,
    load_encoder,
    popularity,
    score,
    texts_to_encode,
)
from matchmaker.matching.learning import FEATURES


def decisions(count: int, events: int, need: float) -> list[Decision]:
    """Of 40 people per event, half of either side, who want what meets their need."""
    random = np.random.default_rng(count + events)
    found = []
    for number in range(count):
        features = (1.0, *random.normal(0, 1, len(FEATURES) - 1))
        chance = 1 / (1 + np.exp(-(-1 + need * features[1])))
        asker = number % (40 * events)
        wanted = bool(random.random() < chance)
        found.append(Decision(asker % events, features, wanted, asker, "ab"[asker // events % 2]))
    return found


def test_too_few_decisions_are_refused() -> None:
    with pytest.raises(TooLittleToLearnError, match="299"):
        learn(decisions(299, 3, 1), Weights(), "next")


def test_decisions_that_are_all_alike_are_refused() -> None:
    alike = [replace(decision, wanted=True) for decision in decisions(400, 2, 1)]
    with pytest.raises(TooLittleToLearnError):
        learn(alike, Weights(), "next")


def test_learned_weights_foresee_held_out_events_better() -> None:
    learned = learn(decisions(2000, 4, 3), Weights(), "next")
    assert learned.is_better
    assert learned.whole_events
    present, new = learned.figures.present, learned.figures.new
    assert new.log_loss < present.log_loss
    assert new.brier < present.brier
    assert (new.auc or 0) > (present.auc or 0)
    assert (new.ndcg5 or 0) > (present.ndcg5 or 0)
    assert learned.weights.need > Weights().need
    assert (learned.weights.version, learned.decisions, learned.events) == ("next", 2000, 4)


def test_figures_are_told_apart_by_side() -> None:
    learned = learn(decisions(1000, 2, 2), Weights(), "next")
    assert set(learned.sides) == {"a", "b"}
    assert sum(side.new.decisions for side in learned.sides.values()) == 1000


def test_single_event_holds_out_those_who_decided_and_says_so() -> None:
    learned = learn(decisions(600, 1, 3), Weights(), "next")
    assert (learned.events, learned.whole_events) == (1, False)
    assert learned.figures.new.log_loss < learned.figures.present.log_loss


def test_decisions_by_chance_do_not_look_like_an_improvement_in_ranking() -> None:
    random = np.random.default_rng(5)
    by_chance = [replace(one, wanted=bool(random.random() < 0.5)) for one in decisions(800, 2, 0)]
    learned = learn(by_chance, Weights(), "next")
    assert learned.figures.new.auc == pytest.approx(0.5, abs=0.06)


def test_nothing_that_speaks_for_a_pair_turns_round() -> None:
    turned = [
        replace(decision, wanted=bool(decision.features[1] + decision.features[2] < 0))
        for decision in decisions(800, 2, 0)
    ]
    weights = learn(turned, Weights(), "next").weights
    assert min(weights.need, weights.topics, weights.competitor, weights.kind) > 0
    assert 0 < weights.offer <= 1


def test_features_times_weights_are_the_logit() -> None:
    people = [
        Participant(
            1, 1, "a", "startup", (Entry("tanks", topics=("h2",)),), (Entry("a mill", topics=("h2",)),),
            wanted_kinds=("corporate",), languages=("en",), sector="energy",
        ),
        Participant(
            2, 2, "a", "corporate", (Entry("the mill", topics=("h2",)),), (Entry("tank", topics=("h2",)),),
            languages=("de",), sector="energy",
        ),
    ]  # fmt: skip
    encoder = load_encoder("ngrams")
    texts = texts_to_encode(people)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    profiles = build_profiles(people, vectors, {"h2": None}, encoder=encoder.version)
    weights = Weights(offer=0.7, topics=1.5)
    direction = explain(profiles, Rules(), weights, 0, 1).a_wants_b
    features = features_of([(part.code, part.weight) for part in direction.parts], weights)
    coefficients = (
        weights.bias, weights.need, weights.topics, weights.kind, weights.region, weights.stage,
        weights.language, weights.sector, -weights.competitor,
        weights.need * weights.offer, weights.topics * weights.offer,
    )  # fmt: skip
    assert np.dot(features, coefficients) == pytest.approx(direction.logit)
    named = dict(zip(FEATURES, features, strict=True))
    assert (named["kind"], named["language"], named["sector"]) == pytest.approx((1, -1, 1))
    assert named["topics_of_other"] != 0


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
