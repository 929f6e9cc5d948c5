"""What must hold of every score, whatever the profiles, wishes and weights."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.matching import (
    Encoder,
    Entry,
    Exclusion,
    Participant,
    Profiles,
    Rules,
    ScoredPairs,
    Weights,
    browsing_lists,
    build_profiles,
    explain,
    explain_many,
    load_encoder,
    score,
    score_newcomer,
    texts_to_encode,
)

ENCODER: Encoder = load_encoder("ngrams")
WORDS = ("hydrogen storage", "steel mill heat", "payroll software", "Batterien recyceln", "eau potable")
TAXONOMY = {"energy": None, "hydrogen": "energy", "it": None}

entries = st.builds(
    Entry,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("; ".join),
    topics=st.lists(st.sampled_from(sorted(TAXONOMY)), max_size=2, unique=True).map(tuple),
)
sides = st.lists(entries, max_size=3).map(tuple)
people = st.lists(
    st.builds(
        Participant,
        id=st.just(0),
        organisation=st.just(0),
        group=st.sampled_from(["a", "b"]),
        kind=st.sampled_from(["startup", "corporate"]),
        offers=sides,
        needs=sides,
        description=st.sampled_from(["", "pumps for water"]),
        sector=st.sampled_from(["", "Energy"]),
        stage=st.sampled_from(["", "growth"]),
        region=st.sampled_from(["", "DE", "CA"]),
        languages=st.sampled_from([(), ("en",), ("de", "fr")]),
        wanted_kinds=st.sampled_from([(), ("corporate",)]),
        wanted_regions=st.sampled_from([(), ("DE",)]),
        available=st.sampled_from([None, frozenset({1}), frozenset({1, 65})]),
    ),
    min_size=2,
    max_size=7,
).map(lambda found: tuple(replace(p, id=at + 10, organisation=at) for at, p in enumerate(found)))
wishes = st.dictionaries(
    st.tuples(st.integers(10, 16), st.integers(10, 16)),
    st.sampled_from(["must", "meet", "never"]),
    max_size=6,
)
weights = st.builds(
    Weights,
    bias=st.floats(-4, 1),
    need=st.floats(0, 3),
    offer=st.floats(0, 1),
    topics=st.floats(0, 3),
    competitor=st.floats(0, 3),
    common_aims=st.floats(0, 1),
)


def lay_out(found: tuple[Participant, ...]) -> Profiles:
    texts = texts_to_encode(found)
    vectors = dict(zip(texts, ENCODER.encode(list(texts.values())), strict=True))
    return build_profiles(found, vectors, TAXONOMY, encoder=ENCODER.version)


def ranked_fits(scored: ScoredPairs, row: int) -> list[float]:
    listed = ((scored.a == row) & (scored.rank_a > 0)) | ((scored.b == row) & (scored.rank_b > 0))
    return sorted(scored.fit[listed].tolist(), reverse=True)


@settings(deadline=None, max_examples=25)
@given(people, weights)
def test_contributions_sum_to_the_logit_of_the_score(found: tuple[Participant, ...], chosen: Weights) -> None:
    profiles = lay_out(found)
    scored = score(profiles, Rules(), chosen)
    for a, b, fit_ab, fit in zip(scored.a, scored.b, scored.fit_ab, scored.fit, strict=True):
        why = explain(profiles, Rules(), chosen, int(a), int(b))
        total = sum(part.weight for part in why.a_wants_b.parts)
        assert total == pytest.approx(why.a_wants_b.logit)
        assert 1 / (1 + np.exp(-total)) == pytest.approx(fit_ab, abs=1e-4)
        assert why.fit == pytest.approx(fit, abs=1e-4)


def test_many_explanations_are_those_of_each_pair() -> None:
    profiles = lay_out(fair_of(40, "ab"))
    rules = Rules(wishes={(3, 8): "must", (8, 3): "never"}, ratings={(4, 9): 0.5})
    scored = score(profiles, Rules(), Weights())
    many = list(explain_many(profiles, rules, Weights(), scored.a, scored.b))
    for a, b, why in zip(scored.a.tolist(), scored.b.tolist(), many, strict=True):
        assert why == explain(profiles, rules, Weights(), a, b)
    assert [why.fit for why in many] == pytest.approx(scored.fit.tolist(), abs=1e-5)


@settings(deadline=None, max_examples=25)
@given(people, weights)
def test_swapping_the_roles_keeps_the_mutual_fit(found: tuple[Participant, ...], chosen: Weights) -> None:
    there, back = score(lay_out(found), Rules(), chosen), score(lay_out(found[::-1]), Rules(), chosen)
    last = len(found) - 1
    turned = {(last - b, last - a): fit for a, b, fit in zip(back.a, back.b, back.fit, strict=True)}
    for a, b, fit in zip(there.a, there.b, there.fit, strict=True):
        assert turned[(a, b)] == pytest.approx(fit, abs=1e-5)


@settings(deadline=None, max_examples=25)
@given(people, weights)
def test_newcomer_changes_no_other_pair(found: tuple[Participant, ...], chosen: Weights) -> None:
    before, after = score(lay_out(found[:-1]), Rules(), chosen), score(lay_out(found), Rules(), chosen)
    kept = {(a, b): fit for a, b, fit in zip(after.a, after.b, after.fit, strict=True)}
    for a, b, fit in zip(before.a, before.b, before.fit, strict=True):
        assert kept[(a, b)] == pytest.approx(fit, abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(people, wishes, weights, st.booleans())
def test_veto_is_final_whatever_else_is_wished(
    found: tuple[Participant, ...], said: dict[tuple[int, int], str], chosen: Weights, limited: bool
) -> None:
    scored = score(lay_out(found), Rules(wishes=said), chosen, top=1 if limited else None)
    met = {(a + 10, b + 10) for a, b in zip(scored.a, scored.b, strict=True)}
    for (one, other), what in said.items():
        if what == "never":
            assert (min(one, other), max(one, other)) not in met


@settings(deadline=None, max_examples=30)
@given(people, wishes)
def test_nothing_that_one_side_sees_depends_on_the_others_wishes(
    found: tuple[Participant, ...], said: dict[tuple[int, int], str]
) -> None:
    mine = {pair: what for pair, what in said.items() if pair[0] == 10}
    profiles = lay_out(found)
    seen = []
    for known in (said, mine):
        rules = Rules(wishes=known)
        scored = score(profiles, rules, Weights(), top=2)
        lists = browsing_lists(scored, len(found), length=2)[0].tolist()
        why = [explain(profiles, rules, Weights(), 0, b).seen_by(0) for b in range(1, len(found))]
        seen.append((lists, why))
    assert seen[0] == seen[1]


@settings(deadline=None, max_examples=30)
@given(people, wishes)
def test_every_wished_pair_is_scored_or_named_as_excluded(
    found: tuple[Participant, ...], said: dict[tuple[int, int], str]
) -> None:
    scored = score(lay_out(found), Rules(wishes=said), Weights(), top=1)
    listed = set(zip(scored.a, scored.b, strict=True))
    listed |= set(zip(scored.excluded.a, scored.excluded.b, strict=True))
    ids = {p.id: row for row, p in enumerate(found)}
    for one, other in said:
        if one in ids and other in ids and one != other:
            assert (min(ids[one], ids[other]), max(ids[one], ids[other])) in listed


@settings(deadline=None, max_examples=25)
@given(people, st.integers(1, 3))
def test_top_lists_are_those_of_all_pairs(found: tuple[Participant, ...], top: int) -> None:
    profiles = lay_out(found)
    every, best = score(profiles, Rules(), Weights()), score(profiles, Rules(), Weights(), top=top)
    for row in range(len(found)):
        mine = sorted(every.fit[(every.a == row) | (every.b == row)], reverse=True)[:top]
        assert ranked_fits(best, row) == pytest.approx(mine, abs=1e-5)


@settings(deadline=None, max_examples=25)
@given(people, st.integers(1, 3))
def test_newcomer_alone_gets_the_list_that_everybody_gets(found: tuple[Participant, ...], top: int) -> None:
    profiles = lay_out(found)
    row = len(found) - 1
    every = score(profiles, Rules(), Weights())
    alone = score_newcomer(profiles, Rules(), Weights(), row, top=top)
    mine = sorted(every.fit[every.b == row], reverse=True)[:top]
    assert sorted(alone.fit, reverse=True) == pytest.approx(mine, abs=1e-4)


def fair_of(size: int, groups: str) -> tuple[Participant, ...]:
    """Several entries, organisations with two participations, a few who opted out or met nobody's slot."""
    random = np.random.default_rng(3)

    def side(at: int) -> tuple[Entry, ...]:
        count = int(random.integers(0, 4))
        return tuple(Entry(f"{random.choice(WORDS)} {at % 7} {number}") for number in range(count))

    return tuple(
        Participant(
            id=at,
            organisation=at // 2,
            group=groups[at % len(groups)],
            kind=("startup", "corporate")[at % 2],
            offers=side(at),
            needs=side(at + 3),
            sector=("", "Energy", "IT")[at % 3],
            region=("", "DE", "CA")[at % 3],
            wanted_regions=((), ("DE",))[at % 2],
            opted_out=at % 17 == 0,
            available=(None, frozenset({1}), frozenset({65}))[at % 3],
        )
        for at in range(size)
    )


@pytest.mark.parametrize("share", [0.6, 1.0, 1.01])
def test_lists_made_in_blocks_are_those_of_all_pairs(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("blocks.ROWS", 40), ("blocks.COLUMNS", 96), ("topk.SLICE", 48)):
        monkeypatch.setattr(f"matchmaker.matching.{name}", size)
    profiles, weights = lay_out(fair_of(240, "ab")), Weights(offer=share, competitor=3.0)
    rules = Rules(exclude_met_before=True, met=frozenset({(2, 9), (30, 7), (11, 100)}))
    every, best = score(profiles, rules, weights), score(profiles, rules, weights, top=5)
    for row in range(len(profiles)):
        mine = sorted(every.fit[(every.a == row) | (every.b == row)], reverse=True)[:5]
        assert ranked_fits(best, row) == pytest.approx(mine, abs=1e-5)


def test_more_cores_give_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("blocks.ROWS", 40), ("blocks.COLUMNS", 48), ("topk.SLICE", 48)):
        monkeypatch.setattr(f"matchmaker.matching.{name}", size)
    profiles, found = lay_out(fair_of(240, "abc")), []
    for cores in (1, 4):
        monkeypatch.setattr("matchmaker.matching.topk._cores", lambda cores=cores: cores)
        scored = score(profiles, Rules(), Weights(), top=4)
        found.append([column.tolist() for column in (scored.a, scored.b, scored.fit, scored.rank_a)])
    assert found[0] == found[1]


def test_reason_for_a_veto_is_not_among_what_both_may_know() -> None:
    found = tuple(Participant(id=at, organisation=at, group="a") for at in (10, 11))
    profiles, rules = lay_out(found), Rules(wishes={(11, 10): "never"})
    assert score(profiles, rules, Weights()).excluded.reason == (Exclusion.VETO,)
    assert explain(profiles, rules, Weights(), 0, 1).excluded is None
