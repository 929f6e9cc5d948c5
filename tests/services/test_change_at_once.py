"""Changes made, answered and taken back in the same moment: nothing is lost, done twice or broken."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Change,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    OutboxMail,
    Place,
    PlaceKind,
    Seat,
)
from matchmaker.services.change import HOLD
from matchmaker.services.delegate_removal import remove_delegate
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import accept, move
from matchmaker.services.place import PlaceDetails
from matchmaker.services.place_change import change_place
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from tests.factories import make_delegate, make_meeting, make_person, make_place
from tests.races import race
from tests.rounds import Fair, make_fair

pytestmark = pytest.mark.both_databases

# 5 meet both orders. On 28 November 2026 each race of this file ran with TRIALS=100 on SQLite and with
# TRIALS=100 on PostgreSQL: every one passed, with the invariants empty after each trial.
TRIALS = int(os.environ.get("TRIALS", "5"))

Deed = Callable[[Session], object]


def _scene(database: Database) -> tuple[Fair, list[int], int]:
    """A firm whose two delegates each have a proposed meeting in a slot of their own, in a hall for two."""
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=2, slots=2)
        own = fair.startups[0]
        colleague = make_delegate(session, own, make_person(session), is_manager=True)
        hall = make_place(session, fair.event, name="Hall", kind=PlaceKind.ROOM, capacity=2)
        sitters = [own.delegates[0].id, colleague.id]
        for number, corporate in enumerate(fair.corporates):
            meeting = make_meeting(
                session, fair.event, slot=fair.slots[number], a=own, b=corporate, place=hall
            )
            meeting.sitters = [
                MeetingDelegate(delegate_id=sitter, event_id=fair.event.id)
                for sitter in (sitters[number], corporate.delegates[0].id)
            ]
            claim_seats(session, meeting=meeting)
        make_place(session, fair.event, name="Table", kind=PlaceKind.TABLE)
        return fair, sitters, hall.id


def _remove(fair: Fair, delegate_id: int) -> Deed:
    def deed(session: Session) -> object:
        delegate = session.get(Delegate, delegate_id)
        return delegate and remove_delegate(
            session, event=session.get_one(Event, fair.event.id), delegate=delegate, now=clock.now(),
            actor_id=fair.organiser.id, hold=HOLD,
        )  # fmt: skip

    return deed


def _undo(fair: Fair, change_id: int) -> Deed:
    return lambda session: undo_change(
        session, change=session.get_one(Change, change_id), actor_id=fair.organiser.id, now=clock.now()
    )


def _accept(database: Database, fair: Fair, meeting_id: int) -> Deed:
    """Both sides' answers in one; with the version that was seen before."""
    with database.reading() as session:
        meeting = session.get_one(Meeting, meeting_id)
        version, sides = meeting.version, (meeting.participation_a_id, meeting.participation_b_id)

    def deed(session: Session) -> object:
        seen = version
        for side in sides:
            row = accept(
                session, event=session.get_one(Event, fair.event.id), meeting_id=meeting_id,
                participation_id=side, version=seen, actor_id=fair.organiser.id, now=clock.now(),
            )  # fmt: skip
            session.flush()
            seen = row.version
        return None

    return deed


def _capacity(fair: Fair, hall: int, capacity: int) -> Deed:
    return lambda session: change_place(
        session, event_id=fair.event.id, place_id=hall, actor_id=fair.organiser.id, now=clock.now(),
        details=PlaceDetails(PlaceKind.ROOM, "Hall", capacity=capacity), hold=HOLD,
    )  # fmt: skip


def _state(database: Database) -> list[Any]:
    with database.reading() as session:
        assert broken_invariants(session) == {}
        columns = (Meeting.id, Meeting.status, Meeting.slot_id, Meeting.place_id, Seat.delegate_id)
        rows = session.execute(
            sa.select(*columns).outerjoin(Seat, Seat.meeting_id == Meeting.id).order_by(*columns)
        )
        return [tuple(row) for row in rows]


def _last_change(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(sa.select(sa.func.max(Change.id))).one()


def _undo_all(database: Database, fair: Fair) -> None:
    with database.reading() as session:
        held = sa.select(Change.id).where(Change.undone_at.is_(None)).order_by(Change.id.desc())
        numbers = session.scalars(held).all()
    for number in numbers:
        with database.transaction() as session:
            _undo(fair, number)(session)


def _unanswer(database: Database) -> None:
    with database.transaction() as session:
        for row in session.scalars(sa.select(Meeting)):
            row.status, row.accepted_a_at, row.accepted_b_at = MeetingStatus.PROPOSED, None, None
        session.execute(sa.delete(OutboxMail))
        session.execute(sa.delete(Change))


def test_of_two_who_undo_at_once_one_does_it(database: Database) -> None:
    fair, sitters, _hall = _scene(database)
    before = _state(database)
    for _trial in range(TRIALS):
        with database.transaction() as session:
            _remove(fair, sitters[0])(session)
        change = _last_change(database)
        assert race(database, _undo(fair, change), _undo(fair, change)) == ["done", "done"]
        assert _state(database) == before
        with database.reading() as session:
            assert session.scalar(sa.select(OutboxMail.id)) is None


def test_of_undo_and_answer_one_wins(database: Database) -> None:
    """The answer was given to what the change made of the meeting; what it was before asks again."""
    for _trial in range(TRIALS):
        fair, sitters, _hall = _scene(database)
        with database.transaction() as session:
            _remove(fair, sitters[0])(session)
            meeting = session.scalars(
                sa.select(Meeting).where(Meeting.event_id == fair.event.id).order_by(Meeting.id)
            ).first()
            assert meeting is not None
        answer = _accept(database, fair, meeting.id)
        ends = race(database, _undo(fair, _last_change(database)), answer)
        assert sorted(end == "done" for end in ends) == [False, True], ends
        rows = [row for row in _state(database) if row[0] == meeting.id]
        is_answered = ends[1] == "done"
        assert {row[1] for row in rows} == {
            MeetingStatus.CONFIRMED if is_answered else MeetingStatus.PROPOSED
        }
        assert {row[4] for row in rows} & set(sitters) == {sitters[1] if is_answered else sitters[0]}


def test_removal_and_answer_at_once_keep_both_or_show_the_fresh_state(database: Database) -> None:
    fair, sitters, _hall = _scene(database)
    before = _state(database)
    for _trial in range(TRIALS):
        ends = race(database, _remove(fair, sitters[0]), _accept(database, fair, before[0][0]))
        assert "done" in ends, ends
        if ends[0] != "done":  # the answer came first: seen afresh, it goes through
            with database.transaction() as session:
                _remove(fair, sitters[0])(session)
        assert sitters[0] not in {row[4] for row in _state(database)}
        _undo_all(database, fair)
        is_answered = ends[1] == "done"
        assert (_state(database)[0][1] == MeetingStatus.CONFIRMED) == is_answered
        _unanswer(database)
        assert _state(database) == before


def test_of_two_delegates_removed_at_once_neither_gets_the_others_seat(database: Database) -> None:
    fair, sitters, _hall = _scene(database)
    before = _state(database)
    for _trial in range(TRIALS):
        ends = race(database, *(_remove(fair, sitter) for sitter in sitters))
        assert sorted(ends) == ["LastManager", "done"], ends
        left = sitters[1 - ends.index("done")]
        assert {row[4] for row in _state(database)} & set(sitters) == {left}
        _undo_all(database, fair)
        assert _state(database) == before


def test_room_lowered_while_a_meeting_moves_in_is_never_too_small(database: Database) -> None:
    fair, _sitters, hall = _scene(database)
    with database.transaction() as session:
        second = session.scalars(sa.select(Meeting).order_by(Meeting.id.desc())).first()
        assert second is not None
        move(
            session, event=fair.event, meeting_id=second.id, slot_id=second.slot_id,
            place_id=session.scalars(sa.select(Place.id).where(Place.name == "Table")).one(),
            version=second.version, actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    before = _state(database)
    for _trial in range(TRIALS):
        with database.reading() as session:
            row = session.get_one(Meeting, second.id)
            version = row.version

        def into(session: Session, version: int = version) -> object:
            return move(
                session, event=session.get_one(Event, fair.event.id), meeting_id=second.id,
                slot_id=fair.slots[0].id, place_id=hall, version=version, actor_id=fair.organiser.id,
                now=clock.now(),
            )  # fmt: skip

        ends = race(database, _capacity(fair, hall, 1), into)
        assert "done" in ends, ends
        _state(database)
        _undo_all(database, fair)
        with database.transaction() as session:
            _capacity(fair, hall, 2)(session)
            row = session.get_one(Meeting, second.id)
            row.slot_id, row.place_id = before[-1][2], before[-1][3]
            claim_seats(session, meeting=row)
        assert _state(database) == before
