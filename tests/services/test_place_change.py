"""Lowering a place's capacity and narrowing its hours under a schedule that people know; and back."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import Conflict
from matchmaker.models import (
    Change,
    Event,
    EventFormat,
    Meeting,
    MeetingStatus,
    OpeningHours,
    OutboxMail,
    Participation,
    Place,
    PlaceClaim,
    PlaceKind,
)
from matchmaker.services.change import HOLD, AnsweredMeanwhile, ChangedMeanwhile
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import cancel
from matchmaker.services.place import PlaceDetails, edit_place
from matchmaker.services.place_change import (
    add_hours,
    change_place,
    foresee_edit,
    foresee_hours,
    remove_hours,
)
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from tests.factories import make_meeting, make_place
from tests.rounds import Fair, make_fair
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases

HALL = PlaceDetails(PlaceKind.ROOM, "Hall", capacity=1)


def _scene(
    database: Database, *, spare: int = 0, slots: int = 2, format: EventFormat = EventFormat.ON_SITE
) -> tuple[Fair, int]:
    """Three firms of each side meet at once in a hall for three; the first pair's meeting is worth most."""
    with database.transaction() as session:
        fair = make_fair(session, startups=3, corporates=3, slots=slots, format=format)
        hall = make_place(session, fair.event, name="Hall", kind=PlaceKind.ROOM, capacity=3)
        for number in range(spare):
            make_place(session, fair.event, name=f"Table {number}")
        for number, (one, other) in enumerate(zip(fair.startups, fair.corporates, strict=True)):
            meeting = make_meeting(
                session, fair.event, slot=fair.slots[0], a=one, b=other, place=hall, value=3.0 - number,
                status=MeetingStatus.CONFIRMED, accepted_a_at=clock.now(), accepted_b_at=clock.now(),
            )  # fmt: skip
            claim_seats(session, meeting=meeting)
        return fair, hall.id


def _acting(fair: Fair, place_id: int, **values: Any) -> dict[str, Any]:
    acting = {"event_id": fair.event.id, "place_id": place_id, "actor_id": fair.organiser.id}
    return {**acting, "now": clock.now(), "hold": HOLD, **values}


def _lower(database: Database, fair: Fair, hall: int, capacity: int = 1, **values: Any) -> Change | None:
    details = PlaceDetails(PlaceKind.ROOM, "Hall", capacity=capacity)
    with database.transaction() as session:
        return change_place(session, details=details, **_acting(fair, hall, **values))


def _undo(database: Database, fair: Fair, change: Change | None = None) -> None:
    with database.transaction() as session:
        wanted = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
        wanted = wanted if change is None else session.get_one(Change, change.id)
        assert wanted is not None
        undo_change(session, change=wanted, actor_id=fair.organiser.id, now=clock.now())


def _state(database: Database) -> tuple[list[Any], ...]:
    """Meetings, places and hours; nothing is broken."""
    with database.reading() as session:
        assert broken_invariants(session) == {}
        return tuple(
            [tuple(row) for row in session.execute(sa.select(*columns).order_by(*columns))]
            for columns in (
                (Meeting.id, Meeting.status, Meeting.slot_id, Meeting.place_id),
                (Place.id, Place.name, Place.capacity),
                (OpeningHours.id, OpeningHours.place_id, OpeningHours.starts_at, OpeningHours.ends_at),
            )
        )


def _mails(database: Database) -> int:
    with database.reading() as session:
        assert {row.kind for row in session.scalars(sa.select(OutboxMail))} <= {"agenda_changed"}
        people = session.scalars(sa.select(OutboxMail.person_id)).all()
        assert len(set(people)) == len(people)
        return len(people)


def test_another_place_in_the_same_slot_comes_before_another_slot(database: Database) -> None:
    fair, hall = _scene(database, spare=1)
    before = _state(database)
    with database.reading() as session:
        outlook = foresee_edit(session, event_id=fair.event.id, place_id=hall, details=HALL, now=clock.now())
        assert (len(outlook.moved), outlook.cancelled, outlook.people) == (2, (), 4)
    assert _lower(database, fair, hall) is not None
    first, second, third = _state(database)[0]
    assert first == before[0][0]  # the best stays
    assert second[2] == fair.slots[0].id
    assert second[3] != hall
    assert third[2] == fair.slots[1].id
    assert _mails(database) == 4
    _undo(database, fair)
    assert _state(database) == before
    assert _mails(database) == 0


def test_what_finds_no_room_is_cancelled_and_comes_back(database: Database) -> None:
    fair, hall = _scene(database, slots=1)
    before = _state(database)
    _lower(database, fair, hall)
    statuses = [row[1] for row in _state(database)[0]]
    assert statuses == [MeetingStatus.CONFIRMED, MeetingStatus.CANCELLED, MeetingStatus.CANCELLED]
    _undo(database, fair)
    assert _state(database) == before


def test_those_who_stay_keep_time_and_place_whatever_lane_they_had(database: Database) -> None:
    fair, hall = _scene(database)
    with database.transaction() as session:  # lanes 1 and 2 come free, the meeting in lane 3 fits
        for row in session.scalars(sa.select(Meeting).order_by(Meeting.id).limit(2)).all():
            cancel(
                session, event=session.get_one(Event, fair.event.id), meeting_id=row.id, reason="",
                participation_id=row.participation_a_id, version=row.version, actor_id=fair.organiser.id,
                now=clock.now(),
            )  # fmt: skip
    before = _state(database)[0]
    assert _lower(database, fair, hall) is None
    assert _state(database)[0] == before
    with database.reading() as session:
        assert session.scalars(sa.select(PlaceClaim.lane)).all() == [1]


def test_room_without_a_number_that_gets_one_is_claimed(database: Database) -> None:
    fair, hall = _scene(database, format=EventFormat.HYBRID)
    video = {"kind": PlaceKind.VIDEO, "name": "Room", "link": "https://v.example/{meeting}"}
    with database.transaction() as session:
        room = make_place(session, fair.event, capacity=None, **video)
        for row in session.scalars(sa.select(Meeting)):
            row.place_id = room.id
            claim_seats(session, meeting=row)
    with database.transaction() as session:
        change_place(session, details=PlaceDetails(**video, capacity=2), **_acting(fair, room.id))
    places = [row[3] for row in _state(database)[0]]
    assert sorted(places) == sorted([room.id, room.id, hall])


def test_first_hours_shut_the_place_otherwise_and_meetings_move(database: Database) -> None:
    fair, hall = _scene(database)
    before = _state(database)
    slot = fair.slots[1]
    span = {"starts_at": slot.starts_at, "ends_at": slot.ends_at}
    with database.reading() as session:
        outlook = foresee_hours(session, event_id=fair.event.id, place_id=hall, now=clock.now(), **span)
        assert (len(outlook.moved), outlook.cancelled, outlook.people) == (3, (), 6)
    with database.transaction() as session:
        add_hours(session, **_acting(fair, hall), **span)
    assert {row[2:] for row in _state(database)[0]} == {(slot.id, hall)}
    assert _mails(database) == 6
    _undo(database, fair)
    assert _state(database) == before


def test_meetings_in_hours_that_go_move_into_those_that_stay(database: Database) -> None:
    fair, hall = _scene(database)
    with database.transaction() as session:
        for slot in fair.slots:
            add_hours(session, **_acting(fair, hall), starts_at=slot.starts_at, ends_at=slot.ends_at)
    before = _state(database)
    with database.transaction() as session:
        remove_hours(session, **_acting(fair, hall), hours_id=before[2][0][0])
    assert {row[2:] for row in _state(database)[0]} == {(fair.slots[1].id, hall)}
    _undo(database, fair)
    assert _state(database) == before


def test_drafts_out_of_hours_go_and_come_back(database: Database) -> None:
    fair, hall = _scene(database)
    with database.transaction() as session:
        draft = make_meeting(
            session, fair.event, slot=fair.slots[0], place=session.get_one(Place, hall), a=fair.startups[0],
            b=session.get_one(Participation, fair.corporates[1].id), status=MeetingStatus.DRAFT,
        )  # fmt: skip
    before = _state(database)
    slot = fair.slots[1]
    with database.transaction() as session:
        add_hours(session, **_acting(fair, hall), starts_at=slot.starts_at, ends_at=slot.ends_at)
    assert draft.id not in {row[0] for row in _state(database)[0]}
    _undo(database, fair)
    assert _state(database) == before


def test_undo_is_refused_when_the_place_was_changed_again(database: Database) -> None:
    fair, hall = _scene(database)
    first = _lower(database, fair, hall, capacity=2)
    between = _state(database)
    _lower(database, fair, hall)
    with pytest.raises((AnsweredMeanwhile, ChangedMeanwhile)):
        _undo(database, fair, first)
    _undo(database, fair)
    assert _state(database) == between
    with database.transaction() as session:
        edit_place(
            session, event_id=fair.event.id, place_id=hall, actor_id=fair.organiser.id, now=clock.now(),
            details=PlaceDetails(PlaceKind.ROOM, "Great hall", capacity=2),
        )  # fmt: skip
    with pytest.raises(ChangedMeanwhile):
        _undo(database, fair, first)


def test_what_runs_or_is_over_is_not_touched(database: Database) -> None:
    fair, hall = _scene(database)
    during = fair.slots[0].starts_at + dt.timedelta(minutes=1)
    before = _state(database)
    with database.reading() as session:
        outlook = foresee_edit(session, event_id=fair.event.id, place_id=hall, details=HALL, now=during)
        assert outlook.is_harmless
    with pytest.raises(Conflict):
        _lower(database, fair, hall, now=during)
    assert _state(database) == before


def test_organiser_sees_who_is_hit_by_less_room_and_undoes_it(app: Flask, database: Database) -> None:
    fair, hall = _scene(database, spare=1)
    before = _state(database)
    visitor = Visitor(app).log_in(fair.organiser)
    visitor.get(f"/events/{fair.event.slug}/places/{hall}/edit")
    visitor.submit(action="/edit", capacity="1")
    assert "2 meetings move." in visitor.text()
    assert "same time · Table 0" in visitor.text()
    assert _state(database) == before
    visitor.submit(action="/edit", step="mend")
    assert "Saved." in visitor.text()
    assert "Hall was changed or deleted" in visitor.text()
    assert _mails(database) == 4
    visitor.submit(action="/undo")
    assert "Undone. Nobody was told anything." in visitor.text()
    assert _state(database) == before


def test_organiser_sees_who_is_hit_by_other_hours(app: Flask, database: Database) -> None:
    fair, hall = _scene(database)
    zone = ZoneInfo(fair.event.time_zone)
    visitor = Visitor(app).log_in(fair.organiser)
    page = f"/events/{fair.event.slug}/places/{hall}/edit"
    for number, slot in enumerate(fair.slots[::-1]):
        visitor.get(page)
        span = {
            "starts_at": f"{slot.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}",
            "ends_at": f"{slot.ends_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        }
        visitor.submit(action="/hours", **span)
        assert ("3 meetings move." in visitor.text()) == (number == 0)
        if number == 0:
            visitor.submit(action="/hours", step="mend")
    hours = _state(database)[2]
    assert len(hours) == 2
    late = next(row[0] for row in hours if row[2] == fair.slots[1].starts_at)
    visitor.get(page)
    visitor.submit(action=f"/hours/{late}/remove")
    assert "3 meetings move." in visitor.text()
    assert len(_state(database)[2]) == 2
    visitor.submit(action=f"/hours/{late}/remove", step="mend")
    assert {row[2] for row in _state(database)[0]} == {fair.slots[0].id}
    visitor.submit(action="/undo")
    assert "Undone." in visitor.text()
    assert {row[2] for row in _state(database)[0]} == {fair.slots[1].id}
