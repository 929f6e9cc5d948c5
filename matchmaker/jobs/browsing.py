"""Computes the lists of those who browse, in the background."""

from __future__ import annotations

import time

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.vector import encoder_of
from matchmaker.services.browsing import compute_browsing, due_events, read_browsing_input, store_browsing
from matchmaker.services.browsing_update import (
    due_updates,
    place_changed,
    read_kept,
    store_changed,
)
from matchmaker.services.vector import load_vectors


def compute_due_browsing(database: Database, config: Config) -> int:
    """Compute the lists of every event that needs them, with no transaction open; gives how many."""
    encoder_version = encoder_of(config).version
    with database.reading() as session:
        due = due_events(session, encoder_version=encoder_version, now=clock.now())
    for event_id in due:
        began = time.monotonic()
        with database.snapshot() as session:
            given = read_browsing_input(session, event_id=event_id, encoder_version=encoder_version)
            vectors = load_vectors(session, participants=given.participants, encoder_version=encoder_version)
        result = compute_browsing(given, vectors, encoder_version=encoder_version)
        with database.transaction() as session:
            store_browsing(
                session, given=given, result=result, seconds=time.monotonic() - began, now=clock.now()
            )
    return len(due)


def update_browsing(database: Database, config: Config) -> int:
    """Place new and changed participations in the lists without computing all again; gives how many.

    Who has texts without vectors waits until these are there: nothing is encoded here.
    """
    encoder_version = encoder_of(config).version
    with database.reading() as session:
        due = due_updates(session, encoder_version=encoder_version, now=clock.now())
    return sum(_update(database, event_id, changed, encoder_version) for event_id, changed in due)


def _update(database: Database, event_id: int, changed: list[int], encoder_version: str) -> int:
    began = time.monotonic()
    with database.snapshot() as session:
        given = read_browsing_input(session, event_id=event_id, encoder_version=encoder_version)
        kept = read_kept(session, given=given)
        if kept is None:
            return 0
        vectors = load_vectors(session, participants=given.participants, encoder_version=encoder_version)
    rows = place_changed(given, vectors, kept, changed, encoder_version=encoder_version)
    with database.transaction() as session:
        stored = store_changed(
            session,
            given=given,
            kept=kept,
            rows=rows,
            seconds=time.monotonic() - began,
            now=clock.now(),
        )
    return len(changed) if stored else 0
