"""Texts are encoded in the background, each once per encoder."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.vector import EncodeSavedTexts, encode_texts, encoder_of
from matchmaker.models import Entry, TextVector
from matchmaker.services.vector import load_vectors, missing_texts, saved_profiles
from tests.rounds import make_fair, plain


@pytest.mark.both_databases
def test_saved_texts_are_encoded_once_and_a_change_only_itself(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    encode = EncodeSavedTexts(database, plain(config))
    first = encode()
    assert first > 0
    assert encode() == 0
    assert EncodeSavedTexts(database, plain(config))() == 0
    with database.transaction() as session:
        entry = session.scalars(
            sa.select(Entry).where(Entry.participation_id == fair.startups[0].id).limit(1)
        ).one()
        entry.title = "Something that nobody has said before"
        entry.participation.updated_at = clock.now()  # type: ignore[union-attr]
    assert encode() == 1
    with database.reading() as session:
        assert len(session.scalars(sa.select(TextVector)).all()) == first + 1


def test_vectors_come_back_as_they_were_stored(database: Database, config: Config) -> None:
    with database.transaction() as session:
        make_fair(session)
    encoder = encoder_of(plain(config))
    with database.reading() as session:
        people = saved_profiles(session, today=clock.now().date())
        texts = missing_texts(session, participants=people, encoder_version=encoder.version)
    encode_texts(database, encoder, texts)
    with database.reading() as session:
        stored = load_vectors(session, participants=people, encoder_version=encoder.version)
    assert stored.keys() == texts.keys()
    for content, text in texts.items():
        assert stored[content].tolist() == encoder.encode([text])[0].tolist()
