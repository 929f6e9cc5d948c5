"""What happened to a mail of the outbox: taken for sending, sent, to be tried again, given up.

A mail that is taken is due again after LEASE; when its sender dies in between, another one sends it
with the same Message-ID.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Event, MailStatus, OutboxMail, Participation

LEASE = dt.timedelta(minutes=10)
MAXIMUM_ATTEMPTS = 14
FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=4)


def has_due_mails(session: Session, *, now: dt.datetime) -> bool:
    """Whether any mail is to be sent now."""
    return bool(session.scalar(sa.select(sa.exists().where(*_is_due(now)))))


def take_due_mails(session: Session, *, limit: int, now: dt.datetime) -> list[OutboxMail]:
    """Take the mails that have been due longest; nobody else takes them before the lease ends."""
    mails = session.scalars(
        sa.select(OutboxMail)
        .where(*_is_due(now))
        .order_by(OutboxMail.due_at, OutboxMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for mail in mails:
        mail.due_at = now + LEASE
        mail.attempts += 1
    session.flush()
    return list(mails)


def hold_mails(session: Session, *, now: dt.datetime) -> int:
    """Keep every waiting mail back until `release_mails`; gives how many are held."""
    waiting = session.scalars(sa.select(OutboxMail).where(OutboxMail.status == MailStatus.PENDING)).all()
    for mail in waiting:
        mail.held_at = mail.held_at or now
    session.flush()
    return len(waiting)


def release_mails(session: Session, *, now: dt.datetime) -> int:
    """Let the mails go that a restore has held back; gives how many."""
    held = session.scalars(
        sa.select(OutboxMail).where(OutboxMail.status == MailStatus.PENDING, OutboxMail.held_at.is_not(None))
    ).all()
    for mail in held:
        mail.held_at = None
        mail.due_at = max(mail.due_at, now)
    session.flush()
    return len(held)


def reply_addresses(session: Session, *, event_ids: set[int]) -> dict[int, str]:
    """Where answers to an event's mails go: its organiser."""
    rows = session.execute(sa.select(Event.id, Event.organiser_email).where(Event.id.in_(event_ids)))
    return {number: address for number, address in rows if address}


def allowance(session: Session, *, per_minute: int, now: dt.datetime) -> int:
    """How many more mails may leave within the minute that ends now."""
    sent = sa.select(sa.func.count()).where(OutboxMail.sent_at > now - dt.timedelta(minutes=1))
    return max(0, per_minute - (session.scalar(sent) or 0))


def give_back(session: Session, *, mail_ids: list[int], now: dt.datetime) -> None:
    """Let go of mails that were taken and not tried."""
    session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.id.in_(mail_ids), OutboxMail.status == MailStatus.PENDING)
        .values(due_at=now, attempts=OutboxMail.attempts - 1)
    )


def mark_sent(session: Session, *, mail_id: int, now: dt.datetime) -> None:
    """The mail server has it; what the mail said is forgotten, because it may hold a link's token."""
    mail = session.get_one(OutboxMail, mail_id)
    mail.status = MailStatus.SENT
    mail.sent_at = now
    mail.arguments = {}
    mail.last_error = ""
    session.flush()


def mark_delayed(session: Session, *, mail_id: int, error: str, now: dt.datetime) -> None:
    """Try again later, each time after twice the wait, and give up after MAXIMUM_ATTEMPTS."""
    mail = session.get_one(OutboxMail, mail_id)
    if mail.attempts >= MAXIMUM_ATTEMPTS:
        give_up(session, mail_id=mail_id, error=error, now=now)
        return
    mail.due_at = now + wait_after(mail.attempts)
    mail.last_error = error[:500]
    session.flush()


def give_up(session: Session, *, mail_id: int, error: str, now: dt.datetime) -> None:
    """The mail server refused it for good; a refused invitation is seen in the list of participations."""
    mail = session.get_one(OutboxMail, mail_id)
    mail.status = MailStatus.DEAD
    mail.last_error = error[:500]
    mail.arguments = {}
    if mail.participation_id is not None and mail.kind.startswith("invitation"):
        session.execute(
            sa.update(Participation)
            .where(Participation.id == mail.participation_id)
            .values(invitation_refused_at=now, invitation_error=error[:300])
        )
    session.flush()


def wait_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts: 1, 2, 4, 8 ... minutes, at most LONGEST_WAIT."""
    doubled: dt.timedelta = FIRST_WAIT * 2 ** (attempts - 1)
    return min(doubled, LONGEST_WAIT)


def _is_due(now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return OutboxMail.status == MailStatus.PENDING, OutboxMail.due_at <= now, OutboxMail.held_at.is_(None)
