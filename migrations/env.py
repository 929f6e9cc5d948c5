"""Runs Alembic's migrations on the connection that `matchmaker migrate` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy.engine import Connection

import matchmaker.models  # noqa: F401 - fills the metadata
from matchmaker.db import Base, UtcDateTime

connection: Connection = context.config.attributes["connection"]


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our column type by its plain name in generated migrations."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen_context.imports.add("from matchmaker.db import UtcDateTime")
        return "UtcDateTime()"
    return False


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the queue's tables alone, which the workers make for themselves."""
    return not (kind == "table" and name is not None and name.startswith(("procrastinate_", "queue_")))


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    include_name=is_ours,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
