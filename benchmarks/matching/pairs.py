"""Cross-lingual pairs: an offer and the need it meets, each text in a random one of the languages.

The file is a table (tab-separated) with columns offer_<language> and need_<language>. All offers and all
needs form one pool; each offer ranks all needs and each need all offers.
"""

from __future__ import annotations

import csv
import io
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
    """offers, needs: texts, language by language: number = language * count + pair; "" where none."""

    offers: tuple[str, ...]
    needs: tuple[str, ...]
    languages: tuple[str, ...]
    count: int


def read_pairs(path: Path) -> Pairs:
    """Read a table of pairs, tab-, semicolon- or comma-separated; raises ValueError with what is wrong.

    A pair needs an offer in one language and a need in one; a pair without either is left out.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8") from error
    header = next((line for line in lines.splitlines() if line.strip()), "")
    delimiter = next((mark for mark in "\t;," if mark in header), "\t")
    table = csv.DictReader(io.StringIO(lines.lstrip("\r\n"), newline=""), delimiter=delimiter)
    rows = [{(name or "").strip().lower(): cell for name, cell in row.items()} for row in table]
    named = [name[6:] for name in (rows[0] if rows else ()) if name.startswith("offer_")]
    languages = sorted(
        (code for code in named if f"need_{code}" in rows[0]),
        key=lambda code: (*LANGUAGES, code).index(code),
    )
    sides = {
        side: [[str(row[f"{side}_{code}"] or "").strip() for row in rows] for code in languages]
        for side in ("offer", "need")
    }
    whole = [
        at
        for at in range(len(rows))
        if all(any(texts[at] for texts in sides[side]) for side in ("offer", "need"))
    ]
    if not languages or len(whole) < 2:
        raise ValueError(f"{path} holds no two pairs in columns offer_en, need_en, offer_de, ...: {header!r}")
    offers, needs = (tuple(texts[at] for texts in sides[side] for at in whole) for side in ("offer", "need"))
    return Pairs(offers, needs, tuple(languages), len(whole))


def scorer_table(pairs: Pairs, encoder: Encoder, weights: Weights) -> Numbers:
    """Mutual fit (offers, needs), every text a profile of its own."""
    offering = [
        Participant(id=number, organisation=number, group="offers", offers=(Entry("", text),) if text else ())
        for number, text in enumerate(pairs.offers)
    ]
    asking = [
        Participant(id=number, organisation=number, group="needs", needs=(Entry("", text),) if text else ())
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
            both = _said(pairs.offers, pairs)[one] & _said(pairs.needs, pairs)[other]
            part = table[_of(pairs, one)][:, _of(pairs, other)][np.ix_(both, both)]
            if len(part) > 1:
                by_language[f"{offered}-{needed}"] = {
                    "mrr": _rounded(_reciprocal_ranks(part).mean()),
                    "auc": _rounded(auc(part.ravel(), np.eye(len(part), dtype=np.bool_).ravel())),
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
    """A language for every offer and for every need, among those in which it exists."""
    found = []
    for texts in (pairs.offers, pairs.needs):
        said = _said(texts, pairs)
        drawn = random.integers(0, len(said), pairs.count)
        for at in np.flatnonzero(~said[drawn, np.arange(pairs.count)]):
            drawn[at] = random.choice(np.flatnonzero(said[:, at]))
        found.append(drawn * pairs.count + np.arange(pairs.count))
    return found[0], found[1]


def _said(texts: tuple[str, ...], pairs: Pairs) -> NDArray[np.bool_]:
    """(languages, pairs): whether there is a text."""
    return np.array([bool(text) for text in texts]).reshape(len(pairs.languages), pairs.count)


def _of(pairs: Pairs, language: int) -> NDArray[np.int64]:
    return np.arange(language * pairs.count, (language + 1) * pairs.count)


def _reciprocal_ranks(table: Numbers) -> Numbers:
    """(2, pairs): of the right need for each offer, of the right offer for each need."""
    return np.array([[reciprocal_rank(rows[at], at) for at in range(len(rows))] for rows in (table, table.T)])


def _rounded(value: float) -> float:
    return round(float(value), 4)
