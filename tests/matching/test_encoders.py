"""Real encoders, their fallback, and what must hold on the development pairs where they are at hand."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.matching.fits import Numbers, as_tables, scored_sides
from benchmarks.matching.pairs import LANGUAGES, Pairs, measure, read_pairs, scorer_table
from matchmaker.matching import Encoder, Entry, Participant, Weights, load_encoder
from matchmaker.matching import encoders as module
from matchmaker.matching.centring import stored
from matchmaker.matching.lexicon import own_pairs, shared_words
from matchmaker.matching.sentences import EncoderUnavailableError


@pytest.fixture(scope="module")
def best() -> Encoder:
    return load_encoder("best")


@pytest.fixture(scope="module")
def pairs(shared_data: Path) -> Pairs:
    return read_pairs(shared_data / "crosslingual_pairs_dev.tsv")


def test_ngrams_say_that_they_are_a_fallback() -> None:
    assert load_encoder("ngrams").is_fallback


def test_unknown_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="oracle"):
        load_encoder("oracle")


def test_missing_packages_lead_to_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(names: tuple[str, ...]) -> Encoder:
        raise EncoderUnavailableError(str(names))

    monkeypatch.setattr(module, "SentenceEncoder", missing)
    assert load_encoder("best").is_fallback


def test_real_encoder_is_used_and_gives_unit_rows(best: Encoder) -> None:
    vectors = best.encode(["offer: heat pumps", "need: pompes à chaleur"])
    assert (best.is_fallback, vectors.shape, vectors.dtype) == (False, (2, best.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_encoding_tells_how_far_it_is(best: Encoder) -> None:
    told: list[tuple[int, int]] = []
    best.encode(["offer: pumps"] * 65, lambda done, total: told.append((done, total)))
    assert told == [(64, 65), (65, 65)]


def test_stored_constants_fit_every_choice() -> None:
    for names in (("use",), ("e5",), ("use", "e5")):
        assert set(stored(names).means) == set(names)


def test_words_of_one_group_are_found_across_languages() -> None:
    assert shared_words("Kaverne für Wasserstoff", "stockage d'hydrogène") == (
        ("Wasserstoff",),
        ("hydrogène",),
    )


@pytest.fixture(scope="module")
def table(best: Encoder, pairs: Pairs) -> Numbers:
    """Fits of every offer with every need, in all languages."""
    return scorer_table(pairs, best, Weights())


def test_no_benchmark_text_is_in_the_centring_set(pairs: Pairs) -> None:
    own = {text for row in own_pairs() for text in row.values()}
    assert own & {*pairs.offers, *pairs.needs} == set()


def test_pairs_are_found_across_languages(table: Numbers, pairs: Pairs) -> None:
    figures = measure(pairs, table)
    assert float(str(figures["mrr"])) >= 0.65
    assert float(str(figures["auc"])) >= 0.90


def test_pairs_are_found_by_the_fallback(pairs: Pairs) -> None:
    assert float(str(measure(pairs, scorer_table(pairs, load_encoder("ngrams"), Weights()))["mrr"])) >= 0.30


def test_translating_a_profile_moves_its_fits_little(table: Numbers, pairs: Pairs) -> None:
    """Between any two languages, of either side, over all pairs and over those that belong together."""
    size = (len(LANGUAGES), pairs.count)
    table = table.reshape(*size, *size)
    belonging = table[:, np.arange(pairs.count), :, np.arange(pairs.count)].transpose(1, 2, 0)
    for one, other in combinations(range(len(LANGUAGES)), 2):
        assert np.abs(table[one] - table[other]).mean() < 0.05
        assert np.abs(table[:, :, one] - table[:, :, other]).mean() < 0.05
    moved = [
        np.abs(np.take(belonging, one, axis) - np.take(belonging, other, axis)).mean()
        for one, other in combinations(range(len(LANGUAGES)), 2)
        for axis in (0, 1)
    ]
    assert np.mean(moved) < 0.05


def test_competitor_ranks_below_the_fitting_buyer(best: Encoder, pairs: Pairs) -> None:
    """For every offer: a buyer with the need, and a competitor that offers the same and seeks such buyers."""
    english, german = slice(0, pairs.count), slice(pairs.count, 2 * pairs.count)
    offers, needs = pairs.offers[english], pairs.needs[english]
    same_abroad = pairs.offers[german]

    def person(number: int, group: str, offer: str, need: str) -> Participant:
        entries = [(Entry("", text),) if text else () for text in (offer, need)]
        return Participant(id=number, organisation=number, group=group, offers=entries[0], needs=entries[1])

    sellers = [person(at, "left", offer, "") for at, offer in enumerate(offers)]
    buyers = [person(100 + at, "right", "", need) for at, need in enumerate(needs)]
    rivals = [person(200 + at, "right", offer, "") for at, offer in enumerate(same_abroad)]
    scored = scored_sides(sellers, buyers + rivals, best, Weights())
    fit = as_tables(scored, pairs.count, 2 * pairs.count)[2]
    bought, rivalled = np.diag(fit[:, : pairs.count]), np.diag(fit[:, pairs.count :])
    assert [at for at in range(pairs.count) if rivalled[at] >= bought[at]] == []
