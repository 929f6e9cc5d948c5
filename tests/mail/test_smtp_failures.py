"""A mail server that refuses, dawdles, hangs up or is away: mails end as docs/running.md says."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.mail.send import send_due_mails
from matchmaker.models import MailStatus, OutboxMail
from matchmaker.services.outbox import queue_mail
from matchmaker.services.password import set_password
from tests.factories import PASSWORD, make_person
from tests.mailbox import Mailbox, port_of, start_mail_server
from tests.visitor import Visitor

MINUTE = dt.timedelta(minutes=1)


class Troubled(Mailbox):
    """A mail server that makes trouble with the next mails, in the order of `troubles`."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail, after the trouble or before it."""
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "hang up":
            server.transport.abort()
            return "421 gone"
        answer = await super().handle_DATA(server, session, envelope)
        if trouble == "hang up after keeping":
            server.transport.abort()
        if trouble == "dawdle":
            await asyncio.sleep(0.6)
        return answer


@pytest.fixture
def server() -> Iterator[tuple[Troubled, int]]:
    """A running mail server and its port."""
    mailbox = Troubled()
    controller, _ = start_mail_server(mailbox)
    yield mailbox, port_of(controller)
    controller.stop()


@pytest.fixture
def mailbox(server: tuple[Troubled, int]) -> Troubled:
    """What that server got."""
    return server[0]


@pytest.fixture
def mailing(config: Config, server: tuple[Troubled, int]) -> Config:
    """Settings with that mail server, which is waited for half a second."""
    return replace(config, smtp_url=f"smtp://127.0.0.1:{server[1]}", smtp_timeout=0.3)


@pytest.fixture
def away(mailing: Config) -> Config:
    """The same settings while nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return replace(mailing, smtp_url=f"smtp://127.0.0.1:{probe.getsockname()[1]}")


def _queue(database: Database, now: dt.datetime, count: int, *, name: str = "mail") -> None:
    with database.transaction() as session:
        for number in range(count):
            person = make_person(session, email=f"{name}{number}@firm.example")
            queue_mail(
                session, kind="password_changed", key=f"{name}{number}", person=person,
                arguments={"at": now.isoformat()}, now=now,
            )  # fmt: skip


def _states(database: Database) -> list[tuple[str, MailStatus, int]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
        return [(row.key, row.status, row.attempts) for row in rows]


def _received(mailbox: Mailbox) -> Counter[str]:
    return Counter(str(message["Message-ID"]) for message in mailbox.messages)


@pytest.mark.both_databases
def test_server_that_is_away_for_an_hour_loses_nothing_and_repeats_nothing(
    database: Database, mailing: Config, away: Config, mailbox: Troubled, now: dt.datetime
) -> None:
    _queue(database, now, 25)
    for minute in range(60):
        if minute == 30:
            _queue(database, now + minute * MINUTE, 5, name="later")
        assert send_due_mails(database, away, now + minute * MINUTE) == 0
    # whatever had waited longest is tried again within twice the time that it had waited
    for minute in range(60, 130):
        send_due_mails(database, mailing, now + minute * MINUTE)
    assert {status for _key, status, _attempts in _states(database)} == {MailStatus.SENT}
    assert sorted(_received(mailbox).values()) == [1] * 30


def test_connection_that_drops_delays_that_mail_and_those_behind_it(
    database: Database, mailing: Config, mailbox: Troubled, now: dt.datetime
) -> None:
    _queue(database, now, 3)
    mailbox.troubles = ["", "hang up"]
    assert send_due_mails(database, mailing, now) == 1
    assert [status for _key, status, _attempts in _states(database)] == [
        MailStatus.SENT, MailStatus.PENDING, MailStatus.PENDING,
    ]  # fmt: skip
    assert send_due_mails(database, mailing, now + MINUTE) == 2
    assert sorted(_received(mailbox).values()) == [1, 1, 1]


@pytest.mark.parametrize("trouble", ["hang up after keeping", "dawdle"])
def test_mail_whose_answer_was_lost_comes_again_with_the_same_message_id(
    database: Database, mailing: Config, mailbox: Troubled, now: dt.datetime, trouble: str
) -> None:
    _queue(database, now, 1)
    mailbox.troubles = [trouble]
    assert send_due_mails(database, mailing, now) == 0
    assert send_due_mails(database, mailing, now + MINUTE) == 1
    assert list(_received(mailbox).values()) == [2]


def test_refusals_end_as_the_docs_say(
    database: Database, mailing: Config, mailbox: Troubled, now: dt.datetime
) -> None:
    _queue(database, now, 4)
    mailbox.answers = ["451 try later", "554 spam", "421 too busy"]
    assert send_due_mails(database, mailing, now) == 0
    assert _states(database) == [
        ("mail0", MailStatus.PENDING, 1),
        ("mail1", MailStatus.DEAD, 1),
        ("mail2", MailStatus.PENDING, 1),
        ("mail3", MailStatus.PENDING, 1),  # 421 ends the connection
    ]
    assert send_due_mails(database, mailing, now + MINUTE) == 3


def test_no_more_mails_leave_in_a_minute_than_the_limit(
    database: Database, mailing: Config, mailbox: Troubled, now: dt.datetime
) -> None:
    limited = replace(mailing, mails_per_minute=5)
    _queue(database, now, 12)
    turns = [now + turn * dt.timedelta(seconds=5) for turn in range(25)]
    sent = [send_due_mails(database, limited, at) for at in turns]
    assert [(turn, count) for turn, count in enumerate(sent) if count] == [(0, 5), (12, 5), (24, 2)]


def test_no_request_waits_for_the_mail_server(database: Database, config: Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        app: Flask = create_app(
            replace(config, smtp_url=f"smtp://127.0.0.1:{listener.getsockname()[1]}"), database
        )
        with database.transaction() as session:
            person = make_person(session)
            set_password(person, PASSWORD)
            email = person.email
        visitor = Visitor(app)
        visitor.get("/password/forgotten")
        visitor.submit(email=email)
        with pytest.raises(BlockingIOError):  # nobody knocked
            listener.accept()
    assert [status for _key, status, _attempts in _states(database)] == [MailStatus.PENDING]
