"""The state of an installation in figures, for those who watch over it: nobody's data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from matchmaker.models import MailStatus, OutboxMail, Round, RoundStatus, WorkerHeartbeat
from matchmaker.services.round import ACTIVE
from matchmaker.services.worker import LIVES_FOR


@dataclass(frozen=True)
class Operation:
    """What waits, what was given up, and how long the oldest due work has waited, in seconds."""

    workers: int
    mails_pending: int
    mails_dead: int
    mails_held: int
    rounds: dict[str, int]
    oldest_mail: float
    oldest_round: float


def read_operation(session: Session, *, now: dt.datetime) -> Operation:
    """Count what there is now."""
    mails = _counted(session, OutboxMail.status)
    rounds = _counted(session, Round.status)
    held = sa.select(sa.func.count()).where(
        OutboxMail.status == MailStatus.PENDING, OutboxMail.held_at.is_not(None)
    )
    first_mail = sa.select(sa.func.min(OutboxMail.due_at)).where(
        OutboxMail.status == MailStatus.PENDING, OutboxMail.held_at.is_(None)
    )
    first_round = sa.select(sa.func.min(Round.due_at)).where(Round.status.in_(ACTIVE))
    return Operation(
        workers=len(live_workers(session, now=now)),
        mails_pending=mails.get(MailStatus.PENDING, 0),
        mails_dead=mails.get(MailStatus.DEAD, 0),
        mails_held=session.scalar(held) or 0,
        rounds={status.value: rounds.get(status, 0) for status in RoundStatus},
        oldest_mail=_waited(session.scalar(first_mail), now),
        oldest_round=_waited(session.scalar(first_round), now),
    )


def live_workers(session: Session, *, now: dt.datetime) -> list[str]:
    """The names (host:process) of the workers seen lately."""
    seen = WorkerHeartbeat.seen_at > now - LIVES_FOR
    return list(session.scalars(sa.select(WorkerHeartbeat.name).where(seen).order_by(WorkerHeartbeat.name)))


def _counted(session: Session, column: InstrumentedAttribute[Any]) -> dict[Any, int]:
    rows = session.execute(sa.select(column, sa.func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _waited(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
