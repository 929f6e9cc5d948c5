"""Scores of two lists of participants against each other, by the project's own scorer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching import (
    Encoder,
    Participant,
    Rules,
    ScoredPairs,
    Weights,
    build_profiles,
    score,
    texts_to_encode,
)

Numbers = NDArray[np.float64]


def scored_sides(
    left: Sequence[Participant],
    right: Sequence[Participant],
    encoder: Encoder,
    weights: Weights,
    taxonomy: Mapping[str, str | None] | None = None,
) -> ScoredPairs:
    """All pairs of the two lists; row numbers of the second list follow those of the first."""
    people = [*left, *right]
    texts = texts_to_encode(people)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    profiles = build_profiles(people, vectors, taxonomy, encoder=encoder.version)
    return score(profiles, Rules(may_meet=frozenset({(left[0].group, right[0].group)})), weights)


def as_tables(scored: ScoredPairs, left: int, right: int) -> tuple[Numbers, Numbers, Numbers]:
    """(left, right) tables: left wants right, right wants left, mutual fit."""
    tables = np.zeros((3, left, right))
    for table, values in zip(tables, (scored.fit_ab, scored.fit_ba, scored.fit), strict=True):
        table[scored.a, scored.b - left] = values
    return tables[0], tables[1], tables[2]
