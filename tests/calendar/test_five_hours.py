"""Berlin and Toronto are five hours apart, not six, in four windows of 2026 and 2027.

An organiser in Berlin types three o'clock; page, mail and calendar say ten o'clock in Toronto, read
back by parsers nobody here wrote.
"""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import dateutil.tz
import icalendar
import pytest
import sqlalchemy as sa
import vobject
from flask import Flask

from config import Config
from matchmaker.calendar.ics import agenda
from matchmaker.db import Database
from matchmaker.mail.message import compose
from matchmaker.models import MeetingStatus, OutboxMail
from matchmaker.services.meeting import tell_confirmed
from matchmaker.services.person_calendar import read_calendar
from matchmaker.services.seat import claim_seats
from matchmaker.web.calendar_file import meeting_entry
from tests.factories import make_event, make_meeting, make_participation, make_person, make_slots
from tests.mailbox import text_of
from tests.visitor import Visitor

BERLIN, TORONTO = "Europe/Berlin", "America/Toronto"
FIRST_AND_LAST_DAYS = [
    dt.date(2026, 3, 9), dt.date(2026, 3, 28), dt.date(2026, 10, 25), dt.date(2026, 10, 31),
    dt.date(2027, 3, 15), dt.date(2027, 3, 27), dt.date(2027, 10, 31), dt.date(2027, 11, 6),
]  # fmt: skip


@pytest.mark.parametrize("day", FIRST_AND_LAST_DAYS, ids=str)
def test_page_mail_and_calendar_agree_to_the_minute(
    app: Flask, database: Database, config: Config, now: dt.datetime, day: dt.date
) -> None:
    typed = dt.datetime.combine(day, dt.time(15, 0), ZoneInfo(BERLIN))
    with database.transaction() as session:
        event = make_event(session, starts_on=day, ends_on=day, time_zone=BERLIN)
        (slot,) = make_slots(session, event, count=1, start=typed.astimezone(dt.UTC))
        person = make_person(session, time_zone=TORONTO)
        own = make_participation(session, event, person=person)
        meeting = make_meeting(
            session,
            event,
            a=own,
            slot=slot,
            status=MeetingStatus.CONFIRMED,
            accepted_a_at=now,
            accepted_b_at=now,
        )
        claim_seats(session, meeting=meeting)
        tell_confirmed(session, event=event, meeting=meeting, now=now)
        path = f"/events/{event.slug}/meetings/{meeting.id}"
    visitor = Visitor(app).log_in(person)
    visitor.get(path)
    assert "10:00–10:20" in visitor.text()
    assert "15:00–15:20" in visitor.text()
    message = _mail(database, config, person.id, now)
    assert ", 10:00–10:20 (Toronto)" in text_of(message)
    assert ", 15:00–15:20 (Berlin)" in text_of(message)
    carried = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    files = [
        carried.get_payload(decode=True),
        visitor.client.get(f"{path}/meeting.ics").data,
        _subscribed(app, database, person.id, typed),
    ]
    assert [_read(file) for file in files] == [[(10, 0), (10, 20)]] * 3


def _mail(database: Database, config: Config, person_id: int, now: dt.datetime) -> EmailMessage:
    with database.reading() as session:
        mail = session.scalars(sa.select(OutboxMail).where(OutboxMail.person_id == person_id)).one()
        return compose(mail, config, reply_to=None, now=now)


def _subscribed(app: Flask, database: Database, person_id: int, now: dt.datetime) -> bytes:
    """The subscription as it was on that day."""
    with app.test_request_context(), database.reading() as session:
        calendars = read_calendar(session, person_id=person_id, now=now)
        return agenda([meeting_entry(row, of.event) for of in calendars for row in of.meetings], name="All")


def _read(file: bytes) -> list[tuple[int, int]]:
    """Start and end on a clock in Toronto, by two parsers and another package's zones."""
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    other = vobject.readOne(file.decode()).vevent
    moments = (event["DTSTART"].dt, event["DTEND"].dt)
    assert moments == (other.dtstart.value, other.dtend.value)
    toronto = dateutil.tz.gettz(TORONTO)
    return [(at.astimezone(toronto).hour, at.astimezone(toronto).minute) for at in moments]
