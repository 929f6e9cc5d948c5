"""The tables of the queue, which belong to procrastinate: made, and brought to its present version.

They are no part of our models: migrations leave them alone, and a backup does not hold them, because
every job is found again in our own rows.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import Connection

from matchmaker.db import Database
from matchmaker.migrate import under_lock

TABLE = "procrastinate_jobs"

# the last turn of each periodic job that some worker has taken, in seconds since 1970
TURNS = "CREATE TABLE IF NOT EXISTS queue_turn (job varchar(120) PRIMARY KEY, moment bigint NOT NULL)"


def install_queue(database: Database) -> None:
    """Make the queue's tables, or apply what is new of procrastinate; nothing on SQLite, which has no queue.

    The table's comment says which of procrastinate's migrations was the last one applied.
    """
    if database.engine.dialect.name != "postgresql":
        return
    with under_lock(database) as connection:
        if not sa.inspect(connection).has_table(TABLE):
            _run(connection, SchemaManager.get_schema())
        else:
            for path in _newer_than(_version(connection)):
                _run(connection, path.read_text(encoding="utf-8"))
        _run(connection, TURNS)
        _run(connection, f"COMMENT ON TABLE {TABLE} IS '{newest_version()}'")


def has_queue(database: Database) -> bool:
    """Whether the queue's tables are there and of this version."""
    with database.engine.connect() as connection:
        return sa.inspect(connection).has_table(TABLE) and _version(connection) == newest_version()


def newest_version() -> str:
    """The name of procrastinate's last migration."""
    return _migrations()[-1].stem


def _version(connection: Connection) -> str:
    return sa.inspect(connection).get_table_comment(TABLE)["text"] or ""


def _newer_than(version: str) -> list[Path]:
    return [path for path in _migrations() if path.stem > version]


def _migrations() -> list[Path]:
    folder = Path(str(resources.files("procrastinate.sql") / "migrations"))
    return sorted(folder.glob("*.sql"))


def _run(connection: Connection, script: str) -> None:
    # without parameters psycopg takes a script of many statements, and no % in it means anything
    connection.connection.cursor().execute(script)
