"""Roundtables and masterclasses that lose a place or a slot: moved with few changes, else off; told once."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Change,
    EventSession,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    Person,
    Place,
    PlaceClosure,
    PlaceKind,
    SessionPlace,
)
from matchmaker.services.attendance import stay_away
from matchmaker.services.block import details_of, find_block
from matchmaker.services.change import HOLD, AnsweredMeanwhile
from matchmaker.services.gone import Gone
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.place import PlaceDetails
from matchmaker.services.place_change import add_hours, change_place
from matchmaker.services.removal import Outlook, foresee_removal
from matchmaker.services.schedule_change import recut_block, remove_block, remove_place, shut_place
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from tests.factories import make_meeting, make_place, make_slots
from tests.races import race
from tests.rounds import Fair, make_fair
from tests.tables import held_roundtable, make_masterclass, sit_down, sitting_at

pytestmark = pytest.mark.both_databases

TRIALS = int(os.environ.get("TRIALS", "20"))


def _do(session: Session, fair: Fair, deed: Any, **values: Any) -> Change | None:
    """What the organiser does, with the mails held back."""
    return deed(
        session, event_id=fair.event.id, actor_id=fair.organiser.id, now=clock.now(), hold=HOLD, **values
    )


def _undo(session: Session, fair: Fair) -> None:
    change = session.scalars(sa.select(Change).order_by(Change.id.desc()).limit(1)).one()
    undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def _foresee(session: Session, fair: Fair, **gone: Any) -> Outlook:
    return foresee_removal(session, event=fair.event, gone=Gone(**gone), now=clock.now())


def _told(session: Session) -> dict[str, list[str]]:
    """Address -> what became of its seats, in its one mail."""
    mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
    assert len({mail.to_email for mail in mails}) == len(mails)
    return {mail.to_email: [row["kind"] for row in mail.arguments.get("sessions", ())] for mail in mails}


def _emails(session: Session, *those: Participation) -> set[str]:
    return {session.get_one(Person, one.delegates[0].person_id).email or "" for one in those}


def _at(session: Session, row: EventSession) -> tuple[dt.datetime, int | None, bool]:
    session.refresh(row)
    return row.starts_at, row.place_id, row.has_time


def _meet(session: Session, fair: Fair, at: int, place: Place, guest: int = 0) -> Meeting:
    """A startup meets the second corporate."""
    row = make_meeting(
        session, fair.event, a=fair.startups[guest], b=fair.corporates[1], slot=fair.slots[at], place=place
    )
    claim_seats(session, meeting=row)
    return row


def test_a_lost_place_moves_the_roundtable_to_another_of_its_places_and_all_are_told_once(
    session: Session,
) -> None:
    fair = make_fair(session)
    lost, other = make_place(session, fair.event, name="Lost"), make_place(session, fair.event, name="Other")
    row = held_roundtable(session, fair, *fair.startups, place=lost, place_ids=(lost.id, other.id))
    sitting = sitting_at(session, row.id)
    (hit,) = _foresee(session, fair, place_id=lost.id).sessions
    assert (hit.fate, hit.then and hit.then.place, hit.then and hit.then.starts_at) == (
        "moved", "Other", row.starts_at,
    )  # fmt: skip
    _do(session, fair, remove_place, place_id=lost.id)
    assert _at(session, row) == (fair.slots[0].starts_at, other.id, True)
    assert sitting_at(session, row.id) == sitting
    assert _told(session) == {key: ["moved"] for key in _emails(session, fair.corporates[0], *fair.startups)}
    entries = [mail.arguments["calendar"] for mail in session.scalars(sa.select(OutboxMail))]
    assert [(one["method"], one["sequence"], one["location"]) for one in entries] == [
        ("REQUEST", 1, "Other")
    ] * 4
    assert broken_invariants(session) == {}
    _undo(session, fair)
    assert _at(session, row) == (fair.slots[0].starts_at, lost.id, True)
    assert row.sequence == 2  # subscribed calendars, which saw the other place, take the first again
    assert set(session.scalars(sa.select(SessionPlace.place_id))) == {lost.id, other.id}
    assert (_told(session), sitting_at(session, row.id)) == ({}, sitting)
    assert broken_invariants(session) == {}


def test_a_roundtable_without_another_place_is_off_and_comes_back_when_that_is_undone(
    session: Session,
) -> None:
    fair = make_fair(session)
    lost = make_place(session, fair.event, name="Lost")
    make_place(session, fair.event, name="Not for roundtables")
    row = held_roundtable(session, fair, *fair.startups, place=lost)
    before, sitting = _at(session, row), sitting_at(session, row.id)
    outlook = _foresee(session, fair, place_id=lost.id)
    assert ([one.fate for one in outlook.sessions], outlook.people) == (["off"], 4)
    _do(session, fair, remove_place, place_id=lost.id)
    assert (sitting_at(session, row.id), row.has_time) == (set(), False)
    assert _told(session) == {key: ["off"] for key in _emails(session, fair.corporates[0], *fair.startups)}
    _undo(session, fair)
    assert (_at(session, row), sitting_at(session, row.id)) == (before, sitting)
    assert broken_invariants(session) == {}


def test_a_place_that_holds_less_keeps_its_roundtable_and_sends_meetings_away(session: Session) -> None:
    fair = make_fair(session)
    hall = make_place(session, fair.event, name="Hall", kind=PlaceKind.ROOM, capacity=2)
    table = make_place(session, fair.event, name="Table")
    row = held_roundtable(session, fair, *fair.startups[1:], place=hall)
    meeting = _meet(session, fair, 0, hall)
    _do(session, fair, change_place, place_id=hall.id, details=PlaceDetails(PlaceKind.ROOM, "Hall"))
    assert _at(session, row) == (fair.slots[0].starts_at, hall.id, True)
    assert (meeting.place_id, meeting.slot_id) == (table.id, fair.slots[0].id)
    assert set(_told(session)) == _emails(session, fair.startups[0], fair.corporates[1])
    assert broken_invariants(session) == {}
    _undo(session, fair)
    assert (hall.capacity, meeting.place_id) == (2, hall.id)
    assert broken_invariants(session) == {}


def test_of_two_roundtables_too_many_the_larger_stays_and_the_other_takes_the_next_slot(
    session: Session,
) -> None:
    fair = make_fair(session, startups=5)
    hall = make_place(session, fair.event, name="Hall", kind=PlaceKind.ROOM, capacity=2)
    small = held_roundtable(session, fair, *fair.startups[:2], place=hall)
    large = held_roundtable(
        session, fair, *fair.startups[2:], place=hall, host_id=fair.corporates[1].id, title="Second"
    )
    _do(session, fair, change_place, place_id=hall.id, details=PlaceDetails(PlaceKind.ROOM, "Hall"))
    assert _at(session, large) == (fair.slots[0].starts_at, hall.id, True)
    assert _at(session, small) == (fair.slots[1].starts_at, hall.id, True)
    assert set(_told(session)) == _emails(session, fair.corporates[0], *fair.startups[:2])
    assert broken_invariants(session) == {}
    _undo(session, fair)
    assert _at(session, small) == (fair.slots[0].starts_at, hall.id, True)


def test_shorter_hours_move_the_roundtable_to_the_nearest_slot_in_which_all_can_come(
    session: Session,
) -> None:
    fair = make_fair(session)
    hall = make_place(session, fair.event, name="Hall", kind=PlaceKind.ROOM, capacity=1)
    row = held_roundtable(session, fair, *fair.startups, place=hall)
    meeting = _meet(session, fair, 1, make_place(session, fair.event, name="Table"))
    hours = {"starts_at": fair.slots[1].starts_at, "ends_at": fair.slots[-1].ends_at}
    _do(session, fair, add_hours, place_id=hall.id, **hours)
    assert _at(session, row) == (fair.slots[2].starts_at, hall.id, True)
    assert meeting.slot_id == fair.slots[1].id
    assert broken_invariants(session) == {}
    _undo(session, fair)
    assert _at(session, row) == (fair.slots[0].starts_at, hall.id, True)
    assert broken_invariants(session) == {}


def test_a_roundtable_and_a_meeting_that_lose_their_slots_do_not_go_to_the_same_time(
    session: Session,
) -> None:
    fair = make_fair(session, slots=2)
    later = make_slots(session, fair.event, count=2, start=fair.slots[-1].ends_at + dt.timedelta(hours=1))
    table = make_place(session, fair.event, name="Table", capacity=4)
    row = held_roundtable(session, fair, *fair.startups, place=table)
    meeting = _meet(session, fair, 1, table)
    gone = frozenset(slot.id for slot in fair.slots)
    outlook = _foresee(session, fair, slot_ids=gone)
    assert ([one.fate for one in outlook.sessions], len(outlook.moved)) == (["moved"], 1)
    _do(session, fair, remove_block, block_id=fair.slots[0].block_id)
    assert _at(session, row) == (later[0].starts_at, table.id, True)
    assert (meeting.slot_id, row.block_id) == (later[1].id, later[0].block_id)
    told = outlook.moved[0].starts_at, outlook.sessions[0].then and outlook.sessions[0].then.starts_at
    assert told == (later[1].starts_at, later[0].starts_at)
    assert broken_invariants(session) == {}
    _undo(session, fair)
    assert _at(session, row) == (fair.slots[0].starts_at, table.id, True)
    assert (row.block_id, meeting.slot_id) == (fair.slots[0].block_id, fair.slots[1].id)
    assert broken_invariants(session) == {}


def test_the_only_block_deleted_calls_its_roundtable_off_without_standing_in_the_way(
    session: Session,
) -> None:
    fair = make_fair(session)
    row = held_roundtable(session, fair, *fair.startups)
    block_id, before = row.block_id, _at(session, row)
    _do(session, fair, remove_block, block_id=block_id)
    session.refresh(row)
    assert (sitting_at(session, row.id), row.block_id) == (set(), None)
    assert set(map(tuple, _told(session).values())) == {("off",)}
    _undo(session, fair)
    assert (_at(session, row), row.block_id) == (before, block_id)
    assert len(sitting_at(session, row.id)) == 4


def test_a_block_cut_anew_takes_its_roundtable_along(session: Session) -> None:
    fair = make_fair(session)
    row = held_roundtable(session, fair, *fair.startups)
    block = find_block(session, event_id=fair.event.id, block_id=fair.slots[0].block_id)
    was = details_of(block)
    later = dt.timedelta(minutes=5)
    moved = {**vars(was), "starts_at": was.starts_at + later, "ends_at": was.ends_at + later}
    _do(session, fair, recut_block, block_id=block.id, details=type(was)(**moved))
    assert _at(session, row) == (fair.slots[0].starts_at + later, None, True)
    assert row.block_id == block.id
    assert set(map(tuple, _told(session).values())) == {("moved",)}
    _undo(session, fair)
    assert _at(session, row) == (fair.slots[0].starts_at, None, True)
    assert broken_invariants(session) == {}


def test_a_masterclass_goes_to_a_room_like_its_own_or_keeps_its_time_and_waits_for_one(
    session: Session,
) -> None:
    fair = make_fair(session)
    rooms = [make_place(session, fair.event, name=name, kind=PlaceKind.ROOM) for name in ("One", "Two")]
    make_place(session, fair.event, name="Table")
    row = make_masterclass(session, fair, place_id=rooms[0].id)
    sit_down(session, row, fair.startups[0].delegates[0])
    _do(session, fair, remove_place, place_id=rooms[0].id)
    assert _at(session, row) == (row.starts_at, rooms[1].id, True)
    _do(session, fair, remove_place, place_id=rooms[1].id)
    assert _at(session, row) == (row.starts_at, None, True)
    assert len(sitting_at(session, row.id)) == 1
    mails = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()
    assert [mail.arguments["sessions"][0]["then_place"] for mail in mails] == ["Two", ""]
    _undo(session, fair)
    assert row.place_id == rooms[1].id


def test_a_place_closed_for_a_time_moves_its_roundtable_and_is_open_again_when_undone(
    session: Session,
) -> None:
    fair = make_fair(session)
    table = make_place(session, fair.event, name="Table")
    row = held_roundtable(session, fair, *fair.startups, place=table)
    span = {"starts_at": fair.slots[0].starts_at, "ends_at": fair.slots[1].ends_at}
    _do(session, fair, shut_place, place_id=table.id, **span)
    assert _at(session, row) == (fair.slots[2].starts_at, table.id, True)
    assert session.scalars(sa.select(PlaceClosure.place_id)).all() == [table.id]
    _undo(session, fair)
    assert _at(session, row) == (fair.slots[0].starts_at, table.id, True)
    assert session.scalars(sa.select(PlaceClosure)).all() == []
    assert broken_invariants(session) == {}


def test_closing_a_place_at_which_no_roundtable_is_tells_nobody(session: Session) -> None:
    fair = make_fair(session)
    table = make_place(session, fair.event, name="Table")
    held_roundtable(session, fair, *fair.startups, place=table)
    span = {"starts_at": fair.slots[1].starts_at, "ends_at": fair.slots[1].ends_at}
    assert _do(session, fair, shut_place, place_id=table.id, **span) is None
    assert len(session.scalars(sa.select(PlaceClosure)).all()) == 1


def test_a_seat_given_back_while_the_place_goes_loses_nobody_and_tells_nobody_twice(
    database: Database,
) -> None:
    for _trial in range(TRIALS):
        with database.transaction() as session:
            fair = make_fair(session)
            lost, other = (make_place(session, fair.event, name=name) for name in ("Lost", "Other"))
            row = held_roundtable(session, fair, *fair.startups, place=lost, place_ids=(lost.id, other.id))
            guest = fair.people[fair.startups[0].id]
        event_id = fair.event.id

        def leaves(session: Session, at: int = row.id, who: int = guest, of: int = event_id) -> None:
            stay_away(session, event_id=of, session_id=at, person_id=who, now=clock.now())

        def goes(session: Session, fair: Fair = fair, place_id: int = lost.id) -> None:
            _do(session, fair, remove_place, place_id=place_id)

        assert race(database, leaves, goes) == ["done", "done"]
        with database.reading() as session:
            assert len(sitting_at(session, row.id)) == 3
            assert session.get_one(EventSession, row.id).place_id == other.id
            assert _emails(session, *fair.startups[1:]) <= set(_told(session))
            assert broken_invariants(session) == {}


def test_undoing_is_refused_once_somebody_has_given_a_seat_back(session: Session) -> None:
    fair = make_fair(session)
    lost, other = make_place(session, fair.event, name="Lost"), make_place(session, fair.event, name="Other")
    row = held_roundtable(session, fair, *fair.startups, place=lost, place_ids=(lost.id, other.id))
    _do(session, fair, remove_place, place_id=lost.id)
    stay_away(
        session, event_id=fair.event.id, session_id=row.id, person_id=fair.people[fair.startups[0].id],
        now=clock.now(),
    )  # fmt: skip
    with pytest.raises(AnsweredMeanwhile):
        _undo(session, fair)


def test_what_nobody_sits_at_or_runs_elsewhere_is_not_touched(session: Session) -> None:
    fair = make_fair(session)
    lost, other = make_place(session, fair.event, name="Lost"), make_place(session, fair.event, name="Other")
    row = held_roundtable(session, fair, *fair.startups, place=other)
    meeting = _meet(session, fair, 1, other)
    assert _foresee(session, fair, place_id=lost.id).is_harmless
    assert _do(session, fair, remove_place, place_id=lost.id) is None
    assert _at(session, row) == (fair.slots[0].starts_at, other.id, True)
    assert meeting.status == MeetingStatus.PROPOSED
