"""Encodes the texts of saved profiles in the background."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.matching import Encoder, Participant, load_encoder
from matchmaker.services.vector import load_vectors, missing_texts, saved_profiles, store_vectors

BATCH = 64

# a change that was being committed while the last pass looked is found by the next one
OVERLAP = dt.timedelta(minutes=5)


@lru_cache
def _load(name: str) -> Encoder:
    return load_encoder(name)


def encoder_of(config: Config) -> Encoder:
    """The installation's encoder, loaded once per process."""
    return _load(config.encoder)


def encode_texts(
    database: Database,
    encoder: Encoder,
    texts: Mapping[str, str],
    *,
    tell: Callable[[float], None] = lambda share: None,
) -> None:
    """Encode and keep these texts in small transactions, so that what is done stays done."""
    hashes = sorted(texts)
    for start in range(0, len(hashes), BATCH):
        tell(start / len(hashes))
        part = hashes[start : start + BATCH]
        vectors = encoder.encode([texts[content] for content in part])
        with database.transaction() as session:
            store_vectors(
                session,
                content_hashes=part,
                vectors=vectors,
                encoder_version=encoder.version,
                now=clock.now(),
            )


def vectors_of(
    database: Database,
    encoder: Encoder,
    participants: Sequence[Participant],
    *,
    tell: Callable[[float], None],
) -> Mapping[str, NDArray[np.float32]]:
    """The vectors of these participants' texts; what is missing is encoded and kept."""
    with database.reading() as session:
        texts = missing_texts(session, participants=participants, encoder_version=encoder.version)
    encode_texts(database, encoder, texts, tell=tell)
    with database.reading() as session:
        return load_vectors(session, participants=participants, encoder_version=encoder.version)


class EncodeSavedTexts:
    """Encodes what is missing; remembers when it last looked only to look at less, never what is due."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database, self._config = database, config
        self._looked_at: dt.datetime | None = None

    def __call__(self) -> int:
        """Encode the missing texts of present events; gives how many there were."""
        now = clock.now()
        since = self._looked_at - OVERLAP if self._looked_at else None
        encoder = encoder_of(self._config)
        with self._database.reading() as session:
            profiles = saved_profiles(session, today=now.date(), changed_since=since)
            texts = missing_texts(session, participants=profiles, encoder_version=encoder.version)
        encode_texts(self._database, encoder, texts)
        self._looked_at = now
        return len(texts)
