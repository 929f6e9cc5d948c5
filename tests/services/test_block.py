"""Blocks and their slots: cutting, recutting, and who is hit."""

from __future__ import annotations

import datetime as dt
import threading
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.errors import Conflict, Invalid, MatchmakerError
from matchmaker.models import (
    AuditEntry,
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Participation,
    PlaceClaim,
    RequestStatus,
    Shift,
    Slot,
)
from matchmaker.services.block import (
    BlockDetails,
    add_block,
    cut,
    delete_block,
    details_of,
    edit_block,
    overlapping,
    preview_edit,
)
from matchmaker.services.impact import InUse
from tests.factories import NOW, add, make_event, make_meeting, make_participation, make_person, make_place

TWO = dt.datetime(2026, 11, 25, 14, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _details(**values: Any) -> BlockDetails:
    usual = {"name": "Afternoon", "starts_at": TWO, "ends_at": TWO + HOUR, "slot_minutes": 20}
    return BlockDetails(**{**usual, **values})


def _add(session: Session, event: Event, **values: Any) -> Any:
    actor = make_person(session)
    return add_block(session, event_id=event.id, details=_details(**values), actor_id=actor.id, now=NOW)


def _acting(session: Session, event: Event) -> dict[str, Any]:
    return {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}


@given(minutes=st.integers(5, 120), pause=st.integers(0, 60), length=st.integers(5, 600))
def test_cut_fills_the_block_with_equal_slots_and_pauses(minutes: int, pause: int, length: int) -> None:
    details = _details(slot_minutes=minutes, pause_minutes=pause, ends_at=TWO + dt.timedelta(minutes=length))
    slots = cut(details)
    assert all(end - start == dt.timedelta(minutes=minutes) for start, end in slots)
    assert all(after[0] - before[1] == dt.timedelta(minutes=pause) for before, after in pairwise(slots))
    last = slots[-1][1] if slots else details.starts_at - dt.timedelta(minutes=pause)
    assert last <= details.ends_at < last + dt.timedelta(minutes=pause + minutes)


def test_add_block_cuts_slots_and_needs_no_pause_after_the_last(session: Session) -> None:
    block = _add(session, make_event(session), slot_minutes=25, pause_minutes=10)
    assert [(slot.starts_at, slot.ends_at) for slot in block.slots] == [
        (TWO, TWO + dt.timedelta(minutes=25)),
        (TWO + dt.timedelta(minutes=35), TWO + HOUR),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"slot_minutes": 4}, "slot_minutes"),
        ({"slot_minutes": 61}, "slot_minutes"),
        ({"pause_minutes": 241}, "pause_minutes"),
        ({"ends_at": TWO}, "ends_at"),
        ({"starts_at": TWO + 24 * HOUR, "ends_at": TWO + 25 * HOUR}, "starts_at"),
        ({"capacity": 2}, "capacity"),
    ],
)
def test_add_block_names_the_field_that_is_wrong(
    session: Session, values: dict[str, Any], field: str
) -> None:
    event = make_event(session)
    with pytest.raises(Invalid) as raised:
        _add(session, event, **values)
    assert raised.value.field == field


def test_add_block_lasts_until_midnight_of_the_events_last_day(session: Session) -> None:
    event = make_event(session)
    midnight = dt.datetime(2026, 11, 25, 23, 0, tzinfo=dt.UTC)
    assert len(_add(session, event, starts_at=midnight - HOUR, ends_at=midnight).slots) == 3
    with pytest.raises(Invalid):
        _add(session, event, starts_at=midnight - HOUR, ends_at=midnight + HOUR)


def test_booth_session_takes_at_most_what_the_stand_holds_and_is_alone_there(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event, capacity=2)
    with pytest.raises(Invalid) as too_many:
        _add(session, event, place_id=stand.id, capacity=3)
    _add(session, event, place_id=stand.id, capacity=2)
    with pytest.raises(Invalid) as clash:
        _add(session, event, place_id=stand.id)
    assert (too_many.value.field, clash.value.field) == ("capacity", "place_id")


def test_blocks_at_one_time_are_told_unless_one_is_at_a_stand(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event, capacity=2)
    first, second = _add(session, event), _add(session, event)
    booth = _add(session, event, place_id=stand.id)
    rows = [first, second, booth]
    assert overlapping(rows, details=details_of(first), but=first.id) == [second]
    assert overlapping(rows, details=details_of(booth), but=booth.id) == []


def test_edit_block_keeps_the_rows_of_slots_that_stay_equal(session: Session) -> None:
    event = make_event(session)
    block = _add(session, event)
    before = {slot.starts_at: slot.id for slot in block.slots}
    details = _details(ends_at=TWO + 2 * HOUR, name="Long afternoon")
    acting = _acting(session, event)
    recut = preview_edit(session, event_id=event.id, block_id=block.id, details=details)
    assert (recut.kept, recut.added, recut.going) == (3, 3, ())
    after = edit_block(session, block_id=block.id, details=details, **acting)
    assert {slot.starts_at: slot.id for slot in after.slots if slot.starts_at in before} == before
    assert len(after.slots) == 6


@pytest.mark.parametrize(
    "status", [MeetingStatus.DRAFT, MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED, MeetingStatus.HELD]
)
def test_edit_and_delete_of_a_block_with_living_meetings_say_who_is_hit(
    session: Session, status: MeetingStatus
) -> None:
    event = make_event(session)
    block = _add(session, event)
    meeting = make_meeting(session, event, slot=block.slots[2], status=status)
    acting = _acting(session, event)
    shorter = _details(ends_at=TWO + dt.timedelta(minutes=40))
    with pytest.raises(InUse) as edited:
        edit_block(session, block_id=block.id, details=shorter, **acting)
    with pytest.raises(InUse) as deleted:
        delete_block(session, block_id=block.id, **acting)
    assert [m.id for m in edited.value.impact.meetings] == [meeting.id]
    assert [m.id for m in deleted.value.impact.meetings] == [meeting.id]
    assert session.scalar(sa.select(sa.func.count()).select_from(Slot)) == 3


def test_edit_block_that_leaves_the_meetings_slot_is_done(session: Session) -> None:
    event = make_event(session)
    block = _add(session, event)
    make_meeting(session, event, slot=block.slots[0], status=MeetingStatus.CONFIRMED)
    shorter = _details(ends_at=TWO + dt.timedelta(minutes=40))
    assert len(edit_block(session, block_id=block.id, details=shorter, **_acting(session, event)).slots) == 2


def test_block_with_meetings_does_not_become_a_booth_session(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event)
    block = _add(session, event)
    make_meeting(session, event, slot=block.slots[0], status=MeetingStatus.CONFIRMED)
    with pytest.raises(InUse):
        edit_block(session, block_id=block.id, details=_details(place_id=stand.id), **_acting(session, event))


def test_delete_block_forgets_what_has_ended_but_no_open_request(session: Session) -> None:
    event = make_event(session)
    block = _add(session, event)
    ended = make_meeting(session, event, slot=block.slots[0], status=MeetingStatus.DECLINED)
    request = add(
        session,
        MeetingRequest(
            event_id=event.id,
            from_id=ended.participation_a_id,
            to_id=ended.participation_b_id,
            slot_id=block.slots[0].id,
            status=RequestStatus.OPEN,
            asked_at=NOW,
            expires_at=NOW + HOUR,
            meeting_id=ended.id,
        ),
    )
    acting = _acting(session, event)
    with pytest.raises(InUse) as raised:
        delete_block(session, block_id=block.id, **acting)
    assert (raised.value.impact.count, raised.value.impact.open_requests) == (0, 1)
    request.status = RequestStatus.DECLINED
    session.flush()
    delete_block(session, block_id=block.id, **acting)
    tables = (Slot, Meeting, MeetingRequest)
    assert [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables] == [0, 0, 0]
    assert session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()[-1] == "delete_block"


def test_edit_block_cuts_the_shifts_to_its_new_span(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event)
    block = _add(session, event, place_id=stand.id, ends_at=TWO + 2 * HOUR)
    partner = make_participation(session, event)
    for start, end in ((TWO, TWO + 2 * HOUR), (TWO + HOUR, TWO + 2 * HOUR)):
        shift = Shift(
            event_id=event.id, block_id=block.id, participation_id=partner.id, starts_at=start, ends_at=end
        )
        add(session, shift)
    edit_block(session, block_id=block.id, details=_details(place_id=stand.id), **_acting(session, event))
    spans = session.execute(sa.select(Shift.starts_at, Shift.ends_at)).all()
    assert [tuple(row) for row in spans] == [(TWO, TWO + HOUR)]


def test_edit_block_holds_at_least_what_is_at_the_stand_at_once(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event, capacity=2)
    block = _add(session, event, place_id=stand.id)
    meeting = make_meeting(session, event, slot=block.slots[0], place=stand)
    claim = {"meeting_id": meeting.id, "place_id": stand.id, "slot_id": block.slots[0].id, "lane": 2}
    add(session, PlaceClaim(event_id=event.id, **claim))
    with pytest.raises(Conflict) as raised:
        edit_block(
            session,
            block_id=block.id,
            details=_details(place_id=stand.id, capacity=1),
            **_acting(session, event),
        )
    assert raised.value.field == "capacity"


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
@pytest.mark.both_databases
def test_delete_block_while_a_meeting_is_being_made_there_is_refused(database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session)
        slot = _add(session, event).slots[0]
        numbers = [make_participation(session, event).id for _ in range(2)]
        acting = {**_acting(session, event), "block_id": slot.block_id}
    told: list[str] = []
    has_begun = threading.Event()

    def delete() -> None:
        has_begun.set()
        try:
            with database.transaction() as session:
                delete_block(session, **acting)
            told.append("deleted")
        except MatchmakerError as error:
            told.append(type(error).__name__)

    other = threading.Thread(target=delete)
    with database.transaction() as session:
        first, second = (session.get_one(Participation, number) for number in numbers)
        make_meeting(session, event, slot=slot, a=first, b=second)
        other.start()
        has_begun.wait()
    other.join()
    # it waited for the meeting and saw it (InUse), or had looked before and ran into it (Stale)
    assert told in (["InUse"], ["Stale"])
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Slot)) == 3
