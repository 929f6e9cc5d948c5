"""Encodes the texts of saved profiles in the background."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import structlog
from numpy.typing import NDArray

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.matching import Encoder, Participant, load_encoder, texts_to_encode
from matchmaker.services.vector import load_vectors, missing_texts, saved_profiles, store_vectors

log = structlog.get_logger()

BATCH = 64
LOGGED_EVERY = 16 * BATCH

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
    """Encode and keep these texts in small transactions, so that what is done stays done.

    A process that is killed loses the batch it was at; the next one finds the rest by what has no vector.
    """
    hashes = sorted(texts)
    tell(0.0)
    for start in range(0, len(hashes), BATCH):
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
        tell(min(1.0, (start + BATCH) / len(hashes)))


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


@dataclass(frozen=True)
class Encoding:
    """The texts of the profiles that were looked at, and those of them that were encoded for it."""

    texts: int
    encoded: int


def encode_saved_texts(
    database: Database,
    encoder: Encoder,
    *,
    changed_since: dt.datetime | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Encoding:
    """Encode what is missing of the profiles of events that are not over.

    `tell` receives after each batch how many of the missing texts are done.
    """
    with database.reading() as session:
        profiles = saved_profiles(session, today=clock.now().date(), changed_since=changed_since)
        missing = missing_texts(session, participants=profiles, encoder_version=encoder.version)
    total = len(missing)
    encode_texts(database, encoder, missing, tell=lambda share: tell(round(share * total), total))
    return Encoding(len(texts_to_encode(profiles)), total)


class EncodeSavedTexts:
    """The worker's turn; remembers when it last looked only to look at less, never what is due."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database, self._config = database, config
        self._looked_at: dt.datetime | None = None

    def __call__(self) -> int:
        """Encode the missing texts of present events; gives how many there were."""
        now = clock.now()
        since = self._looked_at - OVERLAP if self._looked_at else None
        done = encode_saved_texts(
            self._database, encoder_of(self._config), changed_since=since, tell=_log_progress
        )
        self._looked_at = now
        return done.encoded


def _log_progress(done: int, total: int) -> None:
    if done % LOGGED_EVERY == 0:
        log.info("texts_encoded", done=done, total=total)
