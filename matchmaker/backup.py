"""Backup, restore and the move to another database.

A backup is one SQLite file at one moment, whichever database it was made from: SQLite's own backup
of a SQLite database, or the rows of a PostgreSQL as one REPEATABLE READ transaction sees them. It needs
no client tools, and can be restored into either.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError

from matchmaker import migrate
from matchmaker.db import Base, Database
from matchmaker.models import WorkerHeartbeat
from matchmaker.row_copy import CopyRefused, TableSum, copy_rows, reading_one_moment
from matchmaker.services.restoration import hold_back
from matchmaker.services.worker import has_live_worker

PRIVATE = 0o600


def back_up(database: Database, path: Path) -> None:
    """Write the database as it is at one moment into a new file that only its owner can read."""
    if path.exists():
        raise CopyRefused(f"{path} exists; a backup overwrites nothing")
    _refuse_other_revision(database)
    part = path.with_name(f"{path.name}.part-{os.getpid()}")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    try:
        if database.engine.dialect.name == "sqlite":
            _copy_sqlite(database, part)
        else:
            _export(database, part)
        _make_single_file(part)
        try:
            # unlike a rename, this fails where somebody made the file meanwhile
            os.link(part, path)
        except FileExistsError as error:
            raise CopyRefused(f"{path} exists; a backup overwrites nothing") from error
    finally:
        for leftover in part.parent.glob(f"{part.name}*"):
            leftover.unlink()


def restore(database: Database, path: Path, *, now: dt.datetime, holds_back: bool = True) -> int:
    """Fill an empty database from a backup, all or nothing; gives how many waiting mails are held back.

    Mails that waited when the backup was made may have been sent since, and what fell due since may
    have been done: both wait until the operator releases them (services/restoration). A backup of an
    older version is brought to this one's tables on the way.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-restore-") as folder:
        work = Path(folder) / "backup.sqlite3"
        shutil.copyfile(path, work)
        work.chmod(PRIVATE)
        _refuse_damaged(work, path)
        source = Database(f"sqlite:///{work}")
        try:
            _refuse_newer(source, path)
            migrate.upgrade(source)
            with source.transaction() as session:
                session.execute(sa.delete(WorkerHeartbeat))
                held = hold_back(session, now=now) if holds_back else 0
            _transfer(source, database)
        finally:
            source.dispose()
    return held


def move(source: Database, target: Database, *, now: dt.datetime) -> dict[str, TableSum]:
    """Copy everything into another, empty database, all or nothing; the source stays as it is."""
    _refuse_other_revision(source)
    with source.reading() as session:
        if has_live_worker(session, now=now):
            raise CopyRefused("a worker lives: stop the workers and the web server first")
    return _transfer(source, target)


def _transfer(source: Database, target: Database) -> dict[str, TableSum]:
    migrate.upgrade(target)
    # the lock: of two restores into one database, one finds it empty
    try:
        with migrate.under_lock(target) as filled, reading_one_moment(source) as read:
            return copy_rows(read, filled)
    except DBAPIError as error:
        # the first line names the rule, the next ones would show the row
        reason = str(error.orig).splitlines()[0]
        table = (error.statement or "").removeprefix("INSERT INTO ").split(" ")[0]
        raise CopyRefused(f"the target refused a row of {table}: {reason}") from error


def _copy_sqlite(database: Database, part: Path) -> None:
    with database.engine.connect() as connection, _sqlite(part) as copy:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        # in one step: page by page it would begin again with every write of others
        raw.backup(copy, pages=-1)


def _export(database: Database, part: Path) -> None:
    copy = Database(f"sqlite:///{part}")
    try:
        with reading_one_moment(database) as source, copy.engine.begin() as target:
            Base.metadata.create_all(target)
            copy_rows(source, target)
            revision = migrate.present_revision(source)
            command.stamp(migrate.alembic_config(target), revision or "base")
    finally:
        copy.dispose()


def _make_single_file(part: Path) -> None:
    """Fold the write-ahead log into the file."""
    with _sqlite(part) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")


def _refuse_damaged(work: Path, path: Path) -> None:
    try:
        with _sqlite(work) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            sound = sound and not copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise CopyRefused(f"{path} is no backup of Matchmaker") from error
    if not sound:
        raise CopyRefused(f"{path} is damaged")


def _refuse_newer(source: Database, path: Path) -> None:
    with source.engine.connect() as connection:
        revision = migrate.present_revision(connection)
    if revision is None:
        raise CopyRefused(f"{path} is no backup of Matchmaker")
    if revision not in migrate.known_revisions():
        raise CopyRefused(f"{path} was made by a newer version of Matchmaker")


def _refuse_other_revision(database: Database) -> None:
    with database.engine.connect() as connection:
        if migrate.present_revision(connection) != migrate.newest_revision():
            raise CopyRefused("the database is not of this version: run matchmaker migrate first")


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection
