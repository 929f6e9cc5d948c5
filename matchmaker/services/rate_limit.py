"""Slows down guessing and spamming, with counters in the database (all web workers share them)."""

from __future__ import annotations

import datetime as dt
import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import RateLimited
from matchmaker.models import RateCount

LONGEST_KEY = 160  # an e-mail address alone may be longer


def count_try(session: Session, *, key: str, limit: int, window: dt.timedelta, now: dt.datetime) -> None:
    """Count one try of `key` in the present window; raises RateLimited above `limit` tries.

    Call it in a transaction of its own, so that a failed try is counted although its own work is
    rolled back.
    """
    key = key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
    seconds = int(window.total_seconds())
    start = dt.datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, dt.UTC)
    insert = dialect_insert(session, RateCount).values(key=key, window_start=start, count=1)
    count = session.scalar(
        insert.on_conflict_do_update(
            index_elements=["key", "window_start"], set_={"count": RateCount.count + 1}
        ).returning(RateCount.count)
    )
    if count > limit:
        raise RateLimited()


def forget_old_tries(session: Session, *, now: dt.datetime) -> None:
    """Remove counters of windows that ended more than a day ago."""
    session.execute(sa.delete(RateCount).where(RateCount.window_start < now - dt.timedelta(days=1)))
