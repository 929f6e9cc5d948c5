"""The agenda and its meetings as both sides use them."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import Meeting, MeetingStatus, OutboxMail, Seat, Wish, WishKind
from matchmaker.services.meeting_request_ask import ask
from matchmaker.services.seat import claim_seats
from tests.factories import (
    NOW,
    add,
    make_delegate,
    make_event,
    make_meeting,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)
from tests.visitor import Visitor


@dataclass
class Scene:
    """Numbers of an event with one proposed meeting between Toronto and Essen."""

    slug: str
    meeting_id: int
    startup_id: int
    corporate_id: int
    startup_person: int
    corporate_person: int
    organiser: int
    slot_ids: list[int]

    @property
    def agenda(self) -> str:
        """The startup's agenda."""
        return f"/events/{self.slug}/participations/{self.startup_id}/agenda"

    @property
    def meeting(self) -> str:
        """The meeting's page."""
        return f"/events/{self.slug}/meetings/{self.meeting_id}"


@pytest.fixture
def scene(database: Database) -> Scene:
    """A virtual event far ahead of the clock of this machine."""
    with database.transaction() as session:
        organiser = make_person(session)
        day = dt.date(2040, 11, 26)
        event = make_event(session, organiser, name="Hydrogen day", starts_on=day, ends_on=day)
        slots = make_slots(session, event, count=3)
        anna = make_person(session, name="Anna Maple", time_zone="America/Toronto")
        bernd = make_person(session, name="Bernd Ruhr")
        startup = make_participation(
            session, event, person=anna, organisation=make_organisation(session, name="Maple Hydrogen")
        )
        corporate = make_participation(
            session, event, group="corporates", person=bernd,
            organisation=make_organisation(session, name="Ruhr Steel"),
        )  # fmt: skip
        meeting = make_meeting(session, event, a=startup, b=corporate, slot=slots[0])
        claim_seats(session, meeting=meeting)
        return Scene(
            event.slug, meeting.id, startup.id, corporate.id, anna.id, bernd.id, organiser.id,
            [slot.id for slot in slots],
        )  # fmt: skip


def _visit(app: Flask, person_id: int, path: str, **values: Any) -> Visitor:
    visitor = Visitor(app).log_in(person_id)
    visitor.get(path, **values)
    return visitor


def _meeting(database: Database, scene: Scene) -> Meeting:
    with database.reading() as session:
        return session.get_one(Meeting, scene.meeting_id)


def test_agenda_shows_own_time_and_the_events_time_with_their_names(app: Flask, scene: Scene) -> None:
    text = _visit(app, scene.startup_person, scene.agenda).text()
    assert "09:00–09:20 Toronto" in text
    assert "15:00–15:20 Berlin" in text
    assert "Ruhr Steel" in text
    assert "Bernd Ruhr" in text


def test_both_accept_on_their_agenda_and_the_meeting_is_confirmed(
    app: Flask, database: Database, scene: Scene
) -> None:
    _visit(app, scene.startup_person, scene.agenda).submit(action="/accept")
    assert _meeting(database, scene).status == MeetingStatus.PROPOSED
    corporate = _visit(app, scene.corporate_person, scene.meeting)
    corporate.submit(action="/accept")
    assert "The meeting is confirmed." in corporate.text()
    assert _meeting(database, scene).status == MeetingStatus.CONFIRMED


def test_decline_gives_a_reason_and_frees_the_seats(app: Flask, database: Database, scene: Scene) -> None:
    visitor = _visit(app, scene.corporate_person, f"{scene.meeting}/decline")
    visitor.submit(reason="We know each other.")
    assert _meeting(database, scene).reason == "We know each other."
    with database.reading() as session:
        assert session.scalars(sa.select(Seat.slot_id)).all() == []
        assert session.scalars(sa.select(OutboxMail.kind)).all() == ["meeting_declined"]
    assert "We know each other." in _visit(app, scene.startup_person, scene.agenda).text()


def test_second_cancellation_of_a_double_click_tells_and_changes_nothing(
    app: Flask, database: Database, scene: Scene
) -> None:
    first = _visit(app, scene.startup_person, f"{scene.meeting}/cancel")
    second = _visit(app, scene.startup_person, f"{scene.meeting}/cancel")
    first.submit(reason="")
    second.submit(reason="")
    assert "no longer takes place" in second.text()
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 2


def test_accept_after_the_other_side_cancelled_shows_the_fresh_state(
    app: Flask, database: Database, scene: Scene
) -> None:
    late = _visit(app, scene.corporate_person, scene.meeting)
    _visit(app, scene.startup_person, f"{scene.meeting}/cancel").submit(reason="Ill.")
    late.submit(action="/accept")
    assert "no longer takes place" in late.text()
    assert "Cancelled" in late.text()


def test_colleague_takes_over(app: Flask, database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        participation = session.get_one(Meeting, scene.meeting_id).participation_a
        colleague = make_delegate(session, participation, make_person(session, name="Cleo Maple")).id
    visitor = _visit(app, scene.startup_person, f"{scene.meeting}/delegates")
    visitor.submit(delegate_id=str(colleague))
    assert "Cleo Maple" in visitor.text()
    with database.reading() as session:
        assert colleague in session.scalars(sa.select(Seat.delegate_id)).all()


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_draft_meeting_is_not_there_for_its_sides(app: Flask, database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        session.get_one(Meeting, scene.meeting_id).status = MeetingStatus.DRAFT
    _visit(app, scene.startup_person, scene.meeting, status=404)
    assert "Ruhr Steel" not in _visit(app, scene.startup_person, scene.agenda).text()


def test_calendar_file_gives_the_instant_in_utc(app: Flask, scene: Scene) -> None:
    visitor = Visitor(app).log_in(scene.startup_person)
    for path in (f"{scene.agenda}.ics", f"{scene.meeting}/meeting.ics"):
        response = visitor.client.get(path)
        assert response.mimetype == "text/calendar"
        (event,) = icalendar.Calendar.from_ical(response.data).walk("VEVENT")
        assert event["DTSTART"].dt == dt.datetime(2040, 11, 26, 14, 0, tzinfo=dt.UTC)
        assert event["STATUS"] == "TENTATIVE"
        assert str(event["URL"]) == f"http://localhost{scene.meeting}/room"


def test_organiser_lists_moves_and_cancels(app: Flask, database: Database, scene: Scene) -> None:
    visitor = _visit(app, scene.organiser, f"/events/{scene.slug}/meetings?q=maple&status=proposed")
    assert "Maple Hydrogen – Ruhr Steel" in visitor.text()
    visitor.get(f"{scene.meeting}/move")
    visitor.submit(where=f"{scene.slot_ids[2]}-0")
    assert "The meeting is moved." in visitor.text()
    assert (_meeting(database, scene).slot_id, _meeting(database, scene).sequence) == (scene.slot_ids[2], 1)
    visitor.get(f"{scene.meeting}/cancel")
    visitor.submit(reason="")
    meeting = _meeting(database, scene)
    assert (meeting.status, meeting.ended_by_id) == (MeetingStatus.CANCELLED, None)


def test_export_disarms_formulas_and_tells_both_clocks(app: Flask, database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        participation = session.get_one(Meeting, scene.meeting_id).participation_a
        participation.organisation.name = "=SUM(A1)"
    response = Visitor(app).log_in(scene.organiser).client.get(f"/events/{scene.slug}/export/meetings.csv")
    (row,) = csv.DictReader(response.get_data().decode("utf-8-sig").splitlines())
    assert row["organisation_a"] == "'=SUM(A1)"
    assert (row["starts"], row["zone"], row["starts_utc"]) == (
        "2040-11-26 15:00",
        "Europe/Berlin",
        "2040-11-26T14:00:00Z",
    )


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
@pytest.mark.parametrize("path", ["agendas/print", "places/print", "meetings"])
def test_lists_take_as_many_queries_for_three_meetings_as_for_one(
    app: Flask, database: Database, scene: Scene, path: str
) -> None:
    def count() -> int:
        statements: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        visitor = Visitor(app).log_in(scene.organiser)
        sa.event.listen(database.engine, "before_cursor_execute", note)
        visitor.get(f"/events/{scene.slug}/{path}")
        sa.event.remove(database.engine, "before_cursor_execute", note)
        return len(statements)

    first = count()
    with database.transaction() as session:
        one = session.get_one(Meeting, scene.meeting_id)
        event = one.participation_a.event
        for _number in range(2):
            make_meeting(session, event, slot=one.slot)
    assert count() == first


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_agenda_takes_as_many_queries_for_three_meetings_as_for_one(
    app: Flask, database: Database, scene: Scene
) -> None:
    def count() -> int:
        statements: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        visitor = Visitor(app).log_in(scene.startup_person)
        sa.event.listen(database.engine, "before_cursor_execute", note)
        visitor.get(scene.agenda)
        sa.event.remove(database.engine, "before_cursor_execute", note)
        return len(statements)

    first = count()
    with database.transaction() as session:
        one = session.get_one(Meeting, scene.meeting_id)
        for number in (1, 2):
            slot = next(s for s in one.slot.block.slots if s.id == scene.slot_ids[number])
            make_meeting(session, one.participation_a.event, a=one.participation_a, slot=slot)
    assert count() == first


def test_request_is_asked_answered_and_lands_in_both_agendas(
    app: Flask, database: Database, scene: Scene
) -> None:
    with database.transaction() as session:
        meeting = session.get_one(Meeting, scene.meeting_id)
        event = meeting.participation_a.event
        other = make_participation(
            session, event, group="corporates", organisation=make_organisation(session, name="Rhein Gas")
        )
        other_id, other_person = other.id, other.delegates[0].person_id
    base = f"/events/{scene.slug}"
    asker = _visit(
        app, scene.startup_person, f"{base}/participations/{scene.startup_id}/requests/new?to={other_id}"
    )
    assert "09:25–09:45 Toronto · 15:25–15:45 Berlin" in asker.text()
    asker.submit(slot_id=str(scene.slot_ids[1]), message="Shall we talk?")
    assert "Requests that wait for others" in asker.text()
    asked = _visit(app, other_person, f"{base}/participations/{other_id}/agenda")
    assert "Shall we talk?" in asked.text()
    link = asked.page().find("a", string="Answer")
    assert link is not None
    asked.get(str(link["href"]))
    asked.submit(action="/accept")
    assert "The meeting is confirmed." in asked.text()
    assert "Rhein Gas" in _visit(app, scene.startup_person, scene.agenda).text()


def test_request_to_a_vetoer_is_hidden_from_the_vetoer_only(
    app: Flask, database: Database, scene: Scene
) -> None:
    with database.transaction() as session:
        meeting = session.get_one(Meeting, scene.meeting_id)
        event = meeting.participation_a.event
        other = make_participation(
            session, event, group="corporates", organisation=make_organisation(session, name="Rhein Gas")
        )
        wish = Wish(
            from_id=other.id, to_id=scene.startup_id, event_id=event.id, kind=WishKind.NEVER, said_at=NOW
        )
        add(session, wish)
        request = ask(
            session, event=event, from_id=scene.startup_id, to_id=other.id, slot_id=scene.slot_ids[1],
            message="", actor_id=scene.startup_person, now=dt.datetime.now(dt.UTC),
        )  # fmt: skip
        number, other_id, other_person = request.id, other.id, other.delegates[0].person_id
    path = f"/events/{scene.slug}/requests/{number}"
    _visit(app, other_person, path, status=404)
    agenda = f"/events/{scene.slug}/participations/{other_id}/agenda"
    assert "Maple Hydrogen" not in _visit(app, other_person, agenda).text()
    assert "Your request to Rhein Gas" in _visit(app, scene.startup_person, path).text()


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
@pytest.mark.parametrize("day", [dt.date(2026, 10, 27), dt.date(2027, 3, 16)], ids=str)
def test_page_and_calendar_agree_while_the_two_cities_are_five_hours_apart(
    app: Flask, database: Database, day: dt.date
) -> None:
    with database.transaction() as session:
        event = make_event(session, starts_on=day, ends_on=day)
        slot = make_slots(session, event, count=1)[0]
        own = make_participation(session, event, person=make_person(session, time_zone="America/Toronto"))
        make_meeting(session, event, a=own, slot=slot)
        path, person_id = f"/events/{event.slug}/participations/{own.id}/agenda", own.delegates[0].person_id
    visitor = _visit(app, person_id, path)
    assert "10:00–10:20 Toronto 15:00–15:20 Berlin" in visitor.text()
    (entry,) = icalendar.Calendar.from_ical(visitor.client.get(f"{path}.ics").data).walk("VEVENT")
    assert entry["DTSTART"].dt == dt.datetime.combine(day, dt.time(14, 0), dt.UTC)
