"""Speed dating: real two-sided yes and no, ranked by one side or by both (Fisman and Iyengar's study).

Half of all pairs are held out, both directions together. A ridge logistic regression on the other half learns
how selective and how popular each person is and what shared interests and age add; each person's held-out
partners are then ranked by nothing but an aggregation of the two fitted probabilities.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from benchmarks.matching.metrics import auc, brier, ndcg
from matchmaker.matching import mutual

Numbers = NDArray[np.float64]
SPLITS = 10


def measure(path: Path) -> dict[str, object]:
    """Means over splits of nDCG@5 against real matches, by aggregation; AUC and Brier of one direction."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [row for row in csv.DictReader(lines) if row["pid"] and row["dec_o"]]
    results = [_split(rows, seed) for seed in range(SPLITS)]
    return {
        **{name: round(float(np.mean([result[name] for result in results])), 4) for name in results[0]},
        "n": len(rows),
        "splits": SPLITS,
    }


def _split(rows: list[dict[str, str]], seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    who = np.array([[int(float(row["iid"])), int(float(row["pid"]))] for row in rows])
    pair = np.unique(np.sort(who, axis=1), axis=0, return_inverse=True)[1].ravel()
    held_out = (random.random(pair.max() + 1) < 0.5)[pair]
    said = np.array([row["dec"] == "1" for row in rows])
    model = LogisticRegression(C=0.3, max_iter=500)
    table = _features(rows, who)
    model.fit(table[~held_out], said[~held_out])
    chance = model.predict_proba(table)[:, 1]
    place = {(int(one), int(other)): at for at, (one, other) in enumerate(who)}
    back = np.array([chance[place[int(b), int(a)]] if (int(b), int(a)) in place else np.nan for a, b in who])
    usable = held_out & np.isfinite(back)
    match = np.array([float(row["match"] == "1") for row in rows])
    orders = {
        "random": random.random(len(rows)),
        "one_sided": chance,
        "arithmetic": mutual.arithmetic(chance, back),
        "geometric": mutual.geometric(chance, back),
        "harmonic": mutual.harmonic(chance, back),
    }
    figures = {name: _mean_ndcg(order, match, who[:, 0], usable) for name, order in orders.items()}
    figures["auc"] = auc(chance[held_out], said[held_out])
    figures["brier"] = brier(chance[held_out], said[held_out])
    return figures


def _features(rows: list[dict[str, str]], who: NDArray[np.int64]) -> csr_matrix:
    """One column per person who decides, one per person decided on, shared interests, age apart."""
    people = int(who.max()) + 1
    every = np.arange(len(rows))
    ones = np.ones(len(rows))
    decides = csr_matrix((ones, (every, who[:, 0])), shape=(len(rows), people))
    decided = csr_matrix((ones, (every, who[:, 1])), shape=(len(rows), people))
    numbers = np.array(
        [[float(row["int_corr"] or 0), abs(float(row["age_diff"] or 0)) / 5] for row in rows],
        dtype=np.float64,
    )
    return csr_matrix(hstack([decides, decided, csr_matrix(numbers)]))


def _mean_ndcg(order: Numbers, match: Numbers, owner: NDArray[np.int64], usable: NDArray[np.bool_]) -> float:
    values = []
    for person in np.unique(owner):
        mine = usable & (owner == person)
        if match[mine].any():
            values.append(ndcg(order[mine], match[mine]))
    return float(np.mean(values))
