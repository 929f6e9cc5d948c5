"""Which work is looked for, and how often: one list for the embedded clock and for distributed workers.

A job looks in rows for what is due, so it does not matter how often it runs, which worker runs it,
or that a turn was missed: the next turn finds what this one left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing, update_browsing
from matchmaker.jobs.forgetting import forget_old_rows
from matchmaker.jobs.meeting_expiry import expire_due_meetings
from matchmaker.jobs.meeting_request import expire_due_requests
from matchmaker.jobs.phase import take_due_gates
from matchmaker.jobs.reminder import write_due_reminders
from matchmaker.jobs.round_study import run_due_studies
from matchmaker.jobs.vector import EncodeSavedTexts
from matchmaker.jobs.waiting_list import give_freed_seats, offer_freed_slots
from matchmaker.mail.send import send_due_mails
from matchmaker.services.restoration import held_since


@dataclass(frozen=True)
class PeriodicJob:
    """Work that is looked for every so many seconds; 1 to 30, or whole minutes, or whole hours."""

    name: str
    seconds: int
    work: Callable[[], object]


def unless_held(work: Callable[[Database], int], database: Database) -> Callable[[], int]:
    """The work, except while a restore waits to be released: it may have been done before the restore."""

    def work_unless_held() -> int:
        with database.reading() as session:
            if held_since(session) is not None:
                return 0
        return work(database)

    return work_unless_held


def periodic_jobs(database: Database, config: Config) -> list[PeriodicJob]:
    """Everything but rounds, which take long and have a queue of their own."""
    return [
        PeriodicJob("studies", 2, partial(run_due_studies, database, config)),
        PeriodicJob("mails", 5, lambda: send_due_mails(database, config, clock.now())),
        PeriodicJob("requests", 30, unless_held(expire_due_requests, database)),
        PeriodicJob("meetings", 20, unless_held(expire_due_meetings, database)),
        PeriodicJob("waiting list", 20, unless_held(offer_freed_slots, database)),
        PeriodicJob("seats", 20, unless_held(give_freed_seats, database)),
        PeriodicJob("gates", 5, unless_held(take_due_gates, database)),
        PeriodicJob("reminders", 600, unless_held(write_due_reminders, database)),
        PeriodicJob("vectors", 10, EncodeSavedTexts(database, config)),
        PeriodicJob("browsing", 60, partial(compute_due_browsing, database, config)),
        PeriodicJob("newcomers", 10, partial(update_browsing, database, config)),
        PeriodicJob("forgetting", 3600, partial(forget_old_rows, database)),
    ]
