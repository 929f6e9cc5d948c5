"""Mails whose sender is killed: none is lost, at most one a kill comes twice, as the same message."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import sqlalchemy as sa

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import MailStatus, OutboxMail
from matchmaker.services.outbox import queue_mail
from tests.factories import make_person
from tests.mailbox import Mailbox
from tests.nursery import Workers, wait_until

KILLS = 20
MAILS = 120


def _queue_mails(database: Database) -> None:
    with database.transaction() as session:
        for number in range(MAILS):
            person = make_person(session, email=f"reader{number}@firm.example")
            arguments = {"token": "a-token", "expires_at": clock.now().isoformat()}
            queue_mail(
                session, kind="confirm_email", key=f"mail-{number}", person=person, arguments=arguments,
                now=clock.now(),
            )  # fmt: skip


def _end_leases(database: Database) -> None:
    """As if the ten minutes had passed after which another sender takes a dead one's mails."""
    pending = OutboxMail.status == MailStatus.PENDING
    with database.transaction() as session:
        session.execute(sa.update(OutboxMail).where(pending).values(due_at=clock.now()))


def _waiting(database: Database) -> int:
    """How many mails are not sent yet."""
    with database.reading() as session:
        pending = sa.select(sa.func.count()).where(OutboxMail.status == MailStatus.PENDING)
        return session.scalar(pending) or 0


@pytest.mark.slow
@pytest.mark.both_databases
def test_killed_senders_lose_no_mail_and_repeat_at_most_one_each(
    database: Database, workers: Workers, mail_server: tuple[Mailbox, int]
) -> None:
    mailbox, port = mail_server
    _queue_mails(database)
    chance = random.Random(11)
    interrupted = 0
    for _kill in range(KILLS):
        worker = workers.start(smtp_port=port, stale_after=0.5)
        enough = min(MAILS, len(mailbox.messages) + chance.randint(1, 4))
        wait_until(lambda enough=enough: len(mailbox.messages) >= enough, "some mails")
        workers.kill(worker)
        _end_leases(database)
        interrupted += _waiting(database) > 0
    worker = workers.start(smtp_port=port, stale_after=0.5)
    wait_until(lambda: not _waiting(database), "all mails to be sent")
    workers.stop(worker)
    assert interrupted == KILLS, "the kills came too late"
    times = Counter(str(message["To"]) for message in mailbox.messages)
    messages = {(str(message["To"]), str(message["Message-ID"])) for message in mailbox.messages}
    assert len(times) == len(messages) == MAILS
    assert sum(times.values()) - MAILS <= KILLS
    with database.reading() as session:
        stored = session.execute(sa.select(OutboxMail.status, OutboxMail.message_id)).all()
    assert {row.status for row in stored} == {MailStatus.SENT}
    assert {row.message_id for row in stored} == {message_id for _to, message_id in messages}
