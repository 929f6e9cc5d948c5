"""Drops old rows once in a while."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.services.forgetting import forget_old


def forget_old_rows(database: Database) -> None:
    """Drop what has served its purpose."""
    with database.transaction() as session:
        forget_old(session, now=clock.now())
