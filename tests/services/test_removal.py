"""Deleting a block, moving it, or deleting a place under a published schedule; and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    Block,
    Change,
    Event,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Place,
    PlaceKind,
    Round,
    Slot,
)
from matchmaker.services.block import details_of
from matchmaker.services.change import HOLD, AnsweredMeanwhile
from matchmaker.services.gone import Gone
from matchmaker.services.publication import publish_round
from matchmaker.services.removal import foresee_removal
from matchmaker.services.schedule_change import recut_block, remove_block, remove_place
from matchmaker.services.undo import undo_change
from tests.factories import make_place, make_slots
from tests.rounds import Fair, make_fair, run_round

pytestmark = pytest.mark.both_databases

State = list[tuple[Any, ...]]


def _published(database: Database, config: Config, *, spare: int = 2) -> Fair:
    """Four meetings in two slots at two tables; `spare` slots lie in another block."""
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2, slots=2, confirms_all=True)
        for number in range(2):
            make_place(session, fair.event, kind=PlaceKind.TABLE, name=f"Table {number}")
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, name="Video", link="https://v.example/{meeting}"
        )
    round_id = run_round(database, config, fair.event, seconds=3)
    with database.transaction() as session:
        round_, event = session.get_one(Round, round_id), session.get_one(Event, fair.event.id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())
        session.execute(sa.delete(OutboxMail))
        if spare:
            later = fair.slots[-1].starts_at.replace(hour=16, minute=30)
            make_slots(session, event, count=spare, start=later)
    return fair


def _state(database: Database) -> State:
    with database.reading() as session:
        columns = (Meeting.id, Meeting.status, Meeting.slot_id, Meeting.place_id)
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by(Meeting.id))]


def _acting(fair: Fair) -> dict[str, Any]:
    return {"event_id": fair.event.id, "actor_id": fair.organiser.id, "now": clock.now(), "hold": HOLD}


def _undo(database: Database, fair: Fair) -> None:
    with database.transaction() as session:
        change = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
        assert change is not None
        undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def test_meetings_of_a_deleted_block_move_and_each_person_is_told_once(
    database: Database, config: Config
) -> None:
    fair = _published(database, config)
    before = _state(database)
    block_id = fair.slots[0].block_id
    with database.reading() as session:
        gone = Gone(frozenset(slot.id for slot in fair.slots))
        outlook = foresee_removal(session, event=fair.event, gone=gone, now=clock.now())
        assert (len(outlook.moved), outlook.cancelled, outlook.people) == (len(before), (), 4)
    with database.transaction() as session:
        remove_block(session, block_id=block_id, **_acting(fair))
    after = _state(database)
    assert {row[1] for row in after} == {MeetingStatus.CONFIRMED}
    assert {row[2] for row in after}.isdisjoint({slot.id for slot in fair.slots})
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail)).all()
        assert [mail.kind for mail in mails] == ["agenda_changed"] * 4
        assert all(mail.due_at > clock.now() for mail in mails)
        assert "rearranged some meetings" in render(mails[0], config).text
    _undo(database, fair)
    assert _state(database) == before
    with database.reading() as session:
        assert session.get(Block, block_id) is not None
        assert session.scalars(sa.select(OutboxMail)).all() == []


def test_what_cannot_move_is_cancelled_and_comes_back(database: Database, config: Config) -> None:
    fair = _published(database, config, spare=1)
    before = _state(database)
    with database.transaction() as session:
        remove_block(session, block_id=fair.slots[0].block_id, **_acting(fair))
    assert len(_state(database)) == len(before) // 2  # what was cancelled goes with its slot
    with database.reading() as session:
        assert len(session.scalars(sa.select(OutboxMail)).all()) == 4
    _undo(database, fair)
    assert _state(database) == before


def test_meetings_follow_a_block_that_is_moved(database: Database, config: Config) -> None:
    fair = _published(database, config, spare=0)
    before = _state(database)
    shift = (
        fair.slots[1].ends_at - fair.slots[0].starts_at + (fair.slots[1].starts_at - fair.slots[0].ends_at)
    )
    with database.transaction() as session:
        details = details_of(session.get_one(Block, fair.slots[0].block_id))
        values = {**vars(details), "starts_at": details.starts_at + shift, "ends_at": details.ends_at + shift}
        recut_block(
            session, block_id=fair.slots[0].block_id, details=type(details)(**values), **_acting(fair)
        )
    with database.reading() as session:
        times = set(session.scalars(sa.select(Slot.starts_at).join(Meeting, Meeting.slot_id == Slot.id)))
        assert times == {slot.starts_at + shift for slot in fair.slots}
    _undo(database, fair)
    assert _state(database) == before


def test_meetings_of_a_deleted_place_keep_their_time_where_they_can(
    database: Database, config: Config
) -> None:
    fair = _published(database, config)
    before = _state(database)
    with database.reading() as session:
        used = next(place_id for _id, _status, _slot, place_id in before if place_id is not None)
        assert session.get(Place, used) is not None
    with database.transaction() as session:
        remove_place(session, place_id=used, **_acting(fair))
    after = _state(database)
    assert [row[:3] for row in after] == [row[:3] for row in before]  # the video room has room
    assert used not in {row[3] for row in after}
    _undo(database, fair)
    assert _state(database) == before


def test_undo_is_refused_when_a_moved_meeting_was_changed(database: Database, config: Config) -> None:
    fair = _published(database, config)
    with database.transaction() as session:
        remove_block(session, block_id=fair.slots[0].block_id, **_acting(fair))
    with database.transaction() as session:
        meeting = session.scalars(sa.select(Meeting)).first()
        assert meeting is not None
        meeting.reason = "somebody was here"
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, fair)
