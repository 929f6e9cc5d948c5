"""A whole installation as users run it: gunicorn, a worker, a database, a mail server."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@dataclass
class Installation:
    """Processes of one installation; each writes to a log of its own in `folder`."""

    folder: Path
    database_url: str
    port: int
    smtp_port: int | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process."""
        smtp = {"SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}"} if self.smtp_port else {}
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("MATCHMAKER_")},
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": "only for tests, long enough to be a secret",
            "BASE_URL": self.base_url,
            "MATCHMAKER_ENCODER": "ngrams",
            "PYTHONPATH": str(ROOT),
            **smtp,
        }

    def command(self, *words: str, check: bool = True) -> str:
        """Run one `matchmaker` command and give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "matchmaker.cli", *words],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"matchmaker {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start_web(self, workers: int = 2, app: str = "wsgi:app") -> None:
        """Serve with gunicorn, and wait for the first answer."""
        self._start(
            "web", str(BIN / "gunicorn"), app, "--workers", str(workers), "--threads", "2",
            "--bind", f"127.0.0.1:{self.port}", "--timeout", "120",
        )  # fmt: skip
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(self.base_url, timeout=10).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise AssertionError(f"the web server did not answer: {self.log('web')}")

    def start_worker(self, name: str = "worker") -> subprocess.Popen[bytes]:
        """Start a worker process."""
        return self._start(name, sys.executable, "-m", "matchmaker.cli", "worker")

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """End a process and its children as a power cut would."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def log(self, name: str) -> str:
        """What a process wrote last."""
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def stop(self) -> None:
        """End all processes, politely first."""
        for process in self.processes.values():
            process.terminate()
        for name in list(self.processes):
            try:
                self.processes[name].wait(20)
            except subprocess.TimeoutExpired:
                self.kill(name)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def installed(folder: Path, database_url: str, smtp_port: int | None = None) -> Iterator[Installation]:
    """An installation with migrated tables; its processes end with the block."""
    installation = Installation(folder, database_url, free_port(), smtp_port)
    try:
        yield installation
    finally:
        installation.stop()
