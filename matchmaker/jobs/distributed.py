"""A worker among several on PostgreSQL: takes jobs from the queue until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import socket
import threading
from collections.abc import Callable

import procrastinate
import structlog
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.queue import ROUNDS, WORK, look_at_once, make_queue, recover_stalled, take_each_turn_once
from matchmaker.services.round import STALE_AFTER
from matchmaker.services.worker import beat_worker, end_worker

STALLED_AFTER = dt.timedelta(seconds=30)
"""Without a heartbeat for so long, a worker is taken for dead and its jobs go back into the queue."""

BEAT_SECONDS = 20
AT_ONCE = 4
COMES_BACK_SECONDS = 3.0

log = structlog.get_logger()


class DistributedWorker:
    """A living worker: start it, and stop it again. It outlives a restart of the database."""

    def __init__(
        self,
        database: Database,
        config: Config,
        *,
        stale_after: dt.timedelta = STALE_AFTER,
        extend: Callable[[procrastinate.App], None] = lambda queue: None,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._database, self._config, self._stale_after = database, config, stale_after
        self._stalled_after = min(stale_after, STALLED_AFTER).total_seconds()
        self._extend = extend
        self._stop = threading.Event()
        self._started_at = clock.now()
        self._threads = [
            threading.Thread(target=self._work_on, name="queue"),
            threading.Thread(target=self._beat_on, name="heart", daemon=True),
        ]
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()
        log.info("worker_started", name=self.name)

    def stop(self) -> None:
        """End cleanly: jobs under way are finished, a round goes back into the queue."""
        self._stop.set()
        if self._running is not None:
            loop, ended = self._running
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(ended.set)
        for thread in self._threads:
            thread.join()
        with contextlib.suppress(SQLAlchemyError), self._database.transaction() as session:
            end_worker(session, name=self.name)
        log.info("worker_stopped", name=self.name)

    def _work_on(self) -> None:
        while not self._stop.is_set():
            try:
                asyncio.run(self._work())
            except Exception:
                # the database went away: what was under way is found again when it is back
                log.exception("worker_interrupted", name=self.name)
            self._stop.wait(COMES_BACK_SECONDS)

    async def _work(self) -> None:
        """Take jobs until told to stop, or until the connection breaks."""
        ended = asyncio.Event()
        self._running = asyncio.get_running_loop(), ended
        queue = make_queue(self._database, self._config, stop=self._stop, stale_after=self._stale_after)
        self._extend(queue)
        async with queue.open_async():
            await look_at_once(queue)
            tasks = [
                asyncio.create_task(self._take(queue, ROUNDS, at_once=1)),
                asyncio.create_task(self._take(queue, WORK, at_once=AT_ONCE)),
                asyncio.create_task(self._recover(queue)),
            ]
            waiting = asyncio.create_task(ended.wait())
            if self._stop.is_set():
                ended.set()
            await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
            # cancelled, a procrastinate worker finishes what it has begun
            for task in (*tasks, waiting):
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _take(self, queue: procrastinate.App, name: str, *, at_once: int) -> None:
        await queue.run_worker_async(
            queues=[name],
            name=f"{self.name}:{name}",
            concurrency=at_once,
            install_signal_handlers=False,
            delete_jobs="successful",
            worker_middleware=[take_each_turn_once],
            fetch_job_polling_interval=1.0,
            update_heartbeat_interval=self._stalled_after / 4,
            stalled_worker_timeout=self._stalled_after,
        )

    async def _recover(self, queue: procrastinate.App) -> None:
        # not a job of the queue: it must work also where dead workers hold every lock
        while True:
            await recover_stalled(queue, after_seconds=self._stalled_after)
            await asyncio.sleep(self._stalled_after / 3)

    def _beat_on(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.transaction() as session:
                    beat_worker(session, name=self.name, started_at=self._started_at, now=clock.now())
            except SQLAlchemyError:
                log.warning("worker_heart_missed", name=self.name)
            self._stop.wait(BEAT_SECONDS)
