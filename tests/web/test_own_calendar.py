"""The private subscription, the choice of invitations, and links that open a calendar on the web."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest
import vobject
from flask import Flask

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import CalendarChoice, Meeting, MeetingStatus, PersonCalendar
from matchmaker.services.meeting import cancel, move
from matchmaker.services.seat import claim_seats
from tests.factories import (
    make_delegate,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)
from tests.visitor import Visitor


@dataclass
class Scene:
    """Ada sits in one meeting; a colleague of hers in the same firm sits in none."""

    event_slug: str
    event_id: int
    meeting_id: int
    later_slot: int
    ada: int
    colleague: int
    starts_at: dt.datetime


@pytest.fixture
def scene(database: Database) -> Scene:
    """A coming event with a confirmed meeting."""
    with database.transaction() as session:
        day = (clock.now() + dt.timedelta(days=20)).date()
        event = make_event(session, starts_on=day, ends_on=day)
        slots = make_slots(session, event)
        own = make_participation(session, event)
        colleague = make_person(session)
        make_delegate(session, own, colleague)
        meeting = make_meeting(
            session, event, a=own, slot=slots[0], place=make_place(session, event, name="Table 7"),
            status=MeetingStatus.CONFIRMED,
        )  # fmt: skip
        claim_seats(session, meeting=meeting)
        return Scene(
            event.slug, event.id, meeting.id, slots[2].id, own.delegates[0].person_id, colleague.id,
            slots[0].starts_at,
        )  # fmt: skip


def _subscribe(app: Flask, person_id: int) -> str:
    """Make the address on the page and give its path."""
    visitor = Visitor(app).log_in(person_id)
    visitor.get("/account/calendar")
    page = visitor.submit(action="/account/calendar/subscription")
    code = page.find("code")
    assert code is not None
    webcal = page.find("a", href=lambda href: bool(href) and href.startswith("webcal:"))
    assert webcal is not None
    path = urlsplit(code.get_text(strip=True)).path
    assert urlsplit(str(webcal["href"])).path == path
    return path


def _change(database: Database, scene: Scene, *, is_cancelled: bool) -> None:
    with database.transaction() as session:
        meeting = session.get_one(Meeting, scene.meeting_id)
        event = meeting.participation_a.event
        common = {"event": event, "meeting_id": meeting.id, "version": meeting.version, "actor_id": scene.ada}
        if is_cancelled:
            cancel(session, **common, participation_id=None, reason="", now=clock.now())
        else:
            move(session, **common, slot_id=scene.later_slot, place_id=meeting.place_id, now=clock.now())


def test_feed_holds_what_the_person_sits_in_and_follows_changes(
    app: Flask, database: Database, scene: Scene
) -> None:
    path = _subscribe(app, scene.ada)
    client = app.test_client()  # a calendar program: no cookie
    first = client.get(path)
    (event,) = icalendar.Calendar.from_ical(first.data).walk("VEVENT")
    assert (event["DTSTART"].dt, event["LOCATION"], event["SEQUENCE"]) == (scene.starts_at, "Table 7", 0)
    assert vobject.readOne(first.get_data(as_text=True)).vevent.dtstart.value == scene.starts_at
    assert first.headers["Cache-Control"] == "private, max-age=300"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    _change(database, scene, is_cancelled=False)
    moved = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    (after,) = icalendar.Calendar.from_ical(moved.data).walk("VEVENT")
    assert (moved.status_code, after["UID"], after["SEQUENCE"]) == (200, event["UID"], 1)
    _change(database, scene, is_cancelled=True)
    assert icalendar.Calendar.from_ical(client.get(path).data).walk("VEVENT") == []


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_colleague_who_does_not_sit_in_the_meeting_has_an_empty_feed(app: Flask, scene: Scene) -> None:
    path = _subscribe(app, scene.colleague)
    assert icalendar.Calendar.from_ical(app.test_client().get(path).data).walk("VEVENT") == []


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_new_address_ends_the_old_one_and_ending_ends_both(app: Flask, scene: Scene) -> None:
    old = _subscribe(app, scene.ada)
    new = _subscribe(app, scene.ada)
    client = app.test_client()
    assert [client.get(path).status_code for path in (old, new)] == [404, 200]
    visitor = Visitor(app).log_in(scene.ada)
    page = visitor.get("/account/calendar")
    assert page.find("code") is None  # shown once
    visitor.submit(action="/account/calendar/subscription/end")
    assert client.get(new).status_code == 404


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_person_chooses_which_meetings_come_as_invitations(
    app: Flask, database: Database, scene: Scene
) -> None:
    visitor = Visitor(app).log_in(scene.ada)
    visitor.get("/account/calendar")
    visitor.submit(action="/account/calendar", choice="none")
    with database.reading() as session:
        assert session.get_one(PersonCalendar, scene.ada).choice == CalendarChoice.NONE


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_links_of_the_meeting_page_open_calendars_with_the_same_minute(app: Flask, scene: Scene) -> None:
    page = Visitor(app).log_in(scene.ada).get(f"/events/{scene.event_slug}/meetings/{scene.meeting_id}")
    google, outlook = (
        parse_qs(urlsplit(str(link["href"])).query)
        for link in (page.find("a", string="Google Calendar"), page.find("a", string="Outlook on the web"))
        if link is not None
    )
    assert google["dates"][0].split("/")[0] == f"{scene.starts_at:%Y%m%dT%H%M%SZ}"
    assert dt.datetime.fromisoformat(outlook["startdt"][0]) == scene.starts_at
    assert outlook["location"] == google["location"] == ["Table 7"]
