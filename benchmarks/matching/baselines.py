"""What the scorer is measured beside: chance, popularity, topics, letters, one side, forgiving means."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.matching import firms as graded
from benchmarks.matching import pairs as crosslingual
from benchmarks.matching.firms import Firms
from benchmarks.matching.fits import Numbers
from benchmarks.matching.pairs import Pairs
from matchmaker.matching import Participant, mutual
from matchmaker.matching.lexicon import lexical_rows

SEEDS = 20


def of_pairs(pairs: Pairs) -> dict[str, object]:
    """MRR and AUC of the baselines on cross-lingual pairs."""
    shape = (len(pairs.offers), len(pairs.needs))
    tables = {
        "random": np.random.default_rng(0).random(shape),
        "tf_idf": _letters(pairs.offers, pairs.needs),
        "topics_only": (lexical_rows(pairs.offers) @ lexical_rows(pairs.needs).T).astype(np.float64),
    }
    found = {name: crosslingual.measure(pairs, table) for name, table in tables.items()}
    return {name: {key: figures[key] for key in ("mrr", "auc")} for name, figures in found.items()}


def of_firms(firms: Firms, there: Numbers, back: Numbers, fit: Numbers) -> dict[str, object]:
    """Figures of the baselines on graded firms; the scorer's directions serve for those of one side."""
    random = [_random(firms, seed) for seed in range(SEEDS)]
    offers, needs = _texts(firms.startups, "offers"), _texts(firms.startups, "needs")
    other_offers, other_needs = _texts(firms.corporates, "offers"), _texts(firms.corporates, "needs")
    both = {
        "tf_idf": _letters(needs, other_offers) + _letters(offers, other_needs),
        "topics_only": _topics(needs, other_offers) + _topics(offers, other_needs),
        "arithmetic_mean": mutual.arithmetic(there, back),
    }
    popular = (
        np.tile(fit.mean(axis=0), (len(fit), 1)),
        np.tile(fit.mean(axis=1)[:, None], (1, fit.shape[1])),
    )
    return {
        "random": {key: round(float(np.mean([r[key] for r in random])), 4) for key in ("ndcg5", "map", "p3")},
        "popularity": _short(graded.measure(firms, *popular)),
        "one_sided": _short(graded.measure(firms, there, back)),
        **{name: _short(graded.measure(firms, table)) for name, table in both.items()},
    }


def _random(firms: Firms, seed: int) -> dict[str, float]:
    table = np.random.default_rng(seed).random(firms.mutual.shape)
    return _short(graded.measure(firms, table))


def _short(figures: dict[str, object]) -> dict[str, float]:
    return {key: float(str(figures[key])) for key in ("ndcg5", "map", "p3")}


def _texts(people: tuple[Participant, ...], side: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.whole for entry in getattr(person, side)) for person in people)


def _topics(left: tuple[str, ...], right: tuple[str, ...]) -> Numbers:
    return np.asarray(lexical_rows(left) @ lexical_rows(right).T, dtype=np.float64)


def _letters(left: tuple[str, ...], right: tuple[str, ...]) -> Numbers:
    """Cosine of character n-grams, weighted by their rarity in these very texts."""
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    vectoriser.fit([*left, *right])
    return np.asarray((vectoriser.transform(left) @ vectoriser.transform(right).T).toarray())
