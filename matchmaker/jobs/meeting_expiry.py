"""Ends proposed meetings whose time has come without an answer of both sides."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.services.meeting_expiry import expire_meetings, has_expired_meetings


def expire_due_meetings(database: Database) -> int:
    """End what is past its time; gives how many."""
    now = clock.now()
    with database.reading() as session:
        # reading first: an idle worker must not take SQLite's write lock
        if not has_expired_meetings(session, now=now):
            return 0
    with database.transaction() as session:
        return expire_meetings(session, now=now)
