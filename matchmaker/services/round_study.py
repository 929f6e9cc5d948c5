"""What organisers ask about a round and a worker answers: queued, claimed, told, done or failed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    STUDY_ACTIVE,
    Round,
    RoundStudy,
    StudyKind,
    StudyStatus,
)
from matchmaker.services.round import record_round

STALE_AFTER = dt.timedelta(minutes=10)
"""A study that nobody has told of for so long is begun again: none takes longer."""

MOST_ATTEMPTS = 3


class StudyWithoutSchedule(Conflict):
    """The round has made no meetings."""

    message = N_("This round has no schedule.")


def queue_study(
    session: Session,
    *,
    round_: Round,
    kind: StudyKind,
    arguments: dict[str, Any],
    actor_id: int,
    now: dt.datetime,
) -> RoundStudy:
    """Ask a question of this kind about a round; the one that still waits is given instead of a second."""
    if "meetings" not in round_.figures:
        raise StudyWithoutSchedule()
    study = RoundStudy(
        event_id=round_.event_id,
        round_id=round_.id,
        kind=kind,
        status=StudyStatus.QUEUED,
        requested_by_id=actor_id,
        arguments=arguments,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(study)
    except IntegrityError:
        waiting = session.scalar(_of(round_.id, kind).where(RoundStudy.status.in_(STUDY_ACTIVE)))
        if waiting is None:
            raise
        return waiting
    record_round(session, round_, actor_id=actor_id, action=f"study_{kind.value}", now=now)
    return study


def latest_study(session: Session, *, round_id: int, kind: StudyKind) -> RoundStudy | None:
    """The last question of this kind about a round."""
    return session.scalar(_of(round_id, kind).order_by(RoundStudy.id.desc()).limit(1))


def studies_of(session: Session, *, round_id: int, kind: StudyKind, most: int = 10) -> list[RoundStudy]:
    """The last questions of this kind about a round, the latest first."""
    return list(session.scalars(_of(round_id, kind).order_by(RoundStudy.id.desc()).limit(most)))


def find_study(session: Session, *, round_: Round, study_id: int, kind: StudyKind) -> RoundStudy:
    """The question of this number about this round; raises NotFound."""
    study = session.scalar(_of(round_.id, kind).where(RoundStudy.id == study_id))
    if study is None:
        raise NotFound()
    return study


def due_study_id(session: Session, *, now: dt.datetime) -> int | None:
    """The question that has waited longest, among the queued ones and those of dead workers."""
    return session.scalar(sa.select(RoundStudy.id).where(_is_due(now)).order_by(RoundStudy.id).limit(1))


def claim_study(session: Session, *, now: dt.datetime) -> tuple[int, int] | None:
    """Take a due question: (its id, the number of this attempt); of several workers one gets it."""
    study_id = due_study_id(session, now=now)
    if study_id is None:
        return None
    study = session.get_one(RoundStudy, study_id, populate_existing=True)
    if study.attempts >= MOST_ATTEMPTS:
        study.status, study.error, study.finished_at = StudyStatus.FAILED, "gave_up", now
        return None
    taken = session.execute(
        sa.update(RoundStudy)
        .where(RoundStudy.id == study_id, RoundStudy.version == study.version, _is_due(now))
        .values(
            status=StudyStatus.COMPUTING,
            attempts=study.attempts + 1,
            heartbeat_at=now,
            progress=0.0,
            version=study.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return (study_id, study.attempts + 1) if taken.rowcount == 1 else None  # type: ignore[attr-defined]


def tell_study(session: Session, *, study_id: int, attempt: int, progress: float, now: dt.datetime) -> None:
    """Say how far this attempt is."""
    session.execute(_own(study_id, attempt).values(progress=min(1.0, max(0.0, progress)), heartbeat_at=now))


def finish_study(
    session: Session,
    *,
    study_id: int,
    attempt: int,
    result: dict[str, Any],
    payload: bytes | None,
    now: dt.datetime,
) -> None:
    """Write the answer; nothing when this attempt no longer counts."""
    session.execute(
        _own(study_id, attempt).values(
            status=StudyStatus.DONE,
            result=result,
            payload=payload,
            progress=1.0,
            finished_at=now,
            version=RoundStudy.version + 1,
        )
    )


def fail_study(session: Session, *, study_id: int, attempt: int, error: str, now: dt.datetime) -> None:
    """End this attempt with a code; nothing when it no longer counts."""
    session.execute(
        _own(study_id, attempt).values(
            status=StudyStatus.FAILED, error=error[:80], finished_at=now, version=RoundStudy.version + 1
        )
    )


def _of(round_id: int, kind: StudyKind) -> sa.Select[RoundStudy]:
    return sa.select(RoundStudy).where(RoundStudy.round_id == round_id, RoundStudy.kind == kind)


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        RoundStudy.status == StudyStatus.QUEUED,
        sa.and_(RoundStudy.status == StudyStatus.COMPUTING, RoundStudy.heartbeat_at < now - STALE_AFTER),
    )


def _own(study_id: int, attempt: int) -> sa.Update:
    return (
        sa.update(RoundStudy)
        .where(
            RoundStudy.id == study_id,
            RoundStudy.status == StudyStatus.COMPUTING,
            RoundStudy.attempts == attempt,
        )
        .execution_options(synchronize_session=False)
    )
