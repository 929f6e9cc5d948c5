"""A worker's life: it says that it lives, does what is due, and gives back what it cannot end."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.clock import Worker
from matchmaker.jobs.round import run_due_round
from matchmaker.models import Event, RoundStatus, RoundStep, WorkerHeartbeat
from matchmaker.services.round import queue_round
from matchmaker.services.worker import LIVES_FOR, beat_worker, forget_workers, has_live_worker
from tests.rounds import make_fair, plain, read_round


def _queue(database: Database) -> int:
    with database.transaction() as session:
        event_id = make_fair(session).event.id
    with database.transaction() as session:
        event = session.get_one(Event, event_id)
        return queue_round(
            session,
            event=event,
            step=RoundStep.BOTH,
            actor_id=None,
            now=clock.now(),
            settings={"seconds": 1},
        ).id


@pytest.mark.both_databases
def test_worker_runs_what_is_due_and_says_goodbye(database: Database, config: Config) -> None:
    round_id = _queue(database)
    worker = Worker(database, plain(config))
    worker.start()
    with database.reading() as session:
        assert has_live_worker(session, now=clock.now())
    for _try in range(400):
        if read_round(database, round_id).status == RoundStatus.DRAFT:
            break
        time.sleep(0.05)
    worker.stop()
    assert read_round(database, round_id).status == RoundStatus.DRAFT
    with database.reading() as session:
        assert session.scalars(sa.select(WorkerHeartbeat)).all() == []


def test_round_of_a_worker_that_is_stopped_waits_for_the_next_one(database: Database, config: Config) -> None:
    round_id = _queue(database)
    stopped = threading.Event()
    stopped.set()
    assert run_due_round(database, plain(config), stop=stopped) == round_id
    waiting = read_round(database, round_id)
    assert (waiting.status, waiting.attempts) == (RoundStatus.QUEUED, 0)
    assert run_due_round(database, plain(config)) == round_id
    assert read_round(database, round_id).status == RoundStatus.DRAFT


def test_worker_that_was_not_seen_for_long_does_not_live(session: Session, now: dt.datetime) -> None:
    beat_worker(session, name="one", started_at=now, now=now)
    beat_worker(session, name="one", started_at=now, now=now + LIVES_FOR)
    assert has_live_worker(session, now=now + 2 * LIVES_FOR - dt.timedelta(seconds=1))
    assert not has_live_worker(session, now=now + 2 * LIVES_FOR)
    forget_workers(session, now=now + dt.timedelta(days=2))
    assert session.scalars(sa.select(WorkerHeartbeat)).all() == []
