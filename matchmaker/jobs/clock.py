"""The embedded clock: how often a worker looks for what is due; what is due stands in rows."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.periodic import periodic_jobs
from matchmaker.jobs.round import run_due_round
from matchmaker.services.round import STALE_AFTER
from matchmaker.services.worker import beat_worker, end_worker

log = structlog.get_logger()


class Worker:
    """A living worker of one installation: start it, and stop it again."""

    def __init__(
        self, database: Database, config: Config, *, stale_after: dt.timedelta = STALE_AFTER
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._database, self._config, self._stale_after = database, config, stale_after
        self._stop = threading.Event()
        self._started_at = clock.now()
        # a job still at work is skipped at its next turn: that is meant, and not worth a line each second
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        # a memory store: two schedulers that share a store would run every job twice
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": ThreadPoolExecutor(8)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to look for work."""
        self._beat()
        for name, seconds, work in self._jobs():
            self._scheduler.add_job(
                _guarded(name, work), "interval", seconds=seconds, id=name, next_run_time=clock.now()
            )
        self._scheduler.start()
        log.info("worker_started", name=self.name)

    def stop(self) -> None:
        """End cleanly: a round under way goes back into the queue and is begun again by the next worker."""
        self._stop.set()
        self._scheduler.shutdown(wait=True)
        with self._database.transaction() as session:
            end_worker(session, name=self.name)
        log.info("worker_stopped", name=self.name)

    def _jobs(self) -> list[tuple[str, float, Callable[[], object]]]:
        looked_for = periodic_jobs(self._database, self._config)
        return [
            ("heartbeat", 20, self._beat),
            ("rounds", 1, self._run_rounds),
            *((job.name, job.seconds, job.work) for job in looked_for),
        ]

    def _run_rounds(self) -> None:
        found: int | None = 0
        while found is not None and not self._stop.is_set():
            found = run_due_round(
                self._database, self._config, stop=self._stop, stale_after=self._stale_after
            )

    def _beat(self) -> None:
        with self._database.transaction() as session:
            beat_worker(session, name=self.name, started_at=self._started_at, now=clock.now())


def _guarded(name: str, work: Callable[[], object]) -> Callable[[], None]:
    """A job whose failure is written down and that is tried again at its next turn."""

    def run() -> None:
        with structlog.contextvars.bound_contextvars(job=name, job_id=uuid.uuid4().hex[:12]):
            try:
                work()
            except Exception:
                log.exception("job_failed")

    return run
