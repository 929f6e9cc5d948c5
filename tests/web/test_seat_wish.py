"""Wishes for seats on the programme and the organiser's pages: whose they are, and who never sees them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import Conflict
from matchmaker.models import (
    Attendance,
    Event,
    EventPhase,
    EventRole,
    EventRoleKind,
    EventSession,
    Participation,
    Phase,
    PlaceKind,
    Round,
    RoundStep,
    SeatWish,
)
from matchmaker.services.publication import publish_round
from tests.factories import NOW, add, make_delegate, make_person, make_place
from tests.rounds import Fair, make_fair, run_round
from tests.tables import make_masterclass, make_roundtable, would_like
from tests.visitor import Visitor


def _fair(database: Database) -> tuple[Fair, EventSession]:
    """A roundtable that the second and third startup wish for."""
    with database.transaction() as session:
        fair = make_fair(session)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        row = make_roundtable(session, fair)
        would_like(session, row, fair.startups[1])
        would_like(session, row, fair.startups[2], very_much=True)
    return fair, row


def _pages(fair: Fair) -> str:
    return f"/events/{fair.event.slug}"


def _visitor(app: Flask, person_id: int) -> Visitor:
    visitor = Visitor(app)
    visitor.log_in(person_id)
    return visitor


def _text(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return visitor.text()


def _programme(app: Flask, fair: Fair) -> Visitor:
    """The first startup, on the programme."""
    visitor = _visitor(app, fair.people[fair.startups[0].id])
    visitor.get(f"{_pages(fair)}/programme")
    return visitor


def _wish(visitor: Visitor, row: EventSession, said: str) -> None:
    visitor.submit(action=f"/seat-wishes/{row.id}", said=said)


def _names(database: Database, *those: Participation) -> list[str]:
    with database.reading() as session:
        return [session.get_one(Participation, one.id).organisation.name for one in those]


def _said(database: Database, fair: Fair) -> list[bool]:
    with database.reading() as session:
        return list(
            session.scalars(
                sa.select(SeatWish.is_strong).where(SeatWish.participation_id == fair.startups[0].id)
            )
        )


def test_a_participant_wishes_wishes_more_and_takes_it_back(app: Flask, database: Database) -> None:
    fair, row = _fair(database)
    visitor = _programme(app, fair)
    for said, kept in (("seat", [False]), ("seat", [False]), ("very", [True]), ("no", []), ("no", [])):
        _wish(visitor, row, said)
        assert _said(database, fair) == kept


def test_the_programme_says_that_a_wish_is_not_a_seat_and_nothing_of_others(
    app: Flask, database: Database
) -> None:
    fair, row = _fair(database)
    visitor = _programme(app, fair)
    _wish(visitor, row, "very")
    text = visitor.text()
    assert "A wish, not a seat yet" in text
    assert "Time still open" in text
    # neither who else wishes nor how many
    assert not any(name in text for name in _names(database, *fair.startups[1:]))
    assert "You would like a seat very much" in text
    assert "2 would like" not in text
    assert "3 would like" not in text


def test_the_host_sees_that_it_hosts_and_cannot_wish(app: Flask, database: Database) -> None:
    fair, row = _fair(database)
    visitor = _visitor(app, fair.people[fair.corporates[0].id])
    page = visitor.get(f"{_pages(fair)}/programme")
    assert "You host it" in visitor.text()
    assert page.find_all("form", action=lambda action: "seat-wishes" in str(action)) == []
    with pytest.raises(Conflict), database.transaction() as session:
        would_like(session, row, session.get_one(Participation, fair.corporates[0].id))


def test_wishes_are_closed_after_their_phase(app: Flask, database: Database) -> None:
    fair, row = _fair(database)
    visitor = _programme(app, fair)
    with database.transaction() as session:
        session.add(EventPhase(event_id=fair.event.id, phase=Phase.DRAFT))
    _wish(visitor, row, "seat")
    assert _said(database, fair) == []
    text = visitor.text()
    assert "Wishes are closed" in text
    assert "We would like a seat" not in text


def test_the_organiser_sees_counts_and_names_and_a_co_organiser_without_the_right_only_counts(
    app: Flask, database: Database
) -> None:
    fair, row = _fair(database)
    with database.transaction() as session:
        editor = make_person(session)
        add(
            session,
            EventRole(
                event_id=fair.event.id, person_id=editor.id, kind=EventRoleKind.CO_ORGANISER,
                can_edit_event=True, created_at=NOW,
            ),
        )  # fmt: skip
    names = _names(database, *fair.startups[1:])
    page = f"{_pages(fair)}/sessions/{row.id}/seats"
    text = _text(_visitor(app, fair.organiser.id), page)
    assert all(name in text for name in names)
    text = _text(_visitor(app, editor.id), page)
    assert not any(name in text for name in names)
    assert "Who wished is for those who manage participations" in text
    assert "2 would like a seat" in _text(_visitor(app, editor.id), f"{_pages(fair)}/sessions")


def test_an_organiser_adds_and_changes_a_roundtable(app: Flask, database: Database) -> None:
    fair, _row = _fair(database)
    visitor = _visitor(app, fair.organiser.id)
    visitor.get(f"{_pages(fair)}/sessions/new?kind=roundtable")
    visitor.submit(title="Ports", host_id=str(fair.corporates[1].id), least="3", seats="8")
    with database.reading() as session:
        made = session.scalars(sa.select(EventSession).where(EventSession.title == "Ports")).one()
        assert (made.has_time, made.least, made.seats, made.host_id) == (False, 3, 8, fair.corporates[1].id)
    edit = f"{_pages(fair)}/sessions/{made.id}/edit"
    visitor.get(edit)
    visitor.submit(least="9")
    assert "Write a number between 1 and the number of seats." in visitor.text()
    visitor.get(edit)
    visitor.submit(block_id="0")
    assert "Write a day and a time, or let the round pick a slot." in visitor.text()
    day = fair.event.starts_on.isoformat()
    visitor.submit(block_id="0", starts_at=f"{day}T11:00", ends_at=f"{day}T11:45")
    with database.reading() as session:
        assert session.get_one(EventSession, made.id).has_time


def test_the_draft_says_who_sits_and_why_others_do_not_and_a_seat_is_given_back(
    app: Flask, database: Database, config: Config
) -> None:
    fair, row = _fair(database)
    with database.transaction() as session:
        few = make_masterclass(session, fair, title="Too few", least=2)
        would_like(session, few, fair.startups[0])
    round_id = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    visitor = _visitor(app, fair.organiser.id)
    text = _text(visitor, f"{_pages(fair)}/rounds/{round_id}")
    assert "2 of 4 seats" in text
    assert "Fewer would like a seat than it needs." in text
    assert f"{_names(database, fair.startups[0])[0]}: it is not held" in text
    assert "1 roundtable or masterclass is held" in _text(
        visitor, f"{_pages(fair)}/rounds/{round_id}/publish"
    )
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        publish_round(
            session, round_=session.get_one(Round, round_id), event=event, actor_id=None, now=clock.now()
        )
    guest = _visitor(app, fair.people[fair.startups[1].id])
    assert "You attend" in _text(guest, f"{_pages(fair)}/programme")
    guest.submit(action=f"/sessions/{row.id}/stay-away")
    with database.reading() as session:
        sitting = session.scalars(sa.select(Attendance).where(Attendance.session_id == row.id)).all()
    assert len(sitting) == 2  # the host and the other guest
    assert "gave the seat back" in _text(visitor, f"{_pages(fair)}/sessions/{row.id}/seats")


def test_a_colleague_reads_who_has_the_seat(app: Flask, database: Database, config: Config) -> None:
    fair, _row = _fair(database)
    guest = fair.startups[1]
    with database.transaction() as session:
        colleague = make_person(session)
        make_delegate(session, session.get_one(Participation, guest.id), colleague)
        name = session.get_one(Participation, guest.id).delegates[0].person.name
    round_id = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        publish_round(
            session, round_=session.get_one(Round, round_id), event=event, actor_id=None, now=clock.now()
        )
    text = _text(_visitor(app, colleague.id), f"{_pages(fair)}/programme")
    assert f"{name} has your seat" in text or "You attend" in text
    assert "No seat for you this time" not in text
