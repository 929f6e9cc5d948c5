"""Takes the gates of events whose time has come; what is due stands in rows."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.services.change import HOLD
from matchmaker.services.gate import due_gates, take_due_gate


def take_due_gates(database: Database) -> int:
    """Take each due gate in a transaction of its own, one after the other of an event; gives how many."""
    now = clock.now()
    taken = 0
    while True:
        with database.reading() as session:
            # reading first: an idle worker must not take SQLite's write lock
            due = due_gates(session, now=now)
        passed = 0
        for event_id, phase in due:
            with database.transaction() as session:
                passed += take_due_gate(session, event_id=event_id, phase=phase, now=now, hold=HOLD)
        taken += passed
        if not passed:
            return taken
