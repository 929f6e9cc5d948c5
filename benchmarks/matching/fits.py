"""Scores of two lists of participants against each other, by the project's own scorer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching import (
    Encoder,
    Participant,
    Rules,
    Weights,
    build_profiles,
    score,
    texts_to_encode,
)

Numbers = NDArray[np.float64]


def fit_tables(
    left: Sequence[Participant],
    right: Sequence[Participant],
    encoder: Encoder,
    weights: Weights,
    taxonomy: Mapping[str, str | None] | None = None,
) -> tuple[Numbers, Numbers, Numbers]:
    """(left, right) tables: left wants right, right wants left, mutual fit."""
    people = [*left, *right]
    texts = texts_to_encode(people)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    profiles = build_profiles(people, vectors, taxonomy, encoder=encoder.version)
    groups = frozenset({(left[0].group, right[0].group)})
    scored = score(profiles, Rules(may_meet=groups), weights)
    tables = []
    for values in (scored.fit_ab, scored.fit_ba, scored.fit):
        table = np.zeros((len(left), len(right)))
        table[scored.a, scored.b - len(left)] = values
        tables.append(table)
    return tables[0], tables[1], tables[2]
