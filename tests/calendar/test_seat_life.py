"""The life of a seat in a calendar on a real CalDAV server: one entry while it stands, then none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import CalendarChoice, Event, EventSession, PlaceKind, Round, RoundStep
from matchmaker.services.attendance import attend, stay_away
from matchmaker.services.event_session import edit_session
from matchmaker.services.person_calendar import choose_invitations, make_feed
from matchmaker.services.publication import publish_round
from matchmaker.services.session_details import SessionDetails
from matchmaker.services.withdrawal import withdraw
from tests.caldav import CalendarProgram, running_radicale
from tests.calendars import CalendarMail
from tests.factories import make_place
from tests.rounds import Fair, make_fair, run_round
from tests.tables import make_masterclass, make_roundtable, would_like


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running server."""
    with running_radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port


def _move(database: Database, fair: Fair, session_id: int, **changes: object) -> None:
    with database.transaction() as session:
        row = session.get_one(EventSession, session_id)
        present = {
            name: getattr(row, name)
            for name in ("kind", "title", "starts_at", "ends_at", "seats", "is_by_round", "least", "host_id",
                         "block_id")
        }  # fmt: skip
        edit_session(
            session, event_id=fair.event.id, session_id=session_id, actor_id=fair.organiser.id,
            now=clock.now(), details=SessionDetails(**{**present, **changes}),  # type: ignore[arg-type]
        )  # fmt: skip


def _kept(program: CalendarProgram, uid: str) -> list[tuple[dt.datetime, str]]:
    """When and where the entries of this session are, as the server has them; it may hold meetings too."""
    return [
        (entry["DTSTART"].dt, str(entry.get("LOCATION", "")))
        for entry in program.entries()
        if entry["UID"] == uid
    ]


def _row(database: Database, session_id: int) -> EventSession:
    with database.reading() as session:
        return session.get_one(EventSession, session_id)


def test_a_seat_that_is_taken_moved_and_given_back_is_one_entry_then_none(
    app: Flask, database: Database, config: Config, radicale: int
) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
        row = make_masterclass(session, fair, is_by_round=False)
        ada = fair.people[fair.startups[0].id]
        token = make_feed(session, person_id=ada, now=clock.now())
    mails, client = CalendarMail(database, config, ada), app.test_client()
    program, feed = CalendarProgram(radicale, "taken"), CalendarProgram(radicale, "taken-feed")

    def read() -> list[bytes]:
        messages = mails.read()
        for message in messages:
            program.take(message)
        feed.synchronise(client.get(f"/calendar/{token}.ics").data)
        assert [entry["UID"] for entry in feed.entries()] == [entry["UID"] for entry in program.entries()]
        return messages

    own = {"event_id": fair.event.id, "session_id": row.id, "person_id": ada}
    for _time in range(2):  # a seat that was lost can be had again
        at = _row(database, row.id).starts_at
        with database.transaction() as session:
            attend(session, **own, now=clock.now())
        (given,) = read()
        assert _kept(program, row.uid) == [(at, "")]
        _move(
            database, fair, row.id, starts_at=at - dt.timedelta(hours=1),
            ends_at=at - dt.timedelta(minutes=10),
        )  # fmt: skip
        read()
        program.take(given)  # a mail that comes late, or twice, changes nothing
        assert _kept(program, row.uid) == [(at - dt.timedelta(hours=1), "")]
        with database.transaction() as session:
            stay_away(session, **own, now=clock.now())
        (lost,) = read()
        program.take(lost)
        assert program.entries() == []


@pytest.mark.parametrize("choice", [CalendarChoice.SINGLE, CalendarChoice.EACH])
def test_a_seat_of_a_publication_is_one_entry_through_its_life_whether_it_came_in_a_file_or_alone(
    database: Database, config: Config, radicale: int, choice: CalendarChoice
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, venue="Zeche")
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        places = tuple(make_place(session, fair.event, name=name).id for name in ("One", "Two"))
        row = make_roundtable(session, fair, place_ids=places)
        would_like(session, row, *fair.startups)
        ada = fair.people[fair.startups[0].id]
        choose_invitations(session, person_id=ada, choice=choice, now=clock.now())
    mails, program = CalendarMail(database, config, ada), CalendarProgram(radicale, f"published-{choice}")
    round_id = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with database.transaction() as session:
        publish_round(
            session, round_=session.get_one(Round, round_id), now=clock.now(), actor_id=None,
            event=session.get_one(Event, fair.event.id),
        )  # fmt: skip
    given = mails.read()
    for message in given:
        program.take(message)
    held = _row(database, row.id)
    first, second = (
        ("One, Zeche", "Two, Zeche") if held.place_id == places[0] else ("Two, Zeche", "One, Zeche")
    )
    assert _kept(program, row.uid) == [(held.starts_at, first)]
    _move(database, fair, row.id, place_ids=tuple(one for one in places if one != held.place_id))
    for message in (*mails.read(), *given):
        program.take(message)
    assert _kept(program, row.uid) == [(held.starts_at, second)]
    with database.transaction() as session:  # the host goes, and the roundtable is off
        withdraw(
            session, event=session.get_one(Event, fair.event.id), now=clock.now(),
            participation_ids=[fair.corporates[0].id], actor_id=fair.organiser.id,
        )  # fmt: skip
        assert session.scalar(sa.select(EventSession.has_time)) is False
    for message in mails.read():
        program.take(message)
    assert _kept(program, row.uid) == []
