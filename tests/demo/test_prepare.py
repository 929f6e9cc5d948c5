"""The demonstration is filled once, with published rounds on both events."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from config import Config
from matchmaker.db import Database
from matchmaker.demo.prepare import LOG_INS, prepare_demo
from matchmaker.models import (
    Event,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Round,
    RoundStatus,
    Wish,
)
from tests.conftest import leave_empty


def test_demo_is_filled_once_published_and_only_invented_firms_wish_or_decline(
    database: Database, config: Config
) -> None:
    leave_empty(database)
    own = replace(config, is_demo=True, encoder="ngrams")
    assert prepare_demo(database, own)
    assert not prepare_demo(database, own)
    with database.reading() as session:
        assert session.scalars(sa.select(Round.status)).all() == [RoundStatus.PUBLISHED] * 2
        events = session.scalars(sa.select(Event).order_by(Event.id)).all()
        assert [event.is_demo for event in events] == [True, True]
        for event in events:
            confirmed = session.scalar(
                sa.select(sa.func.count()).where(
                    Meeting.event_id == event.id, Meeting.status == MeetingStatus.CONFIRMED
                )
            )
            assert confirmed
        emails = set(session.scalars(sa.select(Person.email)))
        assert {email for _role, email in LOG_INS} <= emails
        assert {email.rsplit(".", 1)[1] for email in emails} == {"example"}

        wishing = session.scalars(
            sa.select(Organisation.is_invented)
            .join(Participation)
            .where(Participation.id.in_(sa.select(Wish.from_id)))
        ).all()
        ending = session.scalars(
            sa.select(Organisation.is_invented)
            .join(Participation)
            .where(Participation.id.in_(sa.select(Meeting.ended_by_id)))
        ).all()
    assert set(wishing) == {True}
    assert set(ending) == {True}
