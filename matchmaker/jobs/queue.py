"""The queue on PostgreSQL: the same jobs, handed to whichever worker is free, on any machine.

procrastinate's workers fetch jobs with SKIP LOCKED. What is due still stands in our own rows: a job
is only the order to look, so one that is lost, or done twice, changes nothing.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.engine import make_url

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.periodic import PeriodicJob, periodic_jobs
from matchmaker.jobs.round import run_due_round
from matchmaker.services.round import due_round_ids

ROUNDS = "rounds"
"""One at a time per process: a round takes a core and up to some gigabytes."""

WORK = "work"

LOOK_FOR_ROUNDS_SECONDS = 2

FAILED_KEPT_HOURS = 7 * 24

# a turn that lies further ahead than this of the database's clock was taken by a worker whose clock is wrong
SKEW_SECONDS = 5

NO_TURN = 0
"""The timestamp of a look that belongs to no turn."""

TAKE_TURN = """
    INSERT INTO queue_turn (job, moment) VALUES (%(job)s, %(moment)s)
    ON CONFLICT (job) DO UPDATE SET moment = excluded.moment
    WHERE queue_turn.moment < excluded.moment
          OR queue_turn.moment > extract(epoch FROM now()) + %(skew)s
    RETURNING moment
"""

log = structlog.get_logger()


def make_queue(
    database: Database, config: Config, *, stop: threading.Event, stale_after: dt.timedelta
) -> procrastinate.App:
    """The queue with all jobs of the installation; nothing is connected yet."""
    url = make_url(config.database_url).set(drivername="postgresql")
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=6
        )
    )
    _add_rounds(queue, database, config, stop, stale_after)
    for job in periodic_jobs(database, config):
        _add_periodic(queue, job)
    _add_clearing(queue)
    return queue


async def look_at_once(queue: procrastinate.App) -> None:
    """Order every look now, as a worker does that starts: what was missed waits for no turn."""
    for periodic in queue.periodic_registry.periodic_tasks.values():
        if periodic.task.queueing_lock is None:
            continue
        try:
            await periodic.task.defer_async(timestamp=NO_TURN)
        except AlreadyEnqueued:
            log.debug("look_is_ordered_already", job=periodic.task.name)


def cron_of(seconds: int) -> str:
    """The turn of so many seconds as procrastinate's cron line, whose sixth field is seconds."""
    if seconds < 60 and 60 % seconds == 0:
        return f"* * * * * */{seconds}"
    if seconds % 60 == 0 and seconds <= 3600 and 3600 % seconds == 0:
        return f"*/{seconds // 60} * * * *" if seconds < 3600 else "0 * * * *"
    raise ValueError(f"{seconds} seconds divide no minute and no hour")


def _add_rounds(
    queue: procrastinate.App,
    database: Database,
    config: Config,
    stop: threading.Event,
    stale_after: dt.timedelta,
) -> None:
    # no lock: a killed worker would keep it; the round's own row says who computes it
    @queue.task(name="round", queue=ROUNDS)
    def run_round() -> None:
        run_due_round(database, config, stop=stop, stale_after=stale_after)

    @queue.periodic(cron=cron_of(LOOK_FOR_ROUNDS_SECONDS))
    @queue.task(name="rounds", queue=WORK, queueing_lock="rounds")
    async def look_for_rounds(timestamp: int) -> None:
        with database.reading() as session:
            due = due_round_ids(session, now=clock.now(), stale_after=stale_after)
        for round_id in due:
            try:
                await run_round.configure(queueing_lock=f"round-{round_id}").defer_async()
            except AlreadyEnqueued:
                log.debug("round_waits_for_a_worker", round_id=round_id)


def _add_periodic(queue: procrastinate.App, job: PeriodicJob) -> None:
    # the lock: one of a kind at a time in the whole installation, however many workers there are
    @queue.periodic(cron=cron_of(job.seconds))
    @queue.task(name=job.name, queue=WORK, queueing_lock=job.name, lock=job.name)
    def run(timestamp: int) -> None:
        job.work()


def _add_clearing(queue: procrastinate.App) -> None:
    @queue.periodic(cron="15 * * * *")
    @queue.task(name="clearing", queue=WORK, queueing_lock="clearing")
    async def clear(timestamp: int) -> None:
        await queue.job_manager.delete_old_jobs(nb_hours=FAILED_KEPT_HOURS, include_failed=True)


async def take_each_turn_once(
    call_next: Callable[[], Awaitable[Any]],
    context: procrastinate.JobContext,
    _worker: procrastinate.worker.Worker,
) -> Any:
    """Skip the turn of periodic work that was taken already, or overtaken; names the job in the log.

    procrastinate defers each turn once, but forgets it with the next one: a worker that is late by a
    whole turn defers it again.
    """
    job = context.job
    with structlog.contextvars.bound_contextvars(job=job.task_name, job_id=job.id):
        moment = job.task_kwargs.get("timestamp")
        # a job of a dead worker comes again with its own turn
        if moment not in (None, NO_TURN) and job.attempts == 0:
            taken = await context.app.connector.execute_query_all_async(
                TAKE_TURN, job=job.task_name, moment=moment, skew=SKEW_SECONDS
            )
            if not taken:
                return None
        return await call_next()


async def recover_stalled(queue: procrastinate.App, *, after_seconds: float) -> int:
    """Put the jobs of dead workers back into the queue; gives how many there were."""
    recovered = 0
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=after_seconds):
        try:
            await queue.job_manager.retry_job(job)
        except procrastinate.exceptions.UniqueViolation:
            # the next turn of this work waits already: the dead one only has to let go of its lock
            await _drop(queue, job.id)
        except procrastinate.exceptions.ConnectorException:
            # another worker was faster
            continue
        recovered += 1
        log.warning("job_recovered", job=job.task_name, job_id=job.id)
    return recovered


async def _drop(queue: procrastinate.App, job_id: int | None) -> None:
    try:
        if job_id is not None:
            await queue.job_manager.finish_job_by_id_async(
                job_id=job_id, status=procrastinate.jobs.Status.FAILED, delete_job=True
            )
    except procrastinate.exceptions.ConnectorException:
        log.debug("job_dropped_by_another", job_id=job_id)
