"""The pages of an event: create, describe, open, close, and what a visitor sees."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import AuditEntry, Event, EventStatus, InstallationRight
from tests.factories import make_event, make_person, make_slots
from tests.visitor import Visitor

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
