"""Engines on one job, two at a time, each in its own process: what one proves serves all.

A process can be killed at the time limit, whatever its solver is doing, and takes nobody with it when it
crashes. As one ends, fails or has had its turn, the next in the row gets its core.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .problem import Attempt

ENGINES = Path(__file__).with_name("engines.py")
AT_ONCE = 2


class WrongAnswer(Exception):
    """An engine told something that is not so."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """An engine of engines.py, its job (made when its turn comes), and its share of the time."""

    engine: str
    job: Callable[[], dict[str, Any]]
    share: float = 1.0


@dataclass(slots=True, eq=False)
class _Runner:
    """A running engine; what it told and where its complaints went."""

    engine: str
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]
    began: float
    until: float


Told = queue.Queue[tuple[_Runner, bytes]]


def race(
    entrants: Sequence[Entrant], *, seconds: float, hear: Callable[[dict[str, Any]], bool]
) -> tuple[Attempt, ...]:
    """Run them in this order until `hear` says that all is decided, the time is up, or nobody is left.

    hear  gets what engines tell (see engines.py), answers whether that decides; WrongAnswer ends the engine
    """
    track = _Track(list(entrants), seconds, time.monotonic() + seconds)
    try:
        while time.monotonic() < track.end and not track.is_decided:
            track.fill()
            if not track.running:
                break
            track.listen(hear)
    finally:
        for runner in list(track.running):
            track.finish(runner, "stopped")
    return tuple(track.attempts)


@dataclass(slots=True)
class _Track:
    """Who waits, who runs, who has run."""

    waiting: list[Entrant]
    seconds: float
    end: float
    told: Told = field(default_factory=queue.Queue)
    running: list[_Runner] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    is_decided: bool = False

    def fill(self) -> None:
        """The next in the row start while there is room."""
        while self.waiting and len(self.running) < AT_ONCE:
            entrant = self.waiting.pop(0)
            self.running.append(_start(entrant, self.end, self.seconds, self.told))

    def listen(self, hear: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for the next line, or the end of somebody's turn."""
        turn = min(r.until for r in self.running) if self.waiting else self.end
        try:
            runner, line = self.told.get(timeout=max(0.0, min(turn, self.end) - time.monotonic()))
        except queue.Empty:
            for late in [r for r in self.running if self.waiting and r.until <= time.monotonic()]:
                self.finish(late, "made room")
            return
        if runner not in self.running:
            return
        try:
            self.is_decided = bool(line) and hear(json.loads(line))
        except (WrongAnswer, ValueError) as error:
            self.finish(runner, f"failed: {error}")
            return
        if self.is_decided:
            self.finish(runner, "decided")
        elif not line:
            self.finish(runner, _farewell(runner))

    def finish(self, runner: _Runner, outcome: str) -> None:
        """It runs no longer."""
        runner.process.kill()
        runner.process.wait()
        self.running.remove(runner)
        self.attempts.append(Attempt(runner.engine, outcome, round(time.monotonic() - runner.began, 3)))
        runner.complaints.close()


def _start(entrant: Entrant, end: float, seconds: float, told: Told) -> _Runner:
    """The engine in a process of its own, and a thread that passes on what it tells."""
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when the engine finishes
    with tempfile.TemporaryFile() as job:
        job.write(json.dumps({**entrant.job(), "seconds": max(0.0, end - time.monotonic())}).encode())
        job.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-P", str(ENGINES), entrant.engine],
            stdin=job,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
    now = time.monotonic()
    runner = _Runner(entrant.engine, process, complaints, now, now + entrant.share * seconds)
    threading.Thread(target=_listen, args=(runner, told), daemon=True).start()
    return runner


def _listen(runner: _Runner, told: Told) -> None:
    """Line by line, and an empty one at the end."""
    assert runner.process.stdout is not None
    with runner.process.stdout as lines:
        for line in lines:
            told.put((runner, line))
    told.put((runner, b""))


def _farewell(runner: _Runner) -> str:
    """How a process ended by itself."""
    if runner.process.wait() == 0:
        return "ended"
    runner.complaints.seek(0)
    last = runner.complaints.read().decode(errors="replace").strip().splitlines()[-1:]
    return f"failed: {last[0] if last else runner.process.returncode}"
