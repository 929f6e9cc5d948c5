"""The encoder of last resort: character n-grams, hashed; it knows no meaning but works everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class NgramEncoder:
    """Hashed character n-grams within words; stateless, so that a vector depends on its text alone."""

    is_fallback = True

    def __init__(self, dimension: int = 1024) -> None:
        # a second to import, and web pages, which only name reasons, never encode
        from sklearn.feature_extraction.text import HashingVectorizer

        self.dimension = dimension
        self.version = f"ngrams:1:{dimension}"
        self._hashing = HashingVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), n_features=dimension, norm="l2", strip_accents="unicode"
        )

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Floats:
        """Float32 (texts, dimension), unit rows (zero for an empty text)."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = self._hashing.transform(list(texts)).toarray().astype(np.float32)
        if progress:
            progress(len(texts), len(texts))
        return np.asarray(rows, dtype=np.float32)
