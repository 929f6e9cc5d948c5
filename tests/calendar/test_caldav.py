"""The life of a meeting in a calendar on a real CalDAV server: one entry while it stands, then none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.message import compose
from matchmaker.models import Meeting, OutboxMail
from matchmaker.services.meeting import accept, cancel, move
from matchmaker.services.person_calendar import make_feed
from matchmaker.services.seat import claim_seats
from tests.caldav import CalendarProgram, running_radicale
from tests.factories import make_event, make_meeting, make_place, make_slots


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running server."""
    with running_radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port


@dataclass
class Life:
    """A meeting and what happens to it; `ada` sits in it."""

    database: Database
    config: Config
    meeting_id: int
    ada: int
    slots: list[tuple[int, dt.datetime]]

    def happen(self, what: str) -> list[bytes]:
        """Do it, and give the calendar messages of the mails that ada got for it."""
        with self.database.transaction() as session:
            last = session.scalar(sa.select(sa.func.max(OutboxMail.id))) or 0
            meeting = session.get_one(Meeting, self.meeting_id)
            event, now = meeting.participation_a.event, clock.now()
            common = {"event": event, "meeting_id": meeting.id, "actor_id": self.ada, "now": now}
            if what == "accept":
                for side in (meeting.participation_a_id, meeting.participation_b_id):
                    accept(session, **common, participation_id=side, version=meeting.version)
            elif what == "move":
                move(
                    session, **common, slot_id=self.slots[1][0], place_id=meeting.place_id,
                    version=meeting.version,
                )  # fmt: skip
            else:
                cancel(session, **common, participation_id=None, reason="", version=meeting.version)
        with self.database.reading() as session:
            mails = session.scalars(
                sa.select(OutboxMail).where(OutboxMail.id > last, OutboxMail.person_id == self.ada)
            )
            messages = [compose(mail, self.config, reply_to=None, now=clock.now()) for mail in mails]
        return [
            part.get_payload(decode=True)
            for message in messages
            for part in message.walk()
            if part.get_content_type() == "text/calendar"
        ]


@pytest.fixture
def life(database: Database, config: Config) -> Life:
    """A proposed meeting twenty days ahead."""
    with database.transaction() as session:
        day = (clock.now() + dt.timedelta(days=20)).date()
        event = make_event(session, starts_on=day, ends_on=day, organiser_email="olga@event.example")
        slots = make_slots(session, event)
        meeting = make_meeting(session, event, slot=slots[0], place=make_place(session, event))
        claim_seats(session, meeting=meeting)
        ada = meeting.participation_a.delegates[0].person_id
        return Life(database, config, meeting.id, ada, [(slot.id, slot.starts_at) for slot in slots])


def _starts(program: CalendarProgram) -> list[dt.datetime]:
    return [entry["DTSTART"].dt for entry in program.entries()]


def test_mails_keep_one_entry_through_a_meetings_life(life: Life, radicale: int) -> None:
    program = CalendarProgram(radicale, "mails")
    (invited,) = life.happen("accept")
    program.take(invited)
    assert _starts(program) == [life.slots[0][1]]
    (moved,) = life.happen("move")
    program.take(moved)
    program.take(invited)  # a mail that comes late, or twice, changes nothing
    assert _starts(program) == [life.slots[1][1]]
    (cancelled,) = life.happen("cancel")
    program.take(cancelled)
    program.take(cancelled)
    assert _starts(program) == []


def test_feed_keeps_one_entry_through_a_meetings_life(app: Flask, life: Life, radicale: int) -> None:
    with life.database.transaction() as session:
        token = make_feed(session, person_id=life.ada, now=clock.now())
    program, client = CalendarProgram(radicale, "feed"), app.test_client()
    expected = {"accept": [life.slots[0][1]], "move": [life.slots[1][1]], "cancel": []}
    for what, starts in expected.items():
        life.happen(what)
        program.synchronise(client.get(f"/calendar/{token}.ics").data)
        assert _starts(program) == starts
    assert isinstance(program.entries(), list)


def test_mails_and_feed_are_the_same_entry(app: Flask, life: Life, radicale: int) -> None:
    program = CalendarProgram(radicale, "both")
    (invited,) = life.happen("accept")
    program.take(invited)
    with life.database.transaction() as session:
        token = make_feed(session, person_id=life.ada, now=clock.now())
    feed = app.test_client().get(f"/calendar/{token}.ics").data
    (event,) = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    program.synchronise(feed)
    assert [entry["UID"] for entry in program.entries()] == [event["UID"]]
