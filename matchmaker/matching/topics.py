"""Topics as vectors: a topic also counts, at half its weight, as each of its ancestors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DECAY = 0.5
"""Share of a topic's weight that its parent receives: "heat pumps" and "waste heat" meet in "heat"."""


def expand_topics(
    topics: Sequence[Sequence[str]], position: Mapping[str, int], parents: Mapping[str, str | None]
) -> NDArray[np.float32]:
    """Unit rows (n, number of topics) for lists of topic codes; a row without topics is zero.

    The dot product of two rows is the cosine of their topics: 1 for the same ones, 0 for unrelated ones.
    """
    table = np.zeros((len(topics), len(position)), dtype=np.float32)
    for row, codes in enumerate(topics):
        for code in codes:
            for ancestor, weight in with_ancestors(code, parents):
                column = position[ancestor]
                table[row, column] = max(table[row, column], weight)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.where(length > 0, length, 1), dtype=np.float32)


def with_ancestors(code: str, parents: Mapping[str, str | None]) -> list[tuple[str, float]]:
    """The topic itself with weight 1 and its ancestors with falling weights; a loop in the tree ends."""
    found: list[tuple[str, float]] = []
    weight = 1.0
    at: str | None = code
    while at is not None and at not in [seen for seen, _ in found]:
        found.append((at, weight))
        at = parents.get(at)
        weight *= DECAY
    return found
