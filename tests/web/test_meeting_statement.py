"""Saying on the page of a meeting how useful it was: for the own side alone, organisers included."""

from __future__ import annotations

import datetime as dt

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.models import AttendanceKind, MeetingStatus
from matchmaker.services.meeting_statement import state_attendance
from tests.factories import NOW, make_event, make_meeting, make_person, make_slots
from tests.visitor import Visitor


def test_usefulness_is_seen_by_whoever_said_it_alone(database: Database, config: Config) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        day = clock.now().date() - dt.timedelta(days=2)
        event = make_event(session, organiser, starts_on=day, ends_on=day + dt.timedelta(days=9))
        meeting = make_meeting(
            session, event, slot=make_slots(session, event, count=1)[0], status=MeetingStatus.CONFIRMED,
            accepted_a_at=NOW, accepted_b_at=NOW,
        )  # fmt: skip
        sides = (meeting.participation_a_id, meeting.participation_b_id)
        people = [sitter.delegate.person_id for sitter in meeting.sitters]
        for side, person_id in zip(sides, people, strict=True):
            state_attendance(
                session, event=event, meeting_id=meeting.id, participation_id=side,
                kind=AttendanceKind.HELD, actor_id=person_id, now=clock.now(),
            )  # fmt: skip
    app = create_app(config, database)
    path = f"/events/{event.slug}/meetings/{meeting.id}"
    one, other, team = (Visitor(app).log_in(person) for person in (*people, organiser.id))
    before = [_told(visitor, path) for visitor in (one, other, team)]
    assert before[0] == "How useful was it?"
    one.get(path)
    one.submit(action="/usefulness", usefulness="5")
    assert _told(one, path) == "Very useful"
    assert [_told(visitor, path) for visitor in (other, team)] == before[1:]
    assert _told(team, f"{path}?side={sides[0]}") == "nothing"
    one.get(path)
    one.submit(action="/usefulness", usefulness="")
    assert _told(one, path) == "How useful was it?"


def _told(visitor: Visitor, path: str) -> str:
    """The word that is chosen, the question where none is, or nothing where nobody is asked."""
    page = visitor.get(path)
    form = page.find("form", action=lambda where: bool(where) and where.endswith("/usefulness"))
    if form is None:
        return "nothing"
    chosen = form.find("button", attrs={"aria-pressed": "true"})
    return chosen.get_text() if chosen else page.find(id="usefulness").get_text()
