"""Brings a database's tables to the present models, under a lock, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

import matchmaker.models  # noqa: F401 - fills the metadata
from config import ROOT
from matchmaker.db import Base, Database

# any constant: it only has to be the same for all who migrate one PostgreSQL
ADVISORY_LOCK = 7_215_501

# A migration waits no longer for a table that others use: behind it every request would wait too. Shorter
# than PostgreSQL's deadlock_timeout of 1 s, so that of a migration and a request that wait for each other
# the migration gives way, and no request fails.
LOCK_TIMEOUT = "300ms"
TRIES = 200
PAUSE_SECONDS = 0.2

# what a request asks for first; see _stop_requests
FIRST_TABLES = ("login_session", "person", "person_right", "event")

log = structlog.get_logger()


def alembic_config(connection: Connection | None = None) -> AlembicConfig:
    """Alembic's settings for the project's migrations on this connection."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


@contextmanager
def under_lock(database: Database) -> Iterator[Connection]:
    """A transaction that only one process of the installation is in; the others wait for it.

    SQLite changes a table by copying it and dropping the old one; were foreign keys enforced, the drop
    would cascade and empty every table that refers to it. They are checked at the end instead.
    """
    with database.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _enforce_foreign_keys(connection, "OFF")  # has no effect within a transaction
        try:
            with connection.begin():
                if not is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                yield connection
                if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, Exception(str(broken)))
        finally:
            if is_sqlite:
                _enforce_foreign_keys(connection, "ON")


def upgrade(database: Database, revision: str = "head") -> None:
    """Go forward to a revision; several at once wait for one another, and requests go on meanwhile."""
    for attempt in range(1, TRIES + 1):
        try:
            with under_lock(database) as connection:
                _stop_requests(connection)
                command.upgrade(alembic_config(connection), revision)
            return
        except OperationalError as error:
            # rolled back as a whole: nothing is half migrated
            if attempt == TRIES or not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            log.info("migration_gave_way", attempt=attempt)
            time.sleep(PAUSE_SECONDS)


def _stop_requests(connection: Connection) -> None:
    """Let requests wait until the migration is done, a second or two, and none of them holds what it needs.

    Every table is locked before anything is changed, in the order in which requests come to them: one
    that is under way finishes, and one that begins waits without holding anything. Locked one by one as
    the migration comes to them, busy tables end in deadlocks again and again.
    """
    if connection.dialect.name != "postgresql":
        return  # SQLite has one writer anyway, and readers see the old tables until the end
    there = set(sa.inspect(connection).get_table_names())
    known = [*FIRST_TABLES, *(table.name for table in Base.metadata.sorted_tables)]
    names = [f'"{name}"' for name in dict.fromkeys(known) if name in there]
    if names:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")


def downgrade(database: Database, revision: str = "base") -> None:
    """Go back to a revision."""
    with under_lock(database) as connection:
        command.downgrade(alembic_config(connection), revision)


def present_revision(connection: Connection) -> str | None:
    """The migration that this database is at; None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The last migration of this version of the software."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def known_revisions() -> list[str]:
    """All migrations of this version of the software, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]


def generate(database: Database, message: str) -> None:
    """Write a new migration from the difference between the tables and the models."""
    with database.engine.begin() as connection:
        command.revision(alembic_config(connection), message=message, autogenerate=True)


def _enforce_foreign_keys(connection: Connection, mode: str) -> None:
    # past SQLAlchemy, which would begin a transaction first
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={mode}")
    cursor.close()
