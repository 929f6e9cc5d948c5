"""Texts are encoded in the background, in batches that stay done, and never twice."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from numpy.typing import NDArray

from config import Config
from matchmaker.commands.encode import encode
from matchmaker.db import Database
from matchmaker.jobs import vector
from matchmaker.jobs.vector import Encoding, encode_saved_texts
from matchmaker.matching import load_encoder
from matchmaker.models import TextVector
from tests.rounds import make_fair, plain


class Killed(BaseException):
    """Stands for the end of a process: nothing catches it."""


class CountingEncoder:
    """The real fallback encoder, which counts its texts and is killed after some batches."""

    def __init__(self, batches: int | None = None) -> None:
        self._encoder, self._left = load_encoder("ngrams"), batches
        self.version, self.is_fallback = self._encoder.version, True
        self.dimension = self._encoder.dimension
        self.texts: list[str] = []

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """As the encoder does."""
        if self._left is not None:
            if not self._left:
                raise Killed()
            self._left -= 1
        self.texts += texts
        return self._encoder.encode(texts)


def kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(TextVector)) or 0


@pytest.mark.both_databases
def test_killed_encoding_goes_on_where_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "BATCH", 2)
    with database.transaction() as session:
        make_fair(session, startups=4, corporates=4)
    first, second, third = CountingEncoder(batches=2), CountingEncoder(), CountingEncoder()
    with pytest.raises(Killed):
        encode_saved_texts(database, first)
    assert kept(database) == len(first.texts) == 4
    told: list[tuple[int, int]] = []
    done = encode_saved_texts(database, second, tell=lambda *numbers: told.append(numbers))
    assert not set(first.texts) & set(second.texts)
    assert done == Encoding(texts=done.texts, encoded=done.texts - 4)
    assert told[:2] == [(0, done.encoded), (2, done.encoded)]
    assert encode_saved_texts(database, third) == Encoding(texts=done.texts, encoded=0)
    assert third.texts == []


def test_command_says_how_many_were_known(database: Database, config: Config) -> None:
    with database.transaction() as session:
        make_fair(session, startups=2, corporates=2)
    told = [CliRunner().invoke(encode, obj=plain(config)).output for _ in range(2)]
    assert " 0 known" in told[0]
    assert " 0 encoded" in told[1]
