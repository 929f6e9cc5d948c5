"""Runs due rounds: snapshot, compute with no transaction open, apply as a whole."""

from __future__ import annotations

import datetime as dt
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.vector import encoder_of, vectors_of
from matchmaker.services.round import (
    MOST_ATTEMPTS,
    STALE_AFTER,
    RoundTaken,
    beat_round,
    claim_round,
    due_round_id,
    fail_round,
    release_round,
)
from matchmaker.services.round_compute import RoundImpossible, compute_round
from matchmaker.services.round_input import read_round_input
from matchmaker.services.round_opening import open_when_done
from matchmaker.services.round_result import apply_round_result

log = structlog.get_logger()

BEAT_SECONDS = 5.0
TELL_SECONDS = 1.0


class WorkerStops(Exception):
    """The worker was asked to end; its round goes back into the queue."""


def run_due_round(
    database: Database,
    config: Config,
    *,
    stop: threading.Event | None = None,
    stale_after: dt.timedelta = STALE_AFTER,
) -> int | None:
    """Claim one due round and run it to its end; gives its id, or None when nothing was due."""
    with database.reading() as session:
        # reading first: an idle worker must not take SQLite's write lock every second
        if due_round_id(session, now=clock.now(), stale_after=stale_after) is None:
            return None
    with database.transaction() as session:
        claim = claim_round(session, now=clock.now(), stale_after=stale_after)
    if claim is None:
        return None
    round_id, attempt = claim
    run = _Run(database, round_id, attempt, stop or threading.Event(), stale_after)
    try:
        with run.beating():
            _compute_and_apply(run, config)
    except WorkerStops:
        _release(database, round_id, attempt, is_clean=True)
    except RoundTaken:
        log.info("round_taken", round_id=round_id, attempt=attempt)
    except RoundImpossible as error:
        code = str(error.arguments.pop("code"))
        _fail(database, round_id, attempt, code, dict(error.arguments))
    except (SQLAlchemyError, OSError, MemoryError) as error:
        # the database went away, or the machine is full: another attempt may do better
        log.exception("round_interrupted", round_id=round_id, attempt=attempt)
        if attempt >= MOST_ATTEMPTS:
            _fail(
                database, round_id, attempt, "gave_up", {"attempts": attempt, "error": type(error).__name__}
            )
        else:
            _release(database, round_id, attempt, is_clean=False)
    except Exception as error:
        log.exception("round_failed", round_id=round_id, attempt=attempt)
        _fail(database, round_id, attempt, "unexpected", {"error": type(error).__name__})
    return round_id


class _Run:
    """One attempt at one round: its signs of life and its progress, each a short transaction."""

    def __init__(
        self,
        database: Database,
        round_id: int,
        attempt: int,
        stop: threading.Event,
        stale_after: dt.timedelta,
    ) -> None:
        self.database, self.round_id, self.attempt, self.stop = database, round_id, attempt, stop
        # several beats may be missed before the round is taken for dead
        self._beat_seconds = min(BEAT_SECONDS, stale_after.total_seconds() / 6)
        self._told_at = 0.0
        self._ended = threading.Event()
        self._is_taken = False

    def tell(self, code: str, share: float) -> None:
        """Write the progress now and then; raises when the round was cancelled or the worker stops."""
        if self.stop.is_set():
            raise WorkerStops()
        if self._is_taken:
            raise RoundTaken()
        if time.monotonic() - self._told_at < TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        self._beat(code, share)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the heart beating also while the solver does not report."""
        heart = threading.Thread(target=self._beat_on, name="round-heart", daemon=True)
        heart.start()
        try:
            yield
        finally:
            self._ended.set()
            heart.join()

    def _beat_on(self) -> None:
        while not self._ended.wait(self._beat_seconds):
            try:
                self._beat(None, None)
            except RoundTaken:
                self._is_taken = True
                return
            except SQLAlchemyError:
                log.warning("round_heart_missed", round_id=self.round_id)

    def _beat(self, code: str | None, share: float | None) -> None:
        with self.database.transaction() as session:
            beat_round(
                session,
                round_id=self.round_id,
                attempt=self.attempt,
                now=clock.now(),
                progress=share,
                code=code,
            )


def _compute_and_apply(run: _Run, config: Config) -> None:
    began = time.monotonic()
    run.tell("reading", 0.0)
    with run.database.snapshot() as session:
        frozen = read_round_input(session, round_id=run.round_id, now=clock.now())
    encoder = encoder_of(config)
    vectors = vectors_of(
        run.database, encoder, frozen.participants, tell=lambda share: run.tell("encoding", 0.2 * share)
    )
    result = compute_round(
        frozen,
        vectors,
        encoder_version=encoder.version,
        is_fallback=encoder.is_fallback,
        tell=lambda code, share: run.tell(code, 0.2 + 0.75 * share),
    )
    run.tell("storing", 0.95)
    with run.database.transaction() as session:
        apply_round_result(
            session,
            frozen=frozen,
            result=result,
            attempt=run.attempt,
            now=clock.now(),
            seconds=time.monotonic() - began,
            peak_mb=peak_megabytes(),
        )
        open_when_done(session, round_id=run.round_id, now=clock.now())


def peak_megabytes() -> int:
    """The most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def _release(database: Database, round_id: int, attempt: int, *, is_clean: bool) -> None:
    with database.transaction() as session:
        release_round(session, round_id=round_id, attempt=attempt, is_clean=is_clean)


def _fail(database: Database, round_id: int, attempt: int, code: str, arguments: dict[str, object]) -> None:
    with database.transaction() as session:
        fail_round(
            session, round_id=round_id, attempt=attempt, code=code, arguments=arguments, now=clock.now()
        )
