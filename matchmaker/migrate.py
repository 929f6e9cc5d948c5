"""Brings a database's tables to the present models, under a lock, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from config import ROOT
from matchmaker.db import Database

# any constant: it only has to be the same for all who migrate one PostgreSQL
ADVISORY_LOCK = 7_215_501

# a migration waits no longer for a table that others use: behind it every request would wait too
LOCK_TIMEOUT = "10s"


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
    """Go forward to a revision; several at once wait for one another."""
    with under_lock(database) as connection:
        command.upgrade(alembic_config(connection), revision)


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
