"""Lets several people act in the same moment, each in a transaction of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.db import Database
from matchmaker.errors import MatchmakerError


def race(database: Database, *deeds: Callable[[Session], object]) -> list[str]:
    """Begin all deeds in the same moment, each in a transaction of its own: "done", or the error's name."""
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[Session], object]) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                deed(session)
        except (MatchmakerError, StaleDataError, IntegrityError) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
