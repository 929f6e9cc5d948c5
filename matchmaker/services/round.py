"""A round's life before its result: queued, claimed by a worker, kept alive, cancelled, failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import Event, Meeting, MeetingStatus, Person, Round, RoundStatus, RoundStep
from matchmaker.services.audit import record

ACTIVE = (RoundStatus.QUEUED, RoundStatus.COMPUTING)

STALE_AFTER = dt.timedelta(seconds=60)
"""Without a sign of life for so long, a computation is taken to be dead and is begun again."""

MOST_ATTEMPTS = 5

DEFAULT_SETTINGS: Mapping[str, Any] = {
    "top": 20,
    "least_fit": 0.2,
    "seconds": 30,
    "opens_when_done": False,
    "continues_id": None,
    "scope": "all",
    "floor": 2,
    "weights": {},
    "uncomfortable": None,
}
"""top: suggestions per participation; least_fit: nothing unwished is proposed below it, 0..1; seconds: time
of the solver; opens_when_done: the worker opens the suggestions; continues_id: the draft whose locks stay;
scope: which of its other meetings stay too (see round_draft.Scope); floor: so many meetings for as many as
possible before anybody's surplus; weights: group code -> how much its first meetings count, 1 unless said;
uncomfortable: nobody gets more meetings than this at hours that are only tolerable, None for no bound."""


class RoundActive(Conflict):
    """Another round of the event waits or computes."""

    message = N_("%(name)s has already started round %(number)d. Wait until it has ended, or cancel it.")


class RoundTaken(Conflict):
    """This computation was cancelled, or another worker has it."""

    message = N_("This round was cancelled or taken over.")


class NotADraft(Conflict):
    """Only the meetings of a draft can be changed as a whole."""

    message = N_("This round is no longer a draft.")


def find_round(session: Session, *, event_id: int, round_id: int) -> Round:
    """The round of this event; raises NotFound."""
    round_ = session.scalar(sa.select(Round).where(Round.id == round_id, Round.event_id == event_id))
    if round_ is None:
        raise NotFound()
    return round_


def queue_round(
    session: Session,
    *,
    event: Event,
    step: RoundStep,
    actor_id: int | None,
    now: dt.datetime,
    due_at: dt.datetime | None = None,
    wishes_until: dt.datetime | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Round:
    """Queue a round for now or for a set time; raises RoundActive with who started the one there is."""
    if wishes_until is not None and wishes_until <= (due_at or now):
        raise Invalid(N_("Choose an end for the wishes that lies after the round."), field="wishes_until")
    raise_if_active(session, event_id=event.id)
    last = session.scalar(sa.select(sa.func.max(Round.number)).where(Round.event_id == event.id)) or 0
    round_ = Round(
        event_id=event.id,
        number=last + 1,
        step=step,
        status=RoundStatus.QUEUED,
        requested_by_id=actor_id,
        settings={**DEFAULT_SETTINGS, "seed": last + 1, **(settings or {})},
        due_at=max(due_at or now, now),
        wishes_until=wishes_until,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(round_)
    except IntegrityError as error:
        raise_if_active(session, event_id=event.id)
        raise Conflict() from error
    record_round(session, round_, actor_id=actor_id, action="queue_round", now=now, step=step.value)
    return round_


def raise_if_active(session: Session, *, event_id: int) -> None:
    """Raise RoundActive when a round of the event waits or computes."""
    active = session.execute(
        sa.select(Round.number, Person.name)
        .outerjoin(Person, Person.id == Round.requested_by_id)
        .where(Round.event_id == event_id, Round.status.in_(ACTIVE))
    ).first()
    if active is not None:
        raise RoundActive(name=active.name or "matchmaker", number=active.number)


def cancel_round(session: Session, *, round_: Round, actor_id: int, now: dt.datetime) -> None:
    """Stop a waiting or computing round, or discard a draft; doing it twice changes nothing."""
    if round_.status == RoundStatus.CANCELLED:
        return
    if round_.status not in (*ACTIVE, RoundStatus.DRAFT, RoundStatus.FAILED):
        raise NotADraft()
    if (
        round_.status == RoundStatus.DRAFT
        and round_.opened_at is not None
        and round_.step == RoundStep.SUGGEST
    ):
        raise Conflict(N_("These suggestions are open to both sides already."))
    round_.status = RoundStatus.CANCELLED
    round_.finished_at = now
    session.flush()
    delete_drafts(session, round_id=round_.id)
    record_round(session, round_, actor_id=actor_id, action="cancel_round", now=now)


def delete_drafts(session: Session, *, round_id: int) -> None:
    """Drop the draft meetings of a round; nobody has seen them and they hold no seats."""
    session.execute(
        sa.delete(Meeting).where(Meeting.round_id == round_id, Meeting.status == MeetingStatus.DRAFT)
    )


def due_round_id(session: Session, *, now: dt.datetime, stale_after: dt.timedelta) -> int | None:
    """The round that has waited longest for a worker, among the queued ones and those of dead workers."""
    return session.scalar(
        sa.select(Round.id).where(_is_due(now, stale_after)).order_by(Round.due_at, Round.id).limit(1)
    )


def due_round_ids(session: Session, *, now: dt.datetime, stale_after: dt.timedelta) -> list[int]:
    """All rounds that wait for a worker, those that have waited longest first."""
    due = sa.select(Round.id).where(_is_due(now, stale_after)).order_by(Round.due_at, Round.id)
    return list(session.scalars(due))


def claim_round(
    session: Session, *, now: dt.datetime, stale_after: dt.timedelta = STALE_AFTER
) -> tuple[int, int] | None:
    """Take a due round: (its id, the number of this attempt), or None when there is none to take.

    A compare-and-swap on the version, so that of several workers one gets it. The attempt's number fences
    off a worker that was taken for dead: what it writes later counts no more.
    """
    round_id = due_round_id(session, now=now, stale_after=stale_after)
    if round_id is None:
        return None
    round_ = session.get_one(Round, round_id, populate_existing=True)
    if round_.attempts >= MOST_ATTEMPTS:
        end_failed(session, round_=round_, code="gave_up", arguments={"attempts": round_.attempts}, now=now)
        return None
    taken = session.execute(
        sa.update(Round)
        # due still: between the two readings another worker may have claimed it
        .where(Round.id == round_id, Round.version == round_.version, _is_due(now, stale_after))
        .values(
            status=RoundStatus.COMPUTING,
            attempts=round_.attempts + 1,
            started_at=now,
            heartbeat_at=now,
            progress=0.0,
            progress_code="starting",
            version=round_.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return (round_id, round_.attempts + 1) if taken.rowcount == 1 else None  # type: ignore[attr-defined]


def beat_round(
    session: Session,
    *,
    round_id: int,
    attempt: int,
    now: dt.datetime,
    progress: float | None = None,
    code: str | None = None,
) -> None:
    """Say that this attempt lives and how far it is; raises RoundTaken when it no longer counts."""
    values: dict[str, Any] = {"heartbeat_at": now}
    if progress is not None and code is not None:
        values |= {"progress": min(1.0, max(0.0, progress)), "progress_code": code}
    beaten = session.execute(_own(round_id, attempt).values(**values))
    if beaten.rowcount != 1:  # type: ignore[attr-defined]
        raise RoundTaken()


def release_round(session: Session, *, round_id: int, attempt: int, is_clean: bool) -> None:
    """Put a round back into the queue; a clean stop of the worker does not count as an attempt."""
    session.execute(
        _own(round_id, attempt).values(
            status=RoundStatus.QUEUED,
            attempts=attempt - 1 if is_clean else attempt,
            progress=0.0,
            progress_code="",
            version=Round.version + 1,
        )
    )


def fail_round(
    session: Session, *, round_id: int, attempt: int, code: str, arguments: dict[str, Any], now: dt.datetime
) -> None:
    """End this attempt with a reason on which the organiser can act; nothing when it no longer counts."""
    round_ = session.get_one(Round, round_id, populate_existing=True)
    if round_.status == RoundStatus.COMPUTING and round_.attempts == attempt:
        end_failed(session, round_=round_, code=code, arguments=arguments, now=now)


def end_failed(
    session: Session, *, round_: Round, code: str, arguments: dict[str, Any], now: dt.datetime
) -> None:
    """Mark the round failed and write why."""
    round_.status = RoundStatus.FAILED
    round_.error, round_.error_arguments, round_.finished_at = code, arguments, now
    session.flush()
    record_round(session, round_, actor_id=None, action="fail_round", now=now, code=code)


def record_round(
    session: Session, round_: Round, *, actor_id: int | None, action: str, now: dt.datetime, **details: Any
) -> None:
    """Write down what happened to a round."""
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="round",
        subject_id=round_.id,
        event_id=round_.event_id,
        now=now,
        number=round_.number,
        **details,
    )


def _is_due(now: dt.datetime, stale_after: dt.timedelta) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(Round.status == RoundStatus.QUEUED, Round.due_at <= now),
        sa.and_(Round.status == RoundStatus.COMPUTING, Round.heartbeat_at < now - stale_after),
    )


def _own(round_id: int, attempt: int) -> sa.Update:
    return (
        sa.update(Round)
        .where(Round.id == round_id, Round.status == RoundStatus.COMPUTING, Round.attempts == attempt)
        .execution_options(synchronize_session=False)
    )
