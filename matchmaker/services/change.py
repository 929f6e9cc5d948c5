"""Changes whose mails wait a while: begun, sent at once, or taken back together with their mails."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import Change, ChangeKind, MailStatus, OutboxMail, Person
from matchmaker.services.audit import record

HOLD = dt.timedelta(minutes=10)
"""How long the mails of a large change wait, so that an organiser can think again."""

AT_ONCE = dt.timedelta(0)


class MailsOut(Conflict):
    """Somebody may have read of it already."""

    message = N_("Its mails are on their way already, so it can no longer be undone.")


class AnsweredMeanwhile(Conflict):
    """Somebody has acted on what would be taken back."""

    message = N_(
        "Somebody has already answered or changed one of these meetings, so it can no longer be undone."
    )


class ChangedMeanwhile(Conflict):
    """What would be put back is no longer as this change left it."""

    message = N_("It was changed again meanwhile. Undo the later change first, or change it by hand.")


def begin_change(
    session: Session,
    *,
    event_id: int,
    kind: ChangeKind,
    actor_id: int | None,
    now: dt.datetime,
    hold: dt.timedelta,
    before: dict[str, Any] | None = None,
    **details: Any,
) -> Change:
    """Write down a change; mails queued with it are due when it is held no longer."""
    change = Change(
        event_id=event_id,
        kind=kind,
        made_at=now,
        made_by_id=actor_id,
        held_until=now + hold,
        before=before or {},
        details=details,
    )
    session.add(change)
    session.flush()
    return change


def find_change(session: Session, *, event_id: int, change_id: int) -> Change:
    """The change of this event; raises NotFound."""
    change = session.scalar(sa.select(Change).where(Change.id == change_id, Change.event_id == event_id))
    if change is None:
        raise NotFound()
    return change


def is_of(change: Change, *, participation_id: int) -> bool:
    """Whether it took the participation or one of its delegates out, as its own people can."""
    details = change.details
    return (
        participation_id in details.get("withdrawn", ())
        or details.get("participation_id") == participation_id
    )


def find_own_change(
    session: Session, *, event_id: int, change_id: int, participation_id: int, actor_id: int
) -> Change:
    """What this person changed in this participation; raises NotFound."""
    change = find_change(session, event_id=event_id, change_id=change_id)
    if change.made_by_id != actor_id or not is_of(change, participation_id=participation_id):
        raise NotFound()
    return change


def held_changes(
    session: Session, *, event_id: int, now: dt.datetime
) -> list[tuple[Change, str | None, int]]:
    """What can still be undone, the latest first: the change, who made it, how many mails wait."""
    waiting = (
        sa.select(OutboxMail.change_id, sa.func.count().label("count"))
        .where(OutboxMail.status == MailStatus.PENDING, OutboxMail.event_id == event_id)
        .group_by(OutboxMail.change_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Change, Person.name, sa.func.coalesce(waiting.c.count, 0))
        .outerjoin(Person, Person.id == Change.made_by_id)
        .outerjoin(waiting, waiting.c.change_id == Change.id)
        .where(Change.event_id == event_id, Change.undone_at.is_(None), Change.held_until > now)
        .order_by(Change.id.desc())
    )
    return [(change, name, count) for change, name, count in rows]


def send_now(session: Session, *, change: Change, actor_id: int, now: dt.datetime) -> None:
    """Hold the mails back no longer; doing it twice changes nothing."""
    if change.undone_at is not None or change.held_until <= now:
        return
    change.held_until = now
    session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.change_id == change.id, OutboxMail.status == MailStatus.PENDING)
        .values(due_at=now)
    )
    session.flush()
    record_change(session, change, action="send_now", actor_id=actor_id, now=now)


def take_back(session: Session, *, change: Change, actor_id: int, now: dt.datetime) -> bool:
    """Mark a change as undone and delete its mails; False when it was undone before; raises MailsOut.

    The caller puts the rows back in the same transaction.
    """
    taken = session.execute(
        sa.update(Change)
        .where(Change.id == change.id, Change.undone_at.is_(None), Change.held_until > now)
        .values(undone_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(change)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        if change.undone_at is not None:
            return False
        raise MailsOut()
    mails = sa.select(sa.func.count()).where(OutboxMail.change_id == change.id)
    count = session.scalar(mails) or 0
    deleted = session.execute(
        # a mail that a sender has taken has an attempt: with it the change has left the house
        sa.delete(OutboxMail).where(
            OutboxMail.change_id == change.id,
            OutboxMail.status == MailStatus.PENDING,
            OutboxMail.attempts == 0,
        )
    )
    if deleted.rowcount != count:  # type: ignore[attr-defined]
        raise MailsOut()
    record_change(session, change, action="undo_change", actor_id=actor_id, now=now)
    return True


def record_change(
    session: Session, change: Change, *, action: str, actor_id: int | None, now: dt.datetime
) -> None:
    """Write down what happened to a change."""
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="change",
        subject_id=change.id,
        event_id=change.event_id,
        now=now,
        kind=change.kind.value,
        name=change.details.get("name", ""),
        number=change.details.get("number"),
    )
