"""Compute data/centring.npz again from data/centring.tsv: `python -m matchmaker.matching.fit_centring`.

Takes a minute or two, nearly all of it E5. The result is stored because a process that only scores should
not have to encode seven hundred texts first, and because vectors in databases depend on every digit of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.centring import (
    COMPONENTS,
    LANGUAGES,
    SHRINKAGE,
    SIDES,
    Centring,
    Floats,
    centre,
    unit,
)
from matchmaker.matching.lexicon import own_pairs
from matchmaker.matching.sentences import RAW, raw_encoder

TARGET = Path(__file__).parent / "data" / "centring.npz"


@cache
def own_vectors(name: str) -> Floats:
    """Raw vectors (sides, languages, pairs, d) of the project's own set by one encoder."""
    encode, pairs = raw_encoder(name), own_pairs()
    table = [[encode([pair[f"{side}_{code}"] for pair in pairs]) for code in LANGUAGES] for side in SIDES]
    return np.asarray(table, dtype=np.float32)


def fit(raw: Mapping[str, Floats]) -> Centring:
    """The constants for these encoders, from their raw vectors of the project's own set."""
    means = {name: table.mean(axis=2) for name, table in raw.items()}
    centred = [centre(table, means[name][:, :, None], name) for name, table in raw.items()]
    rows = unit(np.concatenate(centred, axis=-1)).astype(np.float64)
    within = _flat(rows - rows.mean(axis=(0, 1), keepdims=True))
    variance, directions = np.linalg.eigh(within.T @ within / len(within))
    damping = SHRINKAGE * variance.mean()
    whitening = directions * np.sqrt(damping / (variance + damping)) @ directions.T
    _, _, components = np.linalg.svd(_flat(rows @ whitening), full_matrices=False)
    return Centring(means, (whitening @ components[:COMPONENTS].T).astype(np.float32))


def _flat(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return table.reshape(-1, table.shape[-1])


def store(path: Path, centrings: Sequence[Centring]) -> None:
    """Write constants as `stored` reads them: half precision, with the same bytes for the same numbers."""
    table: dict[str, NDArray[np.float16]] = {}
    for centring in centrings:
        for name, mean in centring.means.items():
            table[f"mean_{name}"] = mean.astype(np.float16)
        table["projection_" + "_".join(centring.means)] = centring.projection.astype(np.float16)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **table)


if __name__ == "__main__":
    chosen = [("use",), ("e5",), RAW]
    store(TARGET, [fit({name: own_vectors(name) for name in names}) for names in chosen])
