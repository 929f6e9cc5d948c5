"""Answers what organisers ask about rounds: read, work out with no transaction open, write."""

from __future__ import annotations

import time
from typing import Any

import structlog

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.models import Round, RoundStudy, StudyKind
from matchmaker.services.round_capacity_run import run_plan
from matchmaker.services.round_recheck import recheck_round
from matchmaker.services.round_storage import Stored, unpack_round
from matchmaker.services.round_study import (
    claim_study,
    due_study_id,
    fail_study,
    finish_study,
    tell_study,
)

log = structlog.get_logger()

TELL_SECONDS = 1.0


def run_due_studies(database: Database, config: Config) -> None:
    """Answer what waits, one question after the other."""
    while run_due_study(database, config) is not None:
        pass


def run_due_study(database: Database, config: Config) -> int | None:
    """Claim one question and answer it; gives its id, or None when nothing was due."""
    with database.reading() as session:
        if due_study_id(session, now=clock.now()) is None:
            return None
    with database.transaction() as session:
        claim = claim_study(session, now=clock.now())
    if claim is None:
        return None
    study_id, attempt = claim
    try:
        result, payload = _answer(database, config, study_id, _Teller(database, study_id, attempt))
    except Exception as error:
        log.exception("study_failed", study_id=study_id, attempt=attempt)
        code = type(error).__name__ if isinstance(error, MatchmakerError) else "unexpected"
        with database.transaction() as session:
            fail_study(session, study_id=study_id, attempt=attempt, error=code, now=clock.now())
        return study_id
    with database.transaction() as session:
        finish_study(
            session, study_id=study_id, attempt=attempt, result=result, payload=payload, now=clock.now()
        )
    return study_id


class _Teller:
    """Writes the progress of one attempt now and then, each a short transaction."""

    def __init__(self, database: Database, study_id: int, attempt: int) -> None:
        self._database, self._study_id, self._attempt = database, study_id, attempt
        self._told_at = 0.0

    def __call__(self, share: float) -> None:
        """Say how much of the whole is done, 0..1."""
        if time.monotonic() - self._told_at < TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        with self._database.transaction() as session:
            tell_study(
                session, study_id=self._study_id, attempt=self._attempt, progress=share, now=clock.now()
            )


def _answer(
    database: Database, config: Config, study_id: int, tell: _Teller
) -> tuple[dict[str, Any], bytes | None]:
    with database.snapshot() as session:
        study = session.get_one(RoundStudy, study_id)
        round_ = session.get_one(Round, study.round_id)
        kind, arguments, settings = study.kind, dict(study.arguments), dict(round_.settings)
        if kind == StudyKind.CHECK:
            found = recheck_round(session, round_=round_)
            return ({} if found is None else found.to_json()), None
        stored = unpack_round(round_)
    seconds, seed = float(settings.get("seconds") or 30), int(settings.get("seed") or 0)
    if stored is None:
        raise LookupError("the round has no schedule")
    return _plan(stored, arguments, seconds, seed, tell), None


def _plan(
    stored: Stored, arguments: dict[str, Any], seconds: float, seed: int, tell: _Teller
) -> dict[str, Any]:
    return run_plan(stored, arguments, seconds=seconds, seed=seed, tell=tell)
