"""Rows as plain JSON and back, so that what a change deletes can be put back as it was."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Base, UtcDateTime

Rows = list[dict[str, Any]]


def dump_rows(session: Session, table: type[Base], *where: sa.ColumnElement[bool]) -> Rows:
    """The rows that the conditions find, in the order of their keys, with plain JSON values."""
    columns = table.__table__
    order = columns.primary_key.columns  # type: ignore[attr-defined]
    rows = session.execute(sa.select(columns).where(*where).order_by(*order))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def restore_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert what `dump_rows` gave, keys included."""
    if rows:
        session.execute(sa.insert(table), [values_of(table, row) for row in rows])


def values_of(table: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    """One dumped row with the values that its columns take."""
    columns = table.__table__.columns
    return {name: _value(columns[name].type, value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return dt.datetime.fromisoformat(value)
    return kind.enum_class(value) if isinstance(kind, sa.Enum) and kind.enum_class else value
