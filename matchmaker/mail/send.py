"""Sends the outbox's due mails over SMTP: at least once, each with its own stable Message-ID.

Rows are taken in one transaction, mails leave with none open, and what became of each is written in
another. A temporary refusal or a dropped connection is tried again later; a refusal for good makes
the mail dead and is shown to the organiser.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import time
from email.message import EmailMessage

import structlog
from jinja2 import TemplateError
from sqlalchemy.orm import Session

from config import Config
from matchmaker.db import Database
from matchmaker.mail.message import compose
from matchmaker.mail.smtp import connected
from matchmaker.models import OutboxMail
from matchmaker.services.mail_passage import passages_of
from matchmaker.services.outbox_delivery import (
    LEASE,
    allowance,
    give_back,
    give_up,
    has_due_mails,
    mark_delayed,
    mark_sent,
    reply_addresses,
    take_due_mails,
)
from matchmaker.translations import spoken

log = structlog.get_logger()

BATCH = 20
BATCHES_PER_CALL = 25


class RefusedForGood(Exception):
    """The server will never take this mail (5xx)."""


class RefusedForNow(Exception):
    """The server may take this mail later (4xx)."""


def send_due_mails(database: Database, config: Config, now: dt.datetime) -> int:
    """Send what is due and give the number of mails sent; without a mail server nothing is touched.

    With `mails_per_minute` set, what exceeds it stays for the next call.
    """
    if config.smtp_url is None:
        return 0
    sent = 0
    for _batch in range(BATCHES_PER_CALL):
        with database.reading() as session:
            # reading first: an idle worker must not take SQLite's write lock
            limit = _limit(session, config, now)
            if limit == 0 or not has_due_mails(session, now=now):
                break
        with database.transaction() as session:
            mails = take_due_mails(session, limit=limit, now=now)
            events = {mail.event_id for mail in mails if mail.event_id is not None}
            replies = reply_addresses(session, event_ids=events)
            passages = passages_of(session, event_ids=events)
        if not mails:  # another sender took them meanwhile
            break
        messages = _composed(database, config, mails, replies, passages, now)
        sent += _send_all(database, config, messages, now)
    return sent


def _limit(session: Session, config: Config, now: dt.datetime) -> int:
    if not config.mails_per_minute:
        return BATCH
    return min(BATCH, allowance(session, per_minute=config.mails_per_minute, now=now))


def _composed(
    database: Database,
    config: Config,
    mails: list[OutboxMail],
    replies: dict[int, str],
    passages: dict[tuple[int, str, str], str],
    now: dt.datetime,
) -> list[tuple[OutboxMail, EmailMessage]]:
    """The messages of these rows; one that cannot be rendered is given up and stops no other."""
    messages = []
    for mail in mails:
        try:
            reply_to = replies.get(mail.event_id) if mail.event_id is not None else None
            passage = passages.get((mail.event_id or 0, mail.kind, spoken(mail.language)), "")
            messages.append((mail, compose(mail, config, reply_to=reply_to, now=now, passage=passage)))
        except (TemplateError, ValueError, KeyError, TypeError) as error:
            log.error("mail_not_rendered", mail_id=mail.id, kind=mail.kind, error=repr(error))
            with database.transaction() as session:
                give_up(session, mail_id=mail.id, error=f"could not be written: {error!r}", now=now)
    return messages


def _send_all(
    database: Database, config: Config, messages: list[tuple[OutboxMail, EmailMessage]], now: dt.datetime
) -> int:
    """Hand the messages over one connection; when it breaks, what is left waits.

    A server so slow that the lease would end first gets what is left later, before another sender
    takes it too.
    """
    waiting = list(messages)
    sent = 0
    began = time.monotonic()
    try:
        with connected(config.smtp_url or "", timeout=config.smtp_timeout) as server:
            while waiting:
                if time.monotonic() - began > LEASE.total_seconds() / 2:
                    with database.transaction() as session:
                        give_back(session, mail_ids=[mail.id for mail, _message in waiting], now=now)
                    break
                mail, message = waiting[0]
                sent += _send_one(database, server, mail, message, now)
                waiting.pop(0)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("mail_server_failed", error=repr(error), waiting=len(waiting))
        with database.transaction() as session:
            for mail, _message in waiting:
                mark_delayed(session, mail_id=mail.id, error=_told(error), now=now)
    return sent


def _send_one(
    database: Database, server: smtplib.SMTP, mail: OutboxMail, message: EmailMessage, now: dt.datetime
) -> int:
    try:
        _hand_over(server, mail, message)
    except RefusedForGood as refusal:
        # the code alone: what the server says names the recipient
        log.warning("mail_refused", mail_id=mail.id, kind=mail.kind, code=str(refusal)[:3])
        with database.transaction() as session:
            give_up(session, mail_id=mail.id, error=str(refusal), now=now)
        return 0
    except RefusedForNow as refusal:
        with database.transaction() as session:
            mark_delayed(session, mail_id=mail.id, error=str(refusal), now=now)
        return 0
    with database.transaction() as session:
        mark_sent(session, mail_id=mail.id, now=now)
    return 1


def _hand_over(server: smtplib.SMTP, mail: OutboxMail, message: EmailMessage) -> None:
    """Send one message; refusals of this mail are told apart from a server that does not work."""
    try:
        server.send_message(message, to_addrs=[mail.to_email])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = error.recipients[mail.to_email]
        raise _refusal(code, text) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:  # an address that this server cannot spell
        raise RefusedForGood(str(error)) from error


def _refusal(code: int, text: bytes | str) -> RefusedForGood | RefusedForNow:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    told = f"{code} {words}"
    return RefusedForGood(told) if code >= 500 else RefusedForNow(told)


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"
    return str(error) or type(error).__name__
