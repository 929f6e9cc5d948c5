"""Starts workers in milliseconds, so that a test can kill many of them.

A process of its own loads the product once and forks: each child runs the worker's own code and can be
killed like any worker. `python -m tests.nursery` is that process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import Config
from matchmaker.db import Database
from matchmaker.jobs.clock import Worker
from matchmaker.jobs.distributed import DistributedWorker
from matchmaker.jobs.queue_schema import install_queue
from matchmaker.mail.render import render
from matchmaker.models import OutboxMail

ROOT = Path(__file__).resolve().parents[1]


class Nursery:
    """A process that forks workers of any database; `log` is what they wrote."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
            )  # fmt: skip

    def fork(self, **order: Any) -> int:
        """A new worker's process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process; its children are ended by those who asked for them."""
        self._process.communicate(timeout=30)


class Workers:
    """The workers of one database."""

    def __init__(self, nursery: Nursery, database_url: str) -> None:
        self._nursery, self._database_url = nursery, database_url
        self._alive: set[int] = set()

    def start(self, *, stale_after: float = 1.0, smtp_port: int | None = None, extend: str = "") -> int:
        """A new worker's process id; `extend` is module:function that adds jobs to its queue."""
        pid = self._nursery.fork(
            database_url=self._database_url, smtp_port=smtp_port, stale_after=stale_after, extend=extend
        )
        self._alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a worker as a power cut would."""
        self._end(pid, signal.SIGKILL)

    def stop(self, pid: int) -> None:
        """End a worker politely."""
        self._end(pid, signal.SIGTERM)

    def kill_all(self) -> None:
        """End whoever lives."""
        for pid in list(self._alive):
            with contextlib.suppress(ProcessLookupError):
                self.kill(pid)

    def _end(self, pid: int, number: int) -> None:
        self._alive.discard(pid)
        os.kill(pid, number)
        wait_until(lambda: not _lives(pid), f"process {pid} to end", seconds=60)


def wait_until(is_so: Callable[[], Any], what: str, *, seconds: float = 120) -> None:
    """Wait until it is so; looks often, and fails with `what` was waited for."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _warm_up() -> None:
    """Compile a mail's templates once, which would cost each child half a second."""
    mail = OutboxMail(kind="confirm_email", language="en", time_zone="UTC", to_name="", to_email="")
    mail.arguments = {"token": "a-token", "expires_at": "2026-11-02T09:00:00+00:00"}
    render(mail, _config("sqlite://", None))


def _serve() -> None:
    _warm_up()
    # children that end are forgotten at once, without anybody waiting for them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_a_worker(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _config(database_url: str, smtp_port: int | None) -> Config:
    return Config(
        database_url=database_url,
        secret_key="a secret only for tests, long enough",
        base_url="http://localhost",
        trusted_hosts=("localhost",),
        smtp_url=f"smtp://127.0.0.1:{smtp_port}" if smtp_port else None,
        mail_sender="Matchmaker <no-reply@matchmaker.example>",
        encoder="ngrams",
    )


def _be_a_worker(order: dict[str, Any]) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    config = _config(order["database_url"], order["smtp_port"])
    database = Database(config.database_url)
    stale_after = dt.timedelta(seconds=order["stale_after"])
    worker: Worker | DistributedWorker = Worker(database, config, stale_after=stale_after)
    if database.engine.dialect.name == "postgresql":
        module, _, name = order["extend"].partition(":")
        install_queue(database)
        extend = getattr(importlib.import_module(module), name) if name else lambda queue: None
        worker = DistributedWorker(database, config, stale_after=stale_after, extend=extend)
    worker.start()
    ended.wait()
    worker.stop()
    os._exit(0)


if __name__ == "__main__":
    _serve()
