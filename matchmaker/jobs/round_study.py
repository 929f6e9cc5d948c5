"""Answers what organisers ask about rounds: read, work out with no transaction open, write."""

from __future__ import annotations

import time
from typing import Any

import structlog

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.jobs.vector import encoder_of, vectors_of
from matchmaker.models import Round, RoundStudy, StudyKind
from matchmaker.services.round_capacity_run import run_plan
from matchmaker.services.round_input import read_round_input
from matchmaker.services.round_recheck import recheck_round
from matchmaker.services.round_repair import pack_plans, read_repaired
from matchmaker.services.round_repair_run import run_repair
from matchmaker.services.round_storage import unpack_round
from matchmaker.services.round_study import (
    claim_study,
    due_study_id,
    fail_study,
    finish_study,
    tell_study,
)
from matchmaker.services.round_tidy_run import fixed_pairs, read_kept, run_tidy, zones_of

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
    with database.reading() as session:
        study = session.get_one(RoundStudy, study_id)
        round_id, arguments = study.round_id, dict(study.arguments)
    if study.kind == StudyKind.CHECK:
        return _check(database, round_id), None
    if study.kind == StudyKind.REPAIR:
        return _repair(database, config, round_id, tell)
    if study.kind == StudyKind.TIDY:
        return _tidy(database, round_id, arguments, tell)
    return _plan(database, round_id, arguments, tell), None


def _check(database: Database, round_id: int) -> dict[str, Any]:
    with database.snapshot() as session:
        found = recheck_round(session, round_=session.get_one(Round, round_id))
    if found is None:
        raise LookupError("the round has no schedule")
    return found.to_json()


def _plan(database: Database, round_id: int, arguments: dict[str, Any], tell: _Teller) -> dict[str, Any]:
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        stored, settings = unpack_round(round_), dict(round_.settings)
    if stored is None:
        raise LookupError("the round has no schedule")
    seconds, seed = float(settings.get("seconds") or 30), int(settings.get("seed") or 0)
    return run_plan(stored, arguments, seconds=seconds, seed=seed, tell=tell)


def _tidy(
    database: Database, round_id: int, arguments: dict[str, Any], tell: _Teller
) -> tuple[dict[str, Any], bytes | None]:
    with database.snapshot() as session:
        round_ = session.get_one(Round, round_id)
        stored, settings = unpack_round(round_), dict(round_.settings)
        if stored is None:
            raise LookupError("the round has no schedule")
        fixed = fixed_pairs(session, round_=round_, stored=stored, moves_seen=bool(arguments["moves_seen"]))
        zones, kept = zones_of(session, event_id=round_.event_id), read_kept(session, round_=round_)
    seconds, seed = float(settings.get("seconds") or 30), int(settings.get("seed") or 0)
    return run_tidy(stored, fixed, zones, arguments, kept, seconds=seconds, seed=seed, tell=tell)


def _repair(database: Database, config: Config, round_id: int, tell: _Teller) -> tuple[dict[str, Any], bytes]:
    began = time.monotonic()
    now = clock.now()
    with database.snapshot() as session:
        movable, versions = read_repaired(session, round_=session.get_one(Round, round_id), now=now)
        frozen = read_round_input(session, round_id=round_id, now=now, repaired=movable)
    encoder = encoder_of(config)
    vectors = vectors_of(database, encoder, frozen.participants, tell=lambda share: tell(0.1 * share))
    figures, plans = run_repair(frozen, vectors, versions, encoder_version=encoder.version, tell=tell)
    present = sum(round(1000 * meeting.value) for meeting in (*frozen.kept, *frozen.movable))
    result = {
        "options": figures,
        "present_meetings": len(frozen.kept) + len(frozen.movable),
        "present_value": present,
        "seconds": round(time.monotonic() - began, 2),
    }
    return result, pack_plans(plans)
