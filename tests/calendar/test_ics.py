"""Calendar files, read back by two parsers that nobody here wrote."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import icalendar
import pytest
import vobject

from matchmaker.calendar.entry import CalendarEntry
from matchmaker.calendar.ics import agenda, invitation

START = dt.datetime(2026, 11, 25, 14, 0, tzinfo=dt.UTC)
ENTRY = CalendarEntry(
    uid="0123@matchmaker",
    sequence=3,
    method="REQUEST",
    status="CONFIRMED",
    starts_at=START,
    ends_at=START + dt.timedelta(minutes=20),
    stamped_at=dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC),
    summary="Ruhr, Söhne; & Cie · Hydrogen day",
    description="Ruhr, Söhne; & Cie\nHydrogen day\nhttps://matchmaker.example/events/h/meetings/4",
    location="Table 3, Messe Essen",
    url="https://matchmaker.example/events/h/meetings/4",
    organiser_name="Organiser, of the day",
    organiser_email="organiser@event.example",
)


def test_invitation_is_read_back_by_icalendar() -> None:
    calendar = icalendar.Calendar.from_ical(
        invitation(ENTRY, attendee_name="Ada Krüger", attendee_email="ada@firm.example")
    )
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    (event,) = calendar.walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("0123@matchmaker", 3, "CONFIRMED")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (ENTRY.starts_at, ENTRY.ends_at)
    assert (event["SUMMARY"], event["LOCATION"]) == (ENTRY.summary, ENTRY.location)
    assert event["ORGANIZER"] == "mailto:organiser@event.example"
    assert event["ATTENDEE"].params["CN"] == "Ada Krüger"


def test_invitation_is_read_back_by_vobject() -> None:
    text = invitation(ENTRY, attendee_name="Ada", attendee_email="ada@firm.example").decode()
    event = vobject.readOne(text).vevent
    assert event.dtstart.value == ENTRY.starts_at
    assert event.dtend.value == ENTRY.ends_at
    assert event.description.value == ENTRY.description
    assert event.url.value == ENTRY.url


def test_times_are_utc_without_zone_blocks() -> None:
    berlin = dt.timezone(dt.timedelta(hours=1))
    entry = replace(ENTRY, starts_at=START.astimezone(berlin))
    text = agenda([entry], name="My agenda").decode()
    assert "DTSTART:20261125T140000Z" in text
    assert "VTIMEZONE" not in text


def test_cancelled_entry_blocks_no_time() -> None:
    entry = replace(ENTRY, method="CANCEL", status="CANCELLED")
    calendar = icalendar.Calendar.from_ical(
        invitation(entry, attendee_name="Ada", attendee_email="ada@firm.example")
    )
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["TRANSP"]) == ("CANCEL", "CANCELLED", "TRANSPARENT")


def test_agenda_holds_every_entry_and_its_name() -> None:
    entries = [replace(ENTRY, uid=f"{number}@matchmaker") for number in range(3)]
    calendar = icalendar.Calendar.from_ical(agenda(entries, name="Hydrogen day"))
    assert (calendar["METHOD"], calendar["X-WR-CALNAME"]) == ("PUBLISH", "Hydrogen day")
    assert [event["UID"] for event in calendar.walk("VEVENT")] == [entry.uid for entry in entries]


@pytest.mark.parametrize("name", ["description", "location", "url"])
def test_empty_properties_are_left_out(name: str) -> None:
    text = agenda([replace(ENTRY, **{name: ""})], name="Agenda").decode()
    assert f"\n{name.upper()}" not in text
