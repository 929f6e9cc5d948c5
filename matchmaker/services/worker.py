"""Which workers live: each writes its name and the moment, and a page that needs one looks."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.models import WorkerHeartbeat

LIVES_FOR = dt.timedelta(seconds=90)


def beat_worker(session: Session, *, name: str, started_at: dt.datetime, now: dt.datetime) -> None:
    """Say that this worker lives."""
    insert = dialect_insert(session, WorkerHeartbeat).values(name=name, started_at=started_at, seen_at=now)
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now}))


def end_worker(session: Session, *, name: str) -> None:
    """Say that this worker has stopped."""
    session.execute(sa.delete(WorkerHeartbeat).where(WorkerHeartbeat.name == name))


def has_live_worker(session: Session, *, now: dt.datetime) -> bool:
    """Whether anybody would take up a round now."""
    seen = session.scalar(sa.select(sa.func.max(WorkerHeartbeat.seen_at)))
    return seen is not None and seen > now - LIVES_FOR


def forget_workers(session: Session, *, now: dt.datetime) -> None:
    """Drop workers that have not been seen for a day."""
    before = now - dt.timedelta(days=1)
    session.execute(sa.delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < before))
