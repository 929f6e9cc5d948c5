"""The outbox over a real SMTP server: once, again later, never, and with the same Message-ID."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker.db import Database
from matchmaker.mail.send import send_due_mails
from matchmaker.models import MailStatus, Origin, OutboxMail, Participation
from matchmaker.services.outbox import queue_mail
from matchmaker.services.outbox_delivery import LEASE, MAXIMUM_ATTEMPTS, take_due_mails
from tests.factories import make_event, make_participation, make_person
from tests.mailbox import Mailbox, port_of, start_mail_server

pytestmark = pytest.mark.both_databases


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, int]]:
    """A running mail server and its port."""
    controller, mailbox = start_mail_server()
    yield mailbox, port_of(controller)
    controller.stop()


@pytest.fixture
def mailbox(server: tuple[Mailbox, int]) -> Mailbox:
    """What that server got."""
    return server[0]


@pytest.fixture
def mailing(config: Config, server: tuple[Mailbox, int]) -> Config:
    """Settings with that mail server."""
    return replace(config, smtp_url=f"smtp://127.0.0.1:{server[1]}")


def _queue(database: Database, now: dt.datetime, *, key: str = "one", email: str = "ada@firm.example") -> int:
    with database.transaction() as session:
        person = make_person(session, email=email, name="Ada Krüger")
        arguments = {"token": "secret-token", "expires_at": (now + dt.timedelta(days=1)).isoformat()}
        queue_mail(session, kind="confirm_email", key=key, person=person, arguments=arguments, now=now)
        return session.scalars(sa.select(OutboxMail.id).where(OutboxMail.key == key)).one()


def _mail(database: Database, number: int) -> OutboxMail:
    with database.reading() as session:
        return session.get_one(OutboxMail, number)


def test_due_mail_is_delivered_once_and_its_token_forgotten(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    number = _queue(database, now)
    assert [send_due_mails(database, mailing, now), send_due_mails(database, mailing, now)] == [1, 0]
    (message,) = mailbox.messages
    mail = _mail(database, number)
    assert (mail.status, mail.sent_at, mail.arguments) == (MailStatus.SENT, now, {})
    assert message["Message-ID"] == mail.message_id
    assert message["To"] == "Ada Krüger <ada@firm.example>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    body = message.get_body(("plain",))
    assert body is not None
    assert "secret-token" in body.get_content()


def test_mail_is_not_sent_before_it_is_due(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    _queue(database, now)
    assert send_due_mails(database, mailing, now - dt.timedelta(seconds=1)) == 0
    assert mailbox.messages == []


def test_without_a_mail_server_mails_wait(database: Database, config: Config, now: dt.datetime) -> None:
    number = _queue(database, now)
    assert send_due_mails(database, config, now) == 0
    assert (_mail(database, number).status, _mail(database, number).attempts) == (MailStatus.PENDING, 0)


def test_temporary_refusal_is_tried_again_with_the_same_message_id(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    number = _queue(database, now)
    mailbox.answers = ["451 greylisted"]
    assert send_due_mails(database, mailing, now) == 0
    waiting = _mail(database, number)
    assert (waiting.status, waiting.last_error) == (MailStatus.PENDING, "451 greylisted")
    assert send_due_mails(database, mailing, now + dt.timedelta(seconds=59)) == 0
    assert send_due_mails(database, mailing, now + dt.timedelta(seconds=60)) == 1
    assert mailbox.messages[0]["Message-ID"] == waiting.message_id


def test_mail_refused_again_and_again_is_given_up(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    number = _queue(database, now, email="full@firm.example")
    mailbox.refused = {"full@firm.example": "452 mailbox full"}
    for attempt in range(MAXIMUM_ATTEMPTS + 2):
        send_due_mails(database, mailing, now + attempt * dt.timedelta(hours=5))
    mail = _mail(database, number)
    assert (mail.status, mail.attempts) == (MailStatus.DEAD, MAXIMUM_ATTEMPTS)


def test_unknown_recipient_makes_the_mail_dead_and_stops_no_other(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    dead = _queue(database, now, key="dead", email="nobody@firm.example")
    _queue(database, now, key="good", email="good@firm.example")
    mailbox.refused = {"nobody@firm.example": "550 no such user"}
    assert send_due_mails(database, mailing, now) == 1
    mail = _mail(database, dead)
    assert (mail.status, mail.last_error, mail.arguments) == (MailStatus.DEAD, "550 no such user", {})


def test_refused_invitation_is_marked_at_its_participation(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    with database.transaction() as session:
        person = make_person(session, email="gone@firm.example")
        participation = make_participation(
            session, make_event(session), person=person, origin=Origin.IMPORTED
        )
        mail = OutboxMail(
            key="invitation", event_id=participation.event_id, participation_id=participation.id,
            kind="invitation_of_tests", to_email=person.email, arguments={}, message_id="<i@matchmaker>",
            status=MailStatus.PENDING, created_at=now, due_at=now,
        )  # fmt: skip
        session.add(mail)
        number = participation.id
    send_due_mails(database, mailing, now)  # there are no templates of this kind: given up before SMTP
    with database.reading() as session:
        row = session.get_one(Participation, number)
        assert row.invitation_refused_at == now
        assert "invitation_of_tests" in row.invitation_error


def test_server_that_is_down_delays_all_and_loses_none(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = replace(mailing, smtp_url=f"smtp://127.0.0.1:{probe.getsockname()[1]}")
        for number in range(3):
            _queue(database, now, key=f"mail-{number}", email=f"a{number}@firm.example")
        for minute in range(61):
            assert send_due_mails(database, closed, now + dt.timedelta(minutes=minute)) == 0
    assert send_due_mails(database, mailing, now + dt.timedelta(hours=2)) == 3


def test_mail_of_a_sender_killed_in_between_is_sent_with_the_same_message_id(
    database: Database, mailing: Config, mailbox: Mailbox, now: dt.datetime
) -> None:
    number = _queue(database, now)
    with database.transaction() as session:  # taken, and then the process is gone
        take_due_mails(session, limit=10, now=now)
    assert send_due_mails(database, mailing, now + LEASE - dt.timedelta(seconds=1)) == 0
    assert send_due_mails(database, mailing, now + LEASE) == 1
    assert mailbox.messages[0]["Message-ID"] == _mail(database, number).message_id
