"""Copies all rows from one database to another, and proves that both hold the same.

Backup, restore and the move to PostgreSQL are this copy between different ends.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import matchmaker.models  # noqa: F401 - fills the metadata
from matchmaker.db import Base, Database

ROWS_AT_ONCE = 500

# a round's input and result can be megabytes each
ROWS_WITH_FILES_AT_ONCE = 20

LARGEST = 2**256


class CopyRefused(Exception):
    """Nothing was copied; the sentence says why and what to do."""


@dataclass(frozen=True)
class TableSum:
    """How many rows a table has, and the sum of their SHA-256, whatever their order."""

    rows: int
    checksum: int


@contextmanager
def reading_one_moment(database: Database) -> Iterator[Connection]:
    """A connection all of whose statements see the database at one moment, while others write."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            connection = connection.execution_options(is_reading=True)
        with connection.begin():
            yield connection


def copy_rows(source: Connection, target: Connection) -> dict[str, TableSum]:
    """Copy every table, parents first; raises CopyRefused when the target has rows, or differs afterwards.

    The caller's transaction on the target makes it all or nothing. The tables must be there already.
    """
    filled = [name for name in _names() if _has_rows(target, Base.metadata.tables[name])]
    if filled:
        raise CopyRefused(f"the target is not empty: it has rows in {', '.join(filled[:5])}")
    copied = {}
    for table in Base.metadata.sorted_tables:
        copied[table.name] = _copy_table(source, target, table)
    if target.dialect.name == "postgresql":
        _set_sequences(target)
    for table in Base.metadata.sorted_tables:
        if sum_of(target, table) != copied[table.name]:
            raise CopyRefused(f"the rows of {table.name} are not the same in both databases")
    return copied


def sum_of(connection: Connection, table: sa.Table) -> TableSum:
    """The table's rows counted and summed."""
    rows, checksum = 0, 0
    for batch in _batches(connection, table):
        rows += len(batch)
        checksum = _added(checksum, batch)
    return TableSum(rows, checksum)


def _names() -> list[str]:
    return [table.name for table in Base.metadata.sorted_tables]


def _has_rows(connection: Connection, table: sa.Table) -> bool:
    return connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None


def _copy_table(source: Connection, target: Connection, table: sa.Table) -> TableSum:
    # a row may point at one of its own table that comes after it
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table and key.parent.nullable]
    rows, checksum = 0, 0
    later: list[dict[str, Any]] = []
    for batch in _batches(source, table):
        rows += len(batch)
        checksum = _added(checksum, batch)
        for row in batch:
            if any(row[name] is not None for name in own):
                later.append({f"was_{name}": row[name] for name in (*own, *_keys(table))})
        target.execute(table.insert(), [_insertable(table, row, without=own) for row in batch])
    if later:
        target.execute(_pointing(table, own), later)
    return TableSum(rows, checksum)


def _pointing(table: sa.Table, own: list[str]) -> sa.Update:
    where = [table.c[name] == sa.bindparam(f"was_{name}") for name in _keys(table)]
    return table.update().where(*where).values({name: sa.bindparam(f"was_{name}") for name in own})


def _keys(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _insertable(table: sa.Table, row: Mapping[str, Any], *, without: list[str]) -> dict[str, Any]:
    values = {name: None if name in without else value for name, value in row.items()}
    for column in table.columns:
        # None would become JSON's null, which is not the database's
        if isinstance(column.type, sa.JSON) and column.nullable and values[column.name] is None:
            values[column.name] = sa.null()
    return values


def _batches(connection: Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    has_files = any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
    at_once = ROWS_WITH_FILES_AT_ONCE if has_files else ROWS_AT_ONCE
    statement = sa.select(table).execution_options(yield_per=at_once)
    for batch in connection.execute(statement).mappings().partitions():
        yield [dict(row) for row in batch]


def _added(checksum: int, batch: list[dict[str, Any]]) -> int:
    for row in batch:
        text = json.dumps([_plain(row[name]) for name in sorted(row)], sort_keys=True)
        checksum += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return checksum % LARGEST


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value.value if isinstance(value, enum.Enum) else value


def _set_sequences(connection: Connection) -> None:
    """Let new rows get numbers above those that were copied."""
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)
        highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, highest, False)).where(sequence.is_not(None)))
