"""Lets open requests expire that nobody answered in time."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.services.meeting_request_expiry import expire_requests, has_due_requests


def expire_due_requests(database: Database) -> int:
    """Close what is past its time; gives how many."""
    now = clock.now()
    with database.reading() as session:
        # reading first: an idle worker must not take SQLite's write lock
        if not has_due_requests(session, now=now):
            return 0
    with database.transaction() as session:
        return expire_requests(session, now=now)
