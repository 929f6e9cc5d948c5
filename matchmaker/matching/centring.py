"""What is subtracted from raw sentence vectors and into which space they are projected.

A multilingual encoder puts the language of a text, and whether it offers or asks, into its vector as well.
Both are taken away with constants that were computed once from a fixed set of offers and needs written for
this project (data/centring.tsv): the mean of each language and side; then directions in which translations
of one text, and an offer and the need that it meets, still differ are damped (a shrunken within-class
whitening, as in linear discriminant analysis); then the main components are kept. No text of any event and
no benchmark is in that set, and a newcomer changes no constant.

fit_centring.py computes data/centring.npz from the set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Raw = Callable[[Sequence[str]], Floats]

LANGUAGES = ("en", "de", "fr")
SIDES = ("offer", "need")
SHARES: Mapping[str, float] = {"use": 1.0, "e5": 1.5}
"""How much each encoder's cosine counts when both are used; from cross-validation on the project's set."""
COMPONENTS = 256
SHRINKAGE = 15.0
"""Multiples of the mean variance added before whitening; cross-validated, flat between 10 and 20."""


@dataclass(frozen=True, slots=True)
class Centring:
    """means: encoder -> (sides, languages, d) float32; projection: (sum of d, components) float32."""

    means: Mapping[str, Floats]
    projection: Floats

    def apply(self, raw: Mapping[str, Floats], sides: Sequence[int], languages: Sequence[int]) -> Floats:
        """Unit rows (n, components) from raw rows (n, d) of each encoder."""
        centred = [centre(raw[name], self.means[name][sides, languages], name) for name in self.means]
        return unit(unit(np.hstack(centred)) @ self.projection)


def centre(rows: Floats, mean: Floats, name: str) -> Floats:
    """Rows without their mean, each as long as its encoder's share wants."""
    return np.asarray(unit(rows - mean) * np.float32(np.sqrt(SHARES[name])), dtype=np.float32)


def unit(rows: Floats) -> Floats:
    """Rows at length 1; a zero row stays zero."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1), dtype=rows.dtype)


@cache
def stored(names: tuple[str, ...]) -> Centring:
    """The constants that come with the package for these encoders; raises KeyError for others."""
    packed = files("matchmaker.matching").joinpath("data", "centring.npz")
    with as_file(packed) as path, np.load(path, allow_pickle=False) as table:
        means = {name: table[f"mean_{name}"].astype(np.float32) for name in names}
        return Centring(means, table["projection_" + "_".join(names)].astype(np.float32))
