"""A database with something of everything that matters, for tests of backups and moves."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from config import Config
from matchmaker import clock, migrate
from matchmaker.db import Database
from matchmaker.services.outbox import queue_mail
from tests import postgres
from tests.factories import make_organisation, make_person
from tests.rounds import make_fair, run_round

WAITING_MAILS = 3


@contextmanager
def empty_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without tables."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder}/{secrets.token_hex(4)}.sqlite3")
        yield database
        database.dispose()
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.create()
    database = Database(server.url(name))
    yield database
    database.dispose()
    server.drop(name)


def make_tables(database: Database) -> None:
    """Migrated tables; SQLite's are made once and copied."""
    if database.engine.dialect.name == "sqlite":
        Path(str(database.engine.url.database)).write_bytes(_migrated_sqlite())
    else:
        migrate.upgrade(database)


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/a.sqlite3")
        migrate.upgrade(database)
        database.dispose()
        return Path(folder, "a.sqlite3").read_bytes()


def fill(database: Database, config: Config) -> None:
    """Migrated tables with an event, a round's draft, a merged firm and waiting mails."""
    make_tables(database)
    with database.transaction() as session:
        fair = make_fair(session, startups=4, corporates=4, slots=3)
        merged = make_organisation(session)
        # the row that it points at comes later
        merged.merged_into_id = make_organisation(session).id
        for number in range(WAITING_MAILS):
            person = make_person(session, email=f"waiting{number}@firm.example")
            arguments = {"token": "a-token", "expires_at": clock.now().isoformat()}
            queue_mail(
                session, kind="confirm_email", key=f"waiting-{number}", person=person, arguments=arguments,
                now=clock.now(),
            )  # fmt: skip
        event = fair.event
    run_round(database, config, event, seconds=1)
