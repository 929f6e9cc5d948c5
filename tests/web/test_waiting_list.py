"""The organiser's page of the waiting list, and the rules that govern wishes and requests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import Event, FreedSlot, Meeting, MeetingStatus
from tests.factories import NOW, add, make_event, make_meeting, make_person, make_slots
from tests.visitor import Visitor


def _freed(database: Database, event_id: int, count: int) -> None:
    with database.transaction() as session:
        event = session.get_one(Event, event_id)
        slot = make_slots(session, event, count=1, start=NOW + dt.timedelta(days=20))[0]
        for _number in range(count):
            ended = make_meeting(session, event, slot=slot, status=MeetingStatus.CANCELLED)
            offer = make_meeting(session, event, slot=slot, status=MeetingStatus.EXPIRED)
            add(
                session,
                FreedSlot(meeting_id=ended.id, event_id=event.id, offer_id=offer.id, dealt_at=NOW),
            )


def test_waiting_list_shows_every_offer_in_a_constant_number_of_queries(
    app: Flask, database: Database
) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser)
        event_id, path = event.id, f"/events/{event.slug}/waiting-list"
    visitor = Visitor(app).log_in(organiser.id)
    visitor.get(path)
    assert "No slot has come free yet." in visitor.text()
    counts = []
    for more in (1, 2):
        _freed(database, event_id, more)
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        sa.event.listen(database.engine, "before_cursor_execute", note)
        page = visitor.get(path)
        sa.event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert len(page.find_all("tbody")[0].find_all("tr")) == 3
    assert counts[0] == counts[1]
    with database.reading() as session:
        assert session.scalars(sa.select(Meeting.status).distinct()).all()


def test_organiser_sets_the_rules_of_wishes_and_requests(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser)
        event_id, path = event.id, f"/events/{event.slug}/rules"
    visitor = Visitor(app).log_in(organiser.id)
    visitor.get(path)
    visitor.submit(approval="by_hand", most_musts="5", most_requests="7", request_minutes="0")
    assert "Saved." in visitor.text()
    with database.reading() as session:
        event = session.get_one(Event, event_id)
        assert (event.most_musts, event.most_requests, event.request_minutes) == (5, 7, None)
        assert event.has_waiting_list
        assert event.confirms_mutual
    page = visitor.get(path)
    chosen = page.find("select", {"name": "request_minutes"}).find("option", selected=True)  # type: ignore[union-attr]
    assert chosen is not None
    assert chosen.get_text() == "until the meeting would begin"
