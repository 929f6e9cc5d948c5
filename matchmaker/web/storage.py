"""The request's way to the database: one reading session, and transactions for what changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from matchmaker.db import Database


def database() -> Database:
    """The installation's database."""
    return cast(Database, current_app.extensions["database"])


def reading() -> Session:
    """The request's reading session, opened at first use and closed with the request."""
    if "reading_session" not in g:
        g.reading_session = database().reading_session()
    return cast(Session, g.reading_session)


@contextmanager
def transaction() -> Iterator[Session]:
    """A session for one service call, committed at the end; what was read before is read afresh after."""
    with database().transaction() as session:
        yield session
    close_reading()


def close_reading(_error: BaseException | None = None) -> None:
    """Close the reading session, if the request opened one."""
    session = g.pop("reading_session", None)
    if session is not None:
        session.close()


def init_storage(app: Flask, database: Database) -> None:
    """Attach the database to the application."""
    app.extensions["database"] = database
    app.teardown_appcontext(close_reading)
