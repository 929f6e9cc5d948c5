"""The pages of an event: create, describe, open, close, and what a visitor sees."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import AuditEntry, Event, EventStatus, InstallationRight
from tests.factories import make_event, make_participation, make_person, make_slots
from tests.visitor import Visitor

GROUPS = ("startups", "corporates")
TYPED = {
    "name": "Hydrogen day",
    "format": "virtual",
    "starts_on": "2026-11-25",
    "ends_on": "2026-11-25",
    "time_zone": "Europe/Berlin",
    "description": "Firms meet.",
    "organiser_name": "Chamber",
    "organiser_address": "Street 1, 45127 Essen",
    "organiser_email": "desk@chamber.example",
    "video_link": "https://video.example/{meeting}",
}


def _organiser(app: Flask, database: Database) -> Visitor:
    with database.transaction() as session:
        person = make_person(session, InstallationRight.CREATE_EVENTS)
    return Visitor(app).log_in(person)


def test_organiser_creates_opens_and_closes_an_event(app: Flask, database: Database) -> None:
    visitor = _organiser(app, database)
    visitor.get("/events/new")
    visitor.submit(**TYPED)
    assert "The event is a draft" in visitor.text()
    Visitor(app).get("/events/hydrogen-day", status=404)
    visitor.submit(action="/open")
    assert "Registration is open" in visitor.text()
    assert Visitor(app).get("/events/hydrogen-day").h1.get_text(strip=True) == "Hydrogen day"
    visitor.submit(action="/close")
    with database.reading() as session:
        assert session.scalar(sa.select(Event.status)) == EventStatus.CLOSED
        actions = list(session.scalars(sa.select(AuditEntry.action).where(AuditEntry.event_id.is_not(None))))
    assert actions == ["create_event", "open_registration", "close_registration"]


def test_create_event_with_wrong_days_keeps_what_was_typed(app: Flask, database: Database) -> None:
    visitor = _organiser(app, database)
    visitor.get("/events/new")
    page = visitor.submit(**{**TYPED, "ends_on": "2026-11-24"})
    assert "The last day cannot be before the first." in visitor.text()
    assert page.find("input", {"name": "name"})["value"] == "Hydrogen day"


def test_edit_of_an_event_that_changed_meanwhile_is_refused(app: Flask, database: Database) -> None:
    visitor = _organiser(app, database)
    visitor.get("/events/new")
    visitor.submit(**TYPED)
    other = Visitor(app)
    other.client = visitor.client
    visitor.get("/events/hydrogen-day/edit")
    other.get("/events/hydrogen-day/edit")
    visitor.submit(name="Hydrogen day 2026")
    assert "Saved." in visitor.text()
    other.submit(name="Something else")
    assert "Somebody changed this in the meantime" in other.text()


def test_public_page_shows_times_in_both_zones(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session, slug="essen")
        make_slots(session, event)
        person = make_person(session, time_zone="America/Toronto")
    Visitor(app).get("/events/essen")
    visitor = Visitor(app).log_in(person)
    visitor.get("/events/essen")
    assert "15:00–16:40 Berlin 09:00–10:40 Toronto" in visitor.text()


def test_person_with_two_participations_switches_between_them(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session, slug="essen")
        person = make_person(session)
        own = [make_participation(session, event, group=group, person=person) for group in GROUPS]
        first, second = sorted(own, key=lambda row: row.organisation.name)
        numbers, names = (first.id, second.id), (first.organisation.name, second.organisation.name)
    visitor = Visitor(app).log_in(person)
    bar = visitor.get("/events/essen").find(class_="participation-tabs")
    assert bar is not None
    assert bar.summary.get_text(strip=True) == names[0]
    tabs = [tab["href"] for tab in bar.select(".tabs a")]
    assert f"/events/essen/participations/{numbers[0]}" in tabs
    other = bar.select_one("details ul a")
    assert other.get_text() == names[1]
    page = visitor.get(str(other["href"]))
    assert page.find(class_="participation-tabs").summary.get_text(strip=True) == names[1]
    assert page.select_one(".participation-tabs [aria-current=page]").get_text() == "Profile"


def test_tabs_are_those_of_the_role(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser, slug="essen")
        delegate = make_participation(session, event).delegates[0].person_id
    visitor = Visitor(app).log_in(organiser)
    team = [tab.get_text() for tab in visitor.get("/events/essen/overview").select(".eventbar .tabs a")]
    assert team[:2] == ["Overview", "Set-up"]
    assert {"Rounds", "Team", "History"} <= set(team)
    page = visitor.get("/events/essen/blocks")
    assert [tab.get_text() for tab in page.select("[aria-current=page]")] == ["Set-up", "Times"]
    own = [tab.get_text() for tab in Visitor(app).log_in(delegate).get("/events/essen").select(".tabs a")]
    assert own == ["Profile", "Suggestions", "Agenda", "Programme"]
    assert Visitor(app).get("/events/essen").select(".tabs a") == []


def test_draft_is_seen_only_by_those_who_have_a_part_in_it(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session, slug="essen", name="Secret plans", status=EventStatus.DRAFT)
        invited = make_participation(session, event).delegates[0].person_id
        stranger = make_person(session)
    for visitor in (Visitor(app), Visitor(app).log_in(stranger)):
        visitor.get("/events/essen", status=404)
        assert "Secret plans" not in visitor.text()
    visitor.get("/events/essen/overview", status=404)
    assert "Secret plans" not in visitor.text()
    Visitor(app).log_in(invited).get("/events/essen")


def test_number_that_no_row_can_have_is_not_found(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        make_event(session, organiser, slug="essen")
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/essen/places/{10**30}/edit", status=404)
    visitor.get(f"/events/essen/history?person={10**30}&page={10**30}")
