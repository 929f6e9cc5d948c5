"""Migrations while others migrate, and while requests of the old version go on."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from matchmaker import migrate
from matchmaker.db import Database
from matchmaker.jobs.queue_schema import has_queue
from tests.filled import empty_database
from tests.installation import Installation, free_port
from tests.nursery import wait_until
from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[1]
ROWS = 4000
VISITORS = 4


def test_three_migrations_at_once_on_an_empty_database(postgres_server: Server, tmp_path: Path) -> None:
    name = postgres_server.create()
    database = Database(postgres_server.url(name))
    settings = Installation(tmp_path, postgres_server.url(name), free_port()).environment
    migrations = [
        subprocess.Popen(
            [sys.executable, "-m", "matchmaker.cli", "migrate"],
            cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    outputs = [process.communicate(timeout=120)[0] for process in migrations]
    assert [process.returncode for process in migrations] == [0, 0, 0], outputs
    with database.engine.connect() as connection:
        assert migrate.present_revision(connection) == migrate.newest_revision()
    assert has_queue(database)
    database.dispose()
    postgres_server.drop(name)


class _OldVersion:
    """Requests of the version before: they know the old tables only, and take them in any order."""

    def __init__(self, database: Database, seed: int) -> None:
        self._engine, self._chance = database.engine, random.Random(seed)
        metadata = sa.MetaData()
        metadata.reflect(database.engine, only=["person", "outbox_mail", "event", "rate_count"])
        self._tables = metadata.tables
        self.answered, self.failures = 0, list[str]()

    def serve_until(self, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                with self._engine.begin() as connection:
                    for step in self._chance.sample([self._write_mail, self._write_person, self._read], 3):
                        step(connection)
                self.answered += 1
            except DBAPIError as error:
                self.failures.append(str(error.orig))

    def _write_person(self, connection: sa.Connection) -> None:
        person = self._tables["person"]
        number = self._chance.randrange(1, ROWS)
        connection.execute(person.update().where(person.c.id == number).values(name="seen"))

    def _write_mail(self, connection: sa.Connection) -> None:
        add_mails(connection, self._tables["outbox_mail"], 1)

    def _read(self, connection: sa.Connection) -> None:
        mail, person = self._tables["outbox_mail"], self._tables["person"]
        joined = sa.select(mail, person).join_from(mail, person, mail.c.person_id == person.c.id)
        connection.execute(joined.where(person.c.id == self._chance.randrange(1, ROWS))).all()
        connection.execute(sa.select(self._tables["event"])).all()


def add_mails(connection: sa.Connection, table: sa.Table, count: int) -> None:
    """Mails as the first version wrote them."""
    now = sa.func.current_timestamp()
    connection.execute(
        table.insert().values(created_at=now, due_at=now),
        [
            {
                "key": uuid.uuid4().hex, "kind": "old", "to_email": "ada@firm.example", "to_name": "",
                "language": "en", "time_zone": "UTC", "arguments": {}, "message_id": uuid.uuid4().hex,
                "status": "pending", "attempts": 0, "last_error": "",
            }
            for _ in range(count)
        ],
    )  # fmt: skip


def _fill_old_tables(database: Database) -> None:
    migrate.upgrade(database, "0001")
    metadata = sa.MetaData()
    metadata.reflect(database.engine, only=["person", "outbox_mail"])
    person = metadata.tables["person"]
    required = [c for c in person.columns if not c.nullable and c.server_default is None and c.name != "id"]
    blank = {"VARCHAR": "", "BOOLEAN": False, "INTEGER": 0, "JSON": {}}
    row = {
        c.name: blank[c.type.__visit_name__.upper()]
        for c in required
        if c.type.__visit_name__.upper() in blank
    }
    with database.engine.begin() as connection:
        connection.execute(
            person.insert().values(created_at=sa.func.current_timestamp()),
            [{**row, "email": f"p{number}@firm.example", "name": "Person"} for number in range(ROWS)],
        )
        add_mails(connection, metadata.tables["outbox_mail"], ROWS)


@pytest.mark.both_databases
def test_old_version_serves_on_while_a_filled_database_is_migrated(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with empty_database(database_kind, tmp_path, request) as database:
        _fill_old_tables(database)
        ended = threading.Event()
        visitors = [_OldVersion(database, seed) for seed in range(VISITORS)]
        threads = [threading.Thread(target=visitor.serve_until, args=(ended,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        migrate.upgrade(database)
        before = sum(visitor.answered for visitor in visitors)
        wait_until(lambda: sum(v.answered for v in visitors) > before + VISITORS, "requests after it")
        ended.set()
        for thread in threads:
            thread.join()
        assert [failure for visitor in visitors for failure in visitor.failures] == []
        with database.engine.connect() as connection:
            assert migrate.present_revision(connection) == migrate.newest_revision()
            mails = connection.scalar(sa.text("SELECT count(*) FROM outbox_mail"))
        assert mails == ROWS + sum(visitor.answered for visitor in visitors)
