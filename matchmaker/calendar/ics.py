"""Writes iCalendar (RFC 5545, RFC 5546): all times in UTC, because generated zone blocks are misread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

from matchmaker.calendar.entry import CalendarEntry, Method

READ_AGAIN = dt.timedelta(minutes=30)
PRODUCT = "-//Matchmaker//Event matchmaking//EN"


def agenda(entries: Iterable[CalendarEntry], *, name: str, is_feed: bool = False) -> bytes:
    """A file of many entries, to be imported as they are (METHOD:PUBLISH), or to be read again and again."""
    calendar = _calendar("PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    if is_feed:
        calendar.add("REFRESH-INTERVAL", READ_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", vDuration(READ_AGAIN))
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def invitation(entry: CalendarEntry, *, attendee_name: str, attendee_email: str) -> bytes:
    """One entry for one person, as a mail carries it (METHOD:REQUEST or CANCEL)."""
    calendar = _calendar(entry.method)
    event = _event(entry)
    attendee = vCalAddress(f"mailto:{attendee_email}")
    attendee.params["CN"] = vText(attendee_name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    # answers are given in the service, so the calendar need not ask for one
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("ATTENDEE", attendee)
    calendar.add_component(event)
    return calendar.to_ical()


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    event.add("STATUS", entry.status)
    event.add("DTSTAMP", entry.stamped_at.astimezone(dt.UTC))
    event.add("DTSTART", entry.starts_at.astimezone(dt.UTC))
    event.add("DTEND", entry.ends_at.astimezone(dt.UTC))
    event.add("SUMMARY", entry.summary)
    event.add("TRANSP", "TRANSPARENT" if entry.status == "CANCELLED" else "OPAQUE")
    for name, text in (("DESCRIPTION", entry.description), ("LOCATION", entry.location), ("URL", entry.url)):
        if text:
            event.add(name, text)
    if entry.organiser_email:
        organiser = vCalAddress(f"mailto:{entry.organiser_email}")
        organiser.params["CN"] = vText(entry.organiser_name)
        event.add("ORGANIZER", organiser)
    return event
