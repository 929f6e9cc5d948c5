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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from config import Config
from matchmaker.db import Database
from matchmaker.jobs.clock import Worker
from matchmaker.jobs.distributed import DistributedWorker

ROOT = Path(__file__).resolve().parents[1]


class Nursery:
    """Forks workers of one database; `log` is what they wrote."""

    def __init__(self, log: Path, database_url: str, smtp_port: int | None = None) -> None:
        self.log, self._settings = log, {"database_url": database_url, "smtp_port": smtp_port}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
            )  # fmt: skip
        self._alive: set[int] = set()

    def start(self, *, stale_after: float = 1.0, extend: str = "") -> int:
        """A new worker's process id; `extend` is module:function that adds jobs to its queue."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {**self._settings, "stale_after": stale_after, "extend": extend}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self._alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a worker as a power cut would."""
        self._end(pid, signal.SIGKILL)

    def stop(self, pid: int) -> None:
        """End a worker politely."""
        self._end(pid, signal.SIGTERM)

    def _end(self, pid: int, number: int) -> None:
        os.kill(pid, number)
        wait_until(lambda: not _lives(pid), f"process {pid} to end", seconds=60)
        self._alive.discard(pid)

    def close(self) -> None:
        """End whoever lives."""
        for pid in list(self._alive):
            with contextlib.suppress(ProcessLookupError):
                self.kill(pid)
        self._process.communicate(timeout=30)


@contextlib.contextmanager
def nursery(folder: Path, database_url: str, smtp_port: int | None = None) -> Iterator[Nursery]:
    """A nursery whose children end with the block."""
    opened = Nursery(folder / "workers.log", database_url, smtp_port)
    try:
        yield opened
    finally:
        opened.close()


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


def _serve() -> None:
    # children that end are forgotten at once, without anybody waiting for them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_a_worker(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _be_a_worker(order: dict[str, Any]) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    port = order["smtp_port"]
    config = Config(
        database_url=order["database_url"],
        secret_key="a secret only for tests, long enough",
        base_url="http://localhost",
        trusted_hosts=("localhost",),
        smtp_url=f"smtp://127.0.0.1:{port}" if port else None,
        mail_sender="Matchmaker <no-reply@matchmaker.example>",
        encoder="ngrams",
    )
    database = Database(config.database_url)
    stale_after = dt.timedelta(seconds=order["stale_after"])
    worker: Worker | DistributedWorker = Worker(database, config, stale_after=stale_after)
    if database.engine.dialect.name == "postgresql":
        module, _, name = order["extend"].partition(":")
        extend = getattr(importlib.import_module(module), name) if name else lambda queue: None
        worker = DistributedWorker(database, config, stale_after=stale_after, extend=extend)
    worker.start()
    ended.wait()
    worker.stop()
    os._exit(0)


if __name__ == "__main__":
    _serve()
