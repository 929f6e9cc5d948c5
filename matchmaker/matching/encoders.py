"""From texts to vectors: the seam behind which the sentence encoders live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.ngrams import NgramEncoder
from matchmaker.matching.sentences import EncoderUnavailableError, SentenceEncoder

Floats = NDArray[np.float32]

CHOICES = {"best": (("use", "e5"), ("e5",), ("use",)), "fast": (("use",), ("e5",)), "ngrams": ()}
"""What each name tries, in this order, before it falls back to n-grams."""

TRIO = (
    "offer: Wärmepumpen, die Altbauten ohne Umbau beheizen.",
    "need: Landlord looks for heating that fits into old houses.",
    "need: Éditeur cherchant des illustrateurs pour livres d'enfants.",
)
"""The self-test: the first must be nearer to the second, of another language, than to the third."""


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
        """Float32 (texts, dimension), rows of unit length; `progress` receives (done, total).

        Texts are marked "offer: " or "need: ", as `texts_to_encode` gives them.
        """
        ...


def load_encoder(name: str = "best") -> Encoder:
    """Load an encoder: "best" (both, for the background), "fast" (one, ten times as fast) or "ngrams".

    What is missing, has other weights than expected or fails the self-test is left out; when nothing is left
    the n-grams serve, and `is_fallback` says so. Raises ValueError on an unknown name.
    """
    if name not in CHOICES:
        raise ValueError(f"unknown encoder {name!r}, choose from {', '.join(CHOICES)}")
    for names in CHOICES[name]:
        try:
            encoder = SentenceEncoder(names)
            if orders_trio(encoder):
                return encoder
        except (EncoderUnavailableError, ImportError, OSError):
            continue
    return NgramEncoder()


def orders_trio(encoder: Encoder) -> bool:
    """Whether an encoder puts an offer nearer to the need that it meets than to another."""
    offer, need, other = encoder.encode(TRIO)
    return bool(offer @ need > offer @ other + 0.1)
