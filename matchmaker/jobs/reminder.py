"""Writes the reminders that are due."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Event
from matchmaker.services.chunks import chunks
from matchmaker.services.reminder import due_reminders, events_to_remind, queue_reminder

CHUNK = 200


def write_due_reminders(database: Database) -> int:
    """Queue what is due in every event; gives how many mails."""
    with database.reading() as session:
        # reading first: an idle worker must not take SQLite's write lock
        event_ids = [event.id for event in events_to_remind(session, now=clock.now())]
    return sum(_write(database, event_id) for event_id in event_ids)


def _write(database: Database, event_id: int) -> int:
    now = clock.now()
    with database.reading() as session:
        due = due_reminders(session, event=session.get_one(Event, event_id), now=now)
    written = 0
    for few in chunks(due, CHUNK):
        with database.transaction() as session:
            written += sum(queue_reminder(session, reminder=reminder, now=now) for reminder in few)
    return written
