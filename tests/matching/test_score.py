"""Scores of pairs: what counts, what excludes, what a wish does."""

import numpy as np
import pytest

from matchmaker.matching import (
    Entry,
    Exclusion,
    Participant,
    Profiles,
    Rules,
    Weights,
    build_profiles,
    explain,
    load_encoder,
    score,
    texts_to_encode,
)

TAXONOMY = {"energy": None, "hydrogen": "energy", "storage": "energy", "it": None}
WEIGHTS = Weights()


def participant(number: int, offer: str, need: str, **more: object) -> Participant:
    topics = more.pop("topics", ())
    return Participant(
        id=number,
        organisation=number,
        group="startups" if number < 100 else "corporates",
        kind="startup" if number < 100 else "corporate",
        offers=(Entry(offer, topics=topics),) if offer else (),  # type: ignore[arg-type]
        needs=(Entry(need),) if need else (),
        **more,  # type: ignore[arg-type]
    )


def profiles_of(*people: Participant) -> Profiles:
    encoder = load_encoder("ngrams")
    texts = texts_to_encode(people)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    return build_profiles(people, vectors, TAXONOMY, encoder=encoder.version)


def fair() -> tuple[Participant, ...]:
    return (
        participant(1, "electrolysers for green hydrogen", "steel mills as pilot customers"),
        participant(2, "software for payroll", "mid-sized firms with many employees"),
        participant(101, "pilot customers in steel mills", "electrolysers and green hydrogen"),
        participant(102, "offices to let", "payroll software"),
    )


def fit_of(profiles: Profiles, rules: Rules, a: int, b: int) -> float:
    scored = score(profiles, rules, WEIGHTS)
    at = np.flatnonzero((scored.a == a) & (scored.b == b))
    return float(scored.fit[at[0]])


def test_need_that_meets_offer_ranks_first() -> None:
    profiles = profiles_of(*fair())
    assert fit_of(profiles, Rules(), 0, 2) > fit_of(profiles, Rules(), 0, 3)
    assert fit_of(profiles, Rules(), 1, 3) > fit_of(profiles, Rules(), 1, 2)


def test_score_agrees_with_explanation() -> None:
    profiles = profiles_of(*fair())
    scored = score(profiles, Rules(), WEIGHTS)
    for a, b, fit in zip(scored.a, scored.b, scored.fit, strict=True):
        assert explain(profiles, Rules(), WEIGHTS, int(a), int(b)).fit == pytest.approx(fit, abs=1e-5)


def test_groups_that_may_not_meet_are_left_out() -> None:
    profiles = profiles_of(*fair())
    scored = score(profiles, Rules(may_meet=frozenset({("startups", "corporates")})), WEIGHTS)
    assert set(zip(scored.a, scored.b, strict=True)) == {(0, 2), (0, 3), (1, 2), (1, 3)}


def test_wished_pair_outside_the_top_is_kept() -> None:
    profiles = profiles_of(*fair())
    rules = Rules(wishes={(2, 101): "meet"})
    scored = score(profiles, rules, WEIGHTS, top=1)
    at = np.flatnonzero((scored.a == 1) & (scored.b == 2))
    assert (scored.rank_a[at], scored.rank_b[at]) == (0, 0)


def test_veto_is_excluded_with_its_reason_and_keeps_its_place_in_the_list() -> None:
    profiles = profiles_of(*fair())
    free = score(profiles, Rules(), WEIGHTS, top=2)
    vetoed = score(profiles, Rules(wishes={(101, 1): "never", (1, 101): "must"}), WEIGHTS, top=2)
    assert vetoed.excluded.reason == (Exclusion.VETO,)
    before = np.flatnonzero((free.a == 0) & (free.b == 2))
    assert vetoed.excluded.fit == free.fit[before]
    assert vetoed.excluded.rank_a == free.rank_a[before]


def test_musts_on_both_sides_beat_everything() -> None:
    profiles = profiles_of(*fair())
    rules = Rules(wishes={(2, 101): "must", (101, 2): "must", (1, 101): "must", (101, 1): "meet"})
    scored = score(profiles, rules, WEIGHTS)
    best = int(scored.value.argmax())
    assert (scored.a[best], scored.b[best]) == (1, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"organisation": 1}, Exclusion.SAME_ORGANISATION),
        ({"opted_out": True}, Exclusion.OPTED_OUT),
        ({"available": frozenset({70})}, Exclusion.NO_COMMON_SLOT),
    ],
)
def test_pair_that_cannot_meet_is_named(change: dict[str, object], reason: Exclusion) -> None:
    one = participant(1, "pumps for water", "valves", available=frozenset({1, 2}))
    fields = {"id": 101, "organisation": 101, "group": "corporates", **change}
    profiles = profiles_of(one, Participant(**fields))  # type: ignore[arg-type]
    scored = score(profiles, Rules(wishes={(1, 101): "meet"}), WEIGHTS)
    assert (len(scored), scored.excluded.reason) == (0, (reason,))


def test_no_participants_give_no_pairs() -> None:
    assert len(score(profiles_of(), Rules(), WEIGHTS, top=5)) == 0


def test_weights_survive_json() -> None:
    assert Weights.from_json(WEIGHTS.to_json()) == WEIGHTS


def test_weights_with_an_unknown_name_are_refused() -> None:
    with pytest.raises(ValueError, match="beauty"):
        Weights.from_json('{"beauty": 1}')
