"""What fell due while no worker lived is done once, when one comes back, however late that is."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import MailStatus, OutboxMail, Round, RoundStatus, RoundStep
from matchmaker.services.outbox import queue_mail
from matchmaker.services.round import queue_round
from tests.factories import make_person
from tests.mailbox import Mailbox
from tests.nursery import Workers, wait_until
from tests.rounds import make_fair

LATE = (dt.timedelta(seconds=1), dt.timedelta(seconds=61), dt.timedelta(days=1))


def _fall_due(database: Database, late: dt.timedelta) -> None:
    """A mail and a round that were due so long ago."""
    due_at = clock.now() - late
    with database.transaction() as session:
        person = make_person(session, email=f"late{late.total_seconds():.0f}@firm.example")
        arguments = {"token": "a-token", "expires_at": clock.now().isoformat()}
        queue_mail(
            session, kind="confirm_email", key=f"late-{late}", person=person, arguments=arguments, now=due_at
        )
        event = make_fair(session).event
        settings = {"least_fit": 0.0, "seconds": 1}
        queue_round(session, event=event, step=RoundStep.BOTH, actor_id=None, now=due_at, settings=settings)


def _is_done(database: Database) -> bool:
    with database.reading() as session:
        late = OutboxMail.key.startswith("late-")
        sent = set(session.scalars(sa.select(OutboxMail.status).where(late)))
        rounds = set(session.scalars(sa.select(Round.status)))
    return sent == {MailStatus.SENT} and rounds == {RoundStatus.DRAFT}


@pytest.mark.both_databases
def test_work_that_fell_due_in_a_downtime_is_done_once(
    database: Database, workers: Workers, mail_server: tuple[Mailbox, int]
) -> None:
    mailbox, port = mail_server
    for late in LATE:
        _fall_due(database, late)
    first = workers.start(smtp_port=port, stale_after=60)
    wait_until(lambda: _is_done(database), "the late work")
    workers.stop(first)
    # one more start finds nothing to do again
    second = workers.start(smtp_port=port, stale_after=60)
    workers.stop(second)
    # the fairs' people get reminders besides
    addresses = [message["To"].addresses[0].addr_spec for message in mailbox.messages]
    assert sorted(address for address in addresses if address.startswith("late")) == sorted(
        f"late{late.total_seconds():.0f}@firm.example" for late in LATE
    )
    with database.reading() as session:
        assert list(session.scalars(sa.select(Round.attempts))) == [1, 1, 1]
