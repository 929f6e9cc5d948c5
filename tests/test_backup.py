"""Backups under write load, restored into either kind of database; the move to PostgreSQL."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock, migrate
from matchmaker.backup import back_up, move, restore
from matchmaker.db import Base, Database
from matchmaker.mail.send import send_due_mails
from matchmaker.models import Meeting, Organisation, Person
from matchmaker.row_copy import CopyRefused, reading_one_moment, sum_of
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.outbox_delivery import release_mails
from matchmaker.services.worker import beat_worker
from tests.factories import make_organisation, make_person
from tests.filled import WAITING_MAILS, empty_database, fill, make_tables
from tests.mailbox import port_of, start_mail_server

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


class _Writer(threading.Thread):
    """Adds persons, each with an organisation of the same name, until told to stop."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database, self.ended, self.written = database, threading.Event(), 0

    def run(self) -> None:
        while not self.ended.is_set():
            with self._database.transaction() as session:
                name = f"written {self.written:06}"
                make_organisation(session, make_person(session, name=name), name=name)
            self.written += 1

    def wait_for(self, more: int) -> None:
        enough = self.written + more
        while self.written < enough:
            assert self.is_alive(), "the writer failed"
            self.ended.wait(0.01)


@pytest.mark.both_databases
@pytest.mark.parametrize("goes_to_other_kind", [False, True])
def test_backup_under_write_load_is_restored_whole_and_mails_nobody(
    database_kind: str, goes_to_other_kind: bool, tmp_path: Path, config: Config,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    kind = OTHER[database_kind] if goes_to_other_kind else database_kind
    file = tmp_path / "backup"
    with (
        empty_database(database_kind, tmp_path, request) as source,
        empty_database(kind, tmp_path, request) as target,
    ):
        fill(source, config)
        writer = _Writer(source)
        writer.start()
        writer.wait_for(5)
        back_up(source, file)
        writer.wait_for(5)
        writer.ended.set()
        writer.join()
        assert restore(target, file, now=clock.now()) == WAITING_MAILS
        _assert_one_moment(target, writer.written)
        _assert_mails_wait_until_released(target, config)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def _assert_one_moment(database: Database, written: int) -> None:
    with database.reading() as session:
        assert broken_invariants(session) == {}
        persons = set(session.scalars(sa.select(Person.name).where(Person.name.startswith("written"))))
        named = Organisation.name.startswith("written")
        firms = set(session.scalars(sa.select(Organisation.name).where(named)))
        assert persons == firms
        assert 5 <= len(persons) < written
        assert session.scalar(sa.select(sa.func.count()).select_from(Meeting))
        assert session.scalar(sa.select(Organisation.id).where(Organisation.merged_into_id.is_not(None)))


def _assert_mails_wait_until_released(database: Database, config: Config) -> None:
    controller, mailbox = start_mail_server()
    try:
        mailing = replace(config, smtp_url=f"smtp://127.0.0.1:{port_of(controller)}")
        assert send_due_mails(database, mailing, clock.now()) == 0
        with database.transaction() as session:
            assert release_mails(session, now=clock.now()) == WAITING_MAILS
        assert send_due_mails(database, mailing, clock.now()) == WAITING_MAILS == len(mailbox.messages)
    finally:
        controller.stop()


def test_database_moves_to_postgresql_with_its_sequences(
    tmp_path: Path, config: Config, request: pytest.FixtureRequest
) -> None:
    with (
        empty_database("sqlite", tmp_path, request) as source,
        empty_database("postgresql", tmp_path, request) as target,
    ):
        fill(source, config)
        copied = move(source, target, now=clock.now())
        assert sum(table.rows for table in copied.values()) > 50
        with reading_one_moment(source) as old, reading_one_moment(target) as new:
            for table in Base.metadata.sorted_tables:
                assert sum_of(old, table) == sum_of(new, table), table.name
        with target.transaction() as session:
            assert broken_invariants(session) == {}
            make_organisation(session, make_person(session))
        with pytest.raises(CopyRefused, match="not empty"):
            move(source, target, now=clock.now())


def test_move_that_fails_leaves_nothing_and_can_be_done_again(
    tmp_path: Path, config: Config, request: pytest.FixtureRequest
) -> None:
    with (
        empty_database("sqlite", tmp_path, request) as source,
        empty_database("postgresql", tmp_path, request) as target,
    ):
        fill(source, config)
        with source.transaction() as session:
            # SQLite takes what is longer than its column
            number = make_organisation(session, name="x" * 900, name_key="x").id
        with pytest.raises(CopyRefused, match="organisation: value too long"):
            move(source, target, now=clock.now())
        with target.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
        with source.transaction() as session:
            session.get_one(Organisation, number).name = "short"
        assert move(source, target, now=clock.now())["person"].rows > 0


def test_move_waits_for_the_workers_to_stop(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with (
        empty_database("sqlite", tmp_path, request) as source,
        empty_database("sqlite", tmp_path, request) as target,
    ):
        make_tables(source)
        with source.transaction() as session:
            beat_worker(session, name="host:1", started_at=clock.now(), now=clock.now())
        with pytest.raises(CopyRefused, match="worker lives"):
            move(source, target, now=clock.now())


def test_backup_overwrites_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "there"
    file.write_text("precious")
    with empty_database("sqlite", tmp_path, request) as source:
        make_tables(source)
        with pytest.raises(CopyRefused, match="exists"):
            back_up(source, file)
    assert file.read_text() == "precious"
    assert [name for name in os.listdir(tmp_path) if ".part" in name] == []


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\0" * 4000])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "backup"
    file.write_bytes(content)
    with empty_database("sqlite", tmp_path, request) as target, pytest.raises(CopyRefused):
        restore(target, file, now=clock.now())


def test_backup_of_an_older_version_is_upgraded(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "backup"
    with (
        empty_database("sqlite", tmp_path, request) as source,
        empty_database("sqlite", tmp_path, request) as target,
    ):
        make_tables(source)
        with source.transaction() as session:
            make_person(session, name="Ada from before")
        back_up(source, file)
        old = Database(f"sqlite:///{file}")
        migrate.downgrade(old, migrate.known_revisions()[-1])
        old.dispose()
        restore(target, file, now=clock.now())
        with target.reading() as session:
            assert session.scalar(sa.select(Person.name)) == "Ada from before"


def test_backup_of_a_newer_version_is_refused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "backup"
    with (
        empty_database("sqlite", tmp_path, request) as source,
        empty_database("sqlite", tmp_path, request) as target,
    ):
        make_tables(source)
        with source.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(CopyRefused, match="migrate"):
            back_up(source, file)
        source.dispose()
        path = source.engine.url.database
        assert path is not None
        with pytest.raises(CopyRefused, match="newer version"):
            restore(target, Path(path), now=clock.now())
