"""Cross-lingual pairs: an offer and the need it meets, each text in a random one of the languages.

The file is a table (tab-separated) with columns offer_<language> and need_<language>. All offers and all
needs form one pool; each offer ranks all needs and each need all offers.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.matching.fits import Numbers, as_tables, scored_sides
from benchmarks.matching.metrics import auc, interval, reciprocal_rank
from matchmaker.matching import Encoder, Entry, Participant, Weights

LANGUAGES = ("en", "de", "fr")
DRAWS = 200


@dataclass(frozen=True, slots=True)
class Pairs:
    """offers, needs: texts, language by language: number = language * count + pair."""

    offers: tuple[str, ...]
    needs: tuple[str, ...]
    languages: tuple[str, ...]
    count: int


def read_pairs(path: Path) -> Pairs:
    """Read a file of pairs; raises ValueError without any complete language."""
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    languages = tuple(code for code in LANGUAGES if rows and rows[0].get(f"offer_{code}"))
    if not languages:
        raise ValueError(f"{path} has no columns offer_en, need_en, ...")
    offers = tuple(row[f"offer_{code}"] for code in languages for row in rows)
    needs = tuple(row[f"need_{code}"] for code in languages for row in rows)
    return Pairs(offers, needs, languages, len(rows))


def scorer_table(pairs: Pairs, encoder: Encoder, weights: Weights) -> Numbers:
    """Mutual fit (offers, needs), every text a profile of its own."""
    offering = [
        Participant(id=number, organisation=number, group="offers", offers=(Entry("", text),))
        for number, text in enumerate(pairs.offers)
    ]
    asking = [
        Participant(id=number, organisation=number, group="needs", needs=(Entry("", text),))
        for number, text in enumerate(pairs.needs, start=len(offering))
    ]
    scored = scored_sides(offering, asking, encoder, weights)
    return as_tables(scored, len(offering), len(asking))[2]


def measure(pairs: Pairs, table: Numbers, seed: int = 11) -> dict[str, object]:
    """Figures of a table of scores: means over draws of languages, and per pair of languages."""
    random = np.random.default_rng(seed)
    draws = [_drawn(pairs, random) for _ in range(DRAWS)]
    ranks = np.array([_reciprocal_ranks(table[np.ix_(*draw)]) for draw in draws])
    right = np.eye(pairs.count, dtype=np.bool_).ravel()
    by_language = {}
    for one, offered in enumerate(pairs.languages):
        for other, needed in enumerate(pairs.languages):
            part = table[_of(pairs, one)][:, _of(pairs, other)]
            by_language[f"{offered}-{needed}"] = {
                "mrr": _rounded(_reciprocal_ranks(part).mean()),
                "auc": _rounded(auc(part.ravel(), right)),
            }
    per_pair = ranks.mean(axis=(0, 1))
    return {
        "mrr": _rounded(ranks.mean()),
        "mrr_interval": [_rounded(v) for v in interval(pairs.count, lambda at: float(per_pair[at].mean()))],
        "mrr_offers_rank_needs": _rounded(ranks[:, 0].mean()),
        "mrr_needs_rank_offers": _rounded(ranks[:, 1].mean()),
        "auc": _rounded(np.mean([auc(table[np.ix_(*draw)].ravel(), right) for draw in draws])),
        "n": pairs.count,
        "by_language": by_language,
    }


def _drawn(pairs: Pairs, random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    everyone, languages = np.arange(pairs.count), len(pairs.languages)
    return (
        random.integers(0, languages, pairs.count) * pairs.count + everyone,
        random.integers(0, languages, pairs.count) * pairs.count + everyone,
    )


def _of(pairs: Pairs, language: int) -> NDArray[np.int64]:
    return np.arange(language * pairs.count, (language + 1) * pairs.count)


def _reciprocal_ranks(table: Numbers) -> Numbers:
    """(2, pairs): of the right need for each offer, of the right offer for each need."""
    return np.array([[reciprocal_rank(rows[at], at) for at in range(len(rows))] for rows in (table, table.T)])


def _rounded(value: float) -> float:
    return round(float(value), 4)
