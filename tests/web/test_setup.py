"""The pages of an event's set-up, as an organiser uses them without JavaScript."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Block,
    Event,
    EventFormat,
    EventRole,
    EventSession,
    GroupRule,
    OpeningHours,
    OutboxMail,
    Place,
    PlaceOwner,
    Shift,
    Slot,
    Topic,
)
from matchmaker.services.audit import record
from tests.factories import (
    PASSWORD,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)
from tests.visitor import Visitor

SAVE = {"step": "save"}


@pytest.fixture
def organiser(app: Flask, database: Database) -> Visitor:
    """The organiser of the event "essen" on site."""
    with database.transaction() as session:
        person = make_person(session)
        make_event(session, person, slug="essen", format=EventFormat.ON_SITE)
    return Visitor(app).log_in(person)


def _event(session: object) -> Event:
    return session.scalars(sa.select(Event).where(Event.slug == "essen")).one()  # type: ignore[attr-defined]


def _count(database: Database, table: object) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0  # type: ignore[arg-type]


@contextmanager
def counted_queries(database: Database) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    seen: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def test_block_is_previewed_saved_changed_and_deleted(organiser: Visitor, database: Database) -> None:
    organiser.get("/events/essen/blocks/new")
    typed = {"name": "Afternoon", "starts_at": "2026-11-25T14:00", "ends_at": "2026-11-25T16:00"}
    organiser.submit(**typed, slot_minutes="25", pause_minutes="5", step="preview")
    assert "4 slots" in organiser.text()
    assert _count(database, Slot) == 0
    organiser.submit(**SAVE)
    with database.reading() as session:
        block = session.scalars(sa.select(Block)).one()
        assert block.starts_at == dt.datetime(2026, 11, 25, 13, 0, tzinfo=dt.UTC)
    organiser.get(f"/events/essen/blocks/{block.id}/edit")
    organiser.submit(ends_at="2026-11-25T15:00", **SAVE)
    assert _count(database, Slot) == 2
    organiser.get(f"/events/essen/blocks/{block.id}/delete")
    organiser.submit()
    assert _count(database, Block) == 0


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_block_with_meetings_shows_who_is_hit(organiser: Visitor, database: Database) -> None:
    with database.transaction() as session:
        event = _event(session)
        slots = make_slots(session, event)
        meeting = make_meeting(session, event, slot=slots[0])
        name, block_id = meeting.participation_a.organisation.name, slots[0].block_id
    organiser.get(f"/events/essen/blocks/{block_id}/delete")
    assert "1 meeting is cancelled." in organiser.text()
    assert name in organiser.text()
    organiser.get(f"/events/essen/blocks/{block_id}/edit")
    organiser.submit(slot_minutes="40", **SAVE)
    assert "1 meeting is hit." in organiser.text()
    organiser.submit(slot_minutes="40", step="preview")
    assert name in organiser.text()
    assert _count(database, Slot) == 4
    organiser.submit(slot_minutes="40", step="mend")
    assert "2 mails wait until" in organiser.text()
    assert _count(database, Slot) == 2
    organiser.submit(action="/undo")
    assert "Undone. Nobody was told anything." in organiser.text()
    assert _count(database, Slot) == 4


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-03-29", "2026-03-29 02:30 does not exist in the zone Europe/Berlin"),
        ("2026-10-25", "2026-10-25 02:30 exists twice in the zone Europe/Berlin"),
    ],
)
def test_block_at_a_time_that_is_not_or_is_twice_is_asked_about(
    organiser: Visitor, database: Database, day: str, told: str
) -> None:
    with database.transaction() as session:
        _event(session).starts_on = _event(session).ends_on = dt.date.fromisoformat(day)
    organiser.get("/events/essen/blocks/new")
    typed = {"name": "Night", "starts_at": f"{day}T02:30", "ends_at": f"{day}T04:00", "slot_minutes": "20"}
    page = organiser.submit(**typed, **SAVE)
    assert told in organiser.text()
    which = page.find_all("input", {"type": "radio", "name": "starts_at"})
    assert len(which) == (2 if day == "2026-10-25" else 0)
    if which:
        organiser.submit(starts_at=[typed["starts_at"], "1"], **SAVE)
        with database.reading() as session:
            start = session.scalars(sa.select(Block.starts_at)).one()
            block_id = session.scalars(sa.select(Block.id)).one()
        assert start == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)
        edited = organiser.get(f"/events/essen/blocks/{block_id}/edit")
        assert edited.find("input", {"type": "radio", "checked": True})["value"] == "1"


def test_places_are_added_opened_owned_and_deleted(organiser: Visitor, database: Database) -> None:
    with database.transaction() as session:
        owner = make_participation(session, _event(session))
    organiser.get("/events/essen/places/new")
    organiser.submit(kind="table", name="Table", count="3", capacity="1")
    assert "3 places added." in organiser.text()
    with database.reading() as session:
        place_id = session.scalars(sa.select(Place.id).where(Place.name == "Table 2")).one()
    organiser.get(f"/events/essen/places/{place_id}/edit")
    organiser.submit(action="/hours", starts_at="2026-11-25T10:00", ends_at="2026-11-25T09:00")
    assert "The end must be after the start." in organiser.text()
    organiser.submit(action="/hours", starts_at="2026-11-25T10:00", ends_at="2026-11-25T12:00")
    organiser.submit(action="/owners", participation_id=str(owner.id))
    assert (_count(database, OpeningHours), _count(database, PlaceOwner)) == (1, 1)
    organiser.get("/events/essen/places")
    assert "10:00–12:00" in organiser.text()
    organiser.get(f"/events/essen/places/{place_id}/edit")
    organiser.submit(action=f"/owners/{owner.id}/remove")
    organiser.get(f"/events/essen/places/{place_id}/delete")
    organiser.submit()
    assert _count(database, Place) == 2


def test_matrix_of_groups_is_saved_as_ticked(organiser: Visitor, database: Database) -> None:
    page = organiser.get("/events/essen/groups")
    ticked = [box["value"] for box in page.find_all("input", {"name": "pair", "checked": True})]
    every = [box["value"] for box in page.find_all("input", {"name": "pair"})]
    assert (len(ticked), len(every)) == (1, 3)
    organiser.submit(action="/groups/matrix", pair=every)
    assert _count(database, GroupRule) == 3
    organiser.submit(action="/groups/matrix", pair=[])
    assert _count(database, GroupRule) == 0


def test_group_is_added_edited_and_deleted(organiser: Visitor) -> None:
    organiser.get("/events/essen/groups/new")
    organiser.submit(name="Startups")
    assert "There is already a group called Startups." in organiser.text()
    organiser.submit(name="Guests", kind="public", maximum="3")
    page = organiser.get("/events/essen/groups")
    edit = page.find_all("a", string="Edit")[-1]["href"]
    organiser.get(str(edit))
    organiser.submit(name="Guests of honour")
    assert "Guests of honour" in organiser.text()
    organiser.get(str(edit).replace("/edit", "/delete"))
    organiser.submit()
    assert "Guests of honour" not in organiser.text()


def test_rota_shows_shifts_and_their_gap(organiser: Visitor, database: Database) -> None:
    with database.transaction() as session:
        event = _event(session)
        stand = make_place(session, event, capacity=2)
        block_id = make_slots(session, event, count=4, minutes=30, pause=0, place=stand)[0].block_id
        name = make_participation(session, event).organisation.name
    organiser.get(f"/events/essen/blocks/{block_id}/shifts/new")
    organiser.submit(ends_at="2026-11-25T16:00", **SAVE)
    assert "Nobody is on duty: 16:00–17:00" in organiser.text()
    page = organiser.page()
    assert [bar.title.get_text() for bar in page.select("svg.rota g")] == ["15:00–16:00"]
    assert name in page.select_one("svg.rota").get_text()
    organiser.get(str(page.find("a", string="Edit")["href"]))
    organiser.submit(ends_at="2026-11-25T17:00", **SAVE)
    assert "Nobody is on duty" not in organiser.text()
    organiser.submit(action="/delete")
    assert _count(database, Shift) == 0


def test_session_takes_seats_from_the_programme(organiser: Visitor, app: Flask, database: Database) -> None:
    organiser.get("/events/essen/sessions/new")
    typed = {"starts_at": "2026-11-25T10:00", "ends_at": "2026-11-25T11:00"}
    organiser.submit(kind="masterclass", title="Electrolysis", seats="1", **typed)
    with database.transaction() as session:
        first, second = make_person(session), make_person(session)
        for person in (first, second):
            make_participation(session, _event(session), person=person)
    guest, other = Visitor(app).log_in(first), Visitor(app).log_in(second)
    other.get("/events/essen/programme")
    guest.get("/events/essen/programme")
    guest.submit(action="/attend")
    assert "You have a seat." in guest.text()
    other.submit(action="/attend")
    assert "All seats of this session are taken." in other.text()
    guest.submit(action="/stay-away")
    assert "1 seat left" in guest.text()
    guest.submit(action="/attend")
    organiser.get("/events/essen/sessions")
    edit = str(organiser.page().find("a", string="Edit")["href"])
    organiser.get(edit)
    organiser.submit(starts_at="2026-11-25T09:30")
    organiser.get(edit.replace("/edit", "/delete"))
    assert "1 person attends and is told by mail:" in organiser.text()
    organiser.submit()
    assert _count(database, EventSession) == 0
    # a seat taken, given back and taken again, moved, and lost
    assert _count(database, OutboxMail) == 5


def test_topics_are_edited_exported_and_imported(organiser: Visitor, database: Database) -> None:
    organiser.get("/events/essen/topics/new")
    organiser.submit(label_en="Hydrogen", label_de="Wasserstoff")
    organiser.get("/events/essen/topics/export.csv")
    assert organiser.response is not None
    content = organiser.response.get_data().decode("utf-8-sig")
    assert content.splitlines() == ["code,parent,en,de,fr", "hydrogen,,Hydrogen,Wasserstoff,Hydrogen"]
    organiser.get("/events/essen/topics")
    file = (io.BytesIO((content + "heat,hydrogen,Heat,Wärme,Chaleur\n").encode()), "topics.csv")
    organiser.submit(action="/import", file=file)
    assert "Topics added: 1, changed: 0." in organiser.text()
    organiser.submit(action="/import", file=(io.BytesIO(b"nothing"), "topics.csv"))
    assert organiser.page().find(class_="invalid-feedback") is not None
    with database.reading() as session:
        topic_id = session.scalars(sa.select(Topic.id).where(Topic.code == "hydrogen")).one()
    organiser.get(f"/events/essen/topics/{topic_id}/delete")
    organiser.submit()
    assert _count(database, Topic) == 1


def test_team_is_invited_joins_and_changes(organiser: Visitor, app: Flask, database: Database) -> None:
    organiser.get("/events/essen/team/invite")
    organiser.submit(email="ben@hub.example", kind="co_organiser", can_edit_event="y")
    assert "The invitation is on its way to ben@hub.example." in organiser.text()
    with database.reading() as session:
        token = session.scalars(sa.select(OutboxMail.arguments)).one()["token"]
    invited = Visitor(app)
    invited.get(f"/join-team/{token}")
    assert _count(database, EventRole) == 1
    invited.submit(name="Ben Beispiel", password=PASSWORD, time_zone="Europe/Berlin", language="en")
    assert "You are on the team of" in invited.text()
    invited.get("/events/essen/blocks")
    invited.get("/events/essen/team", status=403)
    Visitor(app).get(f"/join-team/{token}", status=410)
    organiser.get("/events/essen/team")
    remove = organiser.page().find_all("a", string="Remove")
    organiser.get(str(remove[0]["href"]))
    organiser.submit()
    assert "An event needs an organiser." in organiser.text()
    organiser.get(str(remove[1]["href"]))
    organiser.submit()
    invited.get("/events/essen/blocks", status=403)


def test_history_tells_who_did_what_and_pages(organiser: Visitor, database: Database) -> None:
    organiser.get("/events/essen/groups/new")
    organiser.submit(name="Guests")
    organiser.get("/events/essen/history")
    assert "added a group: Guests" in organiser.text()
    with database.transaction() as session:
        own = make_participation(session, _event(session))
        for number in range(50):
            record(
                session,
                actor_id=own.delegates[0].person_id,
                event_id=own.event_id,
                behalf_of_id=own.id,
                action="edit_profile",
                subject="participation",
                subject_id=own.id,
                now=clock.now() + dt.timedelta(minutes=number),
            )
        name = own.organisation.name
    page = organiser.get("/events/essen/history")
    assert len(page.select("tbody tr")) == 50
    assert f"for {name} edited a profile" in organiser.text()
    organiser.get(str(page.find("a", string="Older")["href"]))
    assert "added a group: Guests" in organiser.text()
    organiser.get("/events/essen/history?page=999&person=0")
    assert "Nothing has been changed yet." in organiser.text()


PAGES = ("blocks", "places", "groups", "sessions", "topics", "programme", "history", "overview", "team")


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_lists_ask_as_many_queries_for_three_rows_as_for_one(organiser: Visitor, database: Database) -> None:
    def fill() -> None:
        with database.transaction() as session:
            event = _event(session)
            slots = make_slots(session, event, place=make_place(session, event))
            make_meeting(session, event, slot=slots[0])
            session.add_all(
                [
                    EventSession(
                        event_id=event.id,
                        kind="talk",
                        title="Talk",
                        starts_at=slots[0].starts_at,
                        ends_at=slots[0].ends_at,
                        place_id=make_place(session, event).id,
                    ),
                    Topic(
                        event_id=event.id, code=f"t{slots[0].id}", label_en="T", label_de="T", label_fr="T"
                    ),
                ]
            )

    def counts() -> dict[str, int]:
        found = {}
        for name in PAGES:
            with counted_queries(database) as seen:
                organiser.get(f"/events/essen/{name}")
            found[name] = len(seen)
        return found

    fill()
    once = counts()
    fill()
    fill()
    assert counts() == once


def test_rows_of_another_event_are_not_found(organiser: Visitor, database: Database) -> None:
    with database.transaction() as session:
        other = make_event(session)
        slots = make_slots(session, other)
        paths = [
            f"blocks/{slots[0].block_id}/edit",
            f"blocks/{slots[0].block_id}/delete",
            f"blocks/{slots[0].block_id}/shifts",
            f"places/{make_place(session, other).id}/edit",
            f"groups/{other.groups[0].id}/edit",
            "topics/1/edit",
            "sessions/1/edit",
            "team/9999/edit",
        ]
    for path in paths:
        organiser.get(f"/events/essen/{path}", status=404)
