"""Vectors of texts, kept by content and encoder, so that no text is encoded twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session, selectinload

from matchmaker.db import dialect_insert
from matchmaker.matching import Participant, texts_to_encode
from matchmaker.models import Event, Participation, TextVector
from matchmaker.services.chunks import chunks
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.round_participant import as_participant

Floats = NDArray[np.float32]


def missing_texts(
    session: Session, *, participants: Iterable[Participant], encoder_version: str
) -> dict[str, str]:
    """Texts of these profiles that have no vector of this encoder yet, by content hash."""
    texts = texts_to_encode(participants)
    known = _known(session, list(texts), encoder_version)
    return {content: text for content, text in texts.items() if content not in known}


def saved_profiles(
    session: Session, *, today: dt.date, changed_since: dt.datetime | None = None
) -> list[Participant]:
    """The profiles of events that are not over, or those of them that changed since a moment."""
    found: list[Participant] = []
    for event_id in session.scalars(sa.select(Event.id).where(Event.ends_on >= today)).all():
        chosen = participations_for_rounds(event_id)
        if changed_since is not None:
            chosen = chosen.where(Participation.updated_at >= changed_since)
        loaded = chosen.options(selectinload(Participation.entries), selectinload(Participation.organisation))
        found += [as_participant(row, group="") for row in session.scalars(loaded)]
    return found


def store_vectors(
    session: Session,
    *,
    content_hashes: Sequence[str],
    vectors: Floats,
    encoder_version: str,
    now: dt.datetime,
) -> None:
    """Keep vectors, one row each; one that somebody else stored meanwhile stays."""
    rows = [
        {
            "content_hash": content,
            "encoder_version": encoder_version,
            "vector": np.ascontiguousarray(vector, dtype="<f4").tobytes(),
            "created_at": now,
        }
        for content, vector in sorted(zip(content_hashes, vectors, strict=True), key=lambda pair: pair[0])
    ]
    if rows:
        session.execute(dialect_insert(session, TextVector).on_conflict_do_nothing(), rows)


def load_vectors(
    session: Session, *, participants: Iterable[Participant], encoder_version: str
) -> Mapping[str, Floats]:
    """The vectors of these profiles' texts, by content hash; those that do not exist are left out."""
    found: dict[str, Floats] = {}
    wanted = list(texts_to_encode(participants))
    for few in chunks(wanted):
        rows = session.execute(
            sa.select(TextVector.content_hash, TextVector.vector).where(
                TextVector.encoder_version == encoder_version,
                TextVector.content_hash.in_(few),
            )
        )
        found |= {content: np.frombuffer(vector, dtype="<f4") for content, vector in rows}
    return found


def _known(session: Session, content_hashes: list[str], encoder_version: str) -> set[str]:
    known: set[str] = set()
    for few in chunks(content_hashes):
        known |= set(
            session.scalars(
                sa.select(TextVector.content_hash).where(
                    TextVector.encoder_version == encoder_version,
                    TextVector.content_hash.in_(few),
                )
            )
        )
    return known
