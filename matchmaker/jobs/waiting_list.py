"""Offers slots that came free to the next pair that wanted to meet, and seats to who would like them."""

from __future__ import annotations

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.services.seat_waiting import due_seats, give_seat
from matchmaker.services.waiting_list import due_slots, offer_slot


def offer_freed_slots(database: Database) -> int:
    """Deal with what is due, each slot in a transaction of its own; gives how many were offered."""
    now = clock.now()
    with database.reading() as session:
        # reading first: an idle worker must not take SQLite's write lock
        due = due_slots(session, now=now)
    offered = 0
    for meeting_id in due:
        with database.transaction() as session:
            offered += offer_slot(session, meeting_id=meeting_id, now=now) is not None
    return offered


def give_freed_seats(database: Database) -> int:
    """Deal with the seats that are due, each in a transaction of its own; gives how many were given."""
    now = clock.now()
    with database.reading() as session:
        due = due_seats(session, now=now)
    given = 0
    for freed_id in due:
        with database.transaction() as session:
            given += give_seat(session, freed_id=freed_id, now=now) is not None
    return given
