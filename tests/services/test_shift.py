"""The rota of a booth session: turns, gaps, staff, and who is hit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, Invalid, NotFound
from matchmaker.models import Block, Event, MeetingStatus, Slot
from matchmaker.services.impact import InUse
from matchmaker.services.shift import (
    ShiftDetails,
    StaffBusy,
    add_shift,
    delete_shift,
    edit_shift,
    read_rota,
)
from tests.factories import (
    make_delegate,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _stand(session: Session) -> tuple[Event, Block, list[Slot], dict[str, Any]]:
    """A booth session of four slots of an hour."""
    event = make_event(session)
    slots = make_slots(
        session, event, count=4, minutes=60, pause=0, place=make_place(session, event, capacity=2), capacity=2
    )
    block = slots[0].block
    acting = {
        "event_id": event.id, "block_id": block.id, "actor_id": make_person(session).id, "now": NOW,
    }  # fmt: skip
    return event, block, slots, acting


def test_rota_points_out_gaps_and_shared_time(session: Session) -> None:
    event, block, _slots, acting = _stand(session)
    first, second = make_participation(session, event), make_participation(session, event)
    start = block.starts_at
    add_shift(session, details=ShiftDetails(first.id, start, start + 2 * HOUR), **acting)
    add_shift(session, details=ShiftDetails(second.id, start + HOUR, start + 3 * HOUR), **acting)
    rota = read_rota(session, event_id=event.id, block_id=block.id)
    assert [turn.partner for turn in rota.turns] == [first.organisation.name, second.organisation.name]
    assert rota.gaps == ((start + 3 * HOUR, start + 4 * HOUR),)
    assert rota.shared == ((start + HOUR, start + 2 * HOUR),)


def test_rota_of_an_empty_stand_is_one_gap(session: Session) -> None:
    event, block, _slots, _acting = _stand(session)
    rota = read_rota(session, event_id=event.id, block_id=block.id)
    assert (rota.gaps, rota.shared) == (((block.starts_at, block.ends_at),), ())


def test_rota_of_an_ordinary_block_is_not_there(session: Session) -> None:
    event = make_event(session)
    block = make_slots(session, event)[0].block
    with pytest.raises(NotFound):
        read_rota(session, event_id=event.id, block_id=block.id)


def test_shift_keeps_to_the_block_and_to_one_turn_at_a_time(session: Session) -> None:
    event, block, _slots, acting = _stand(session)
    partner = make_participation(session, event)
    foreign = make_participation(session, make_event(session))
    start = block.starts_at
    add_shift(session, details=ShiftDetails(partner.id, start, start + HOUR), **acting)
    wrong = [
        (ShiftDetails(partner.id, start + HOUR, start + HOUR), Invalid, "ends_at"),
        (ShiftDetails(partner.id, start - HOUR, start), Invalid, "starts_at"),
        (ShiftDetails(foreign.id, start + HOUR, start + 2 * HOUR), Invalid, "participation_id"),
        (ShiftDetails(partner.id, start, start + HOUR / 2), Conflict, "starts_at"),
    ]
    for details, error, field in wrong:
        with pytest.raises(error) as raised:
            add_shift(session, details=details, **acting)
        assert raised.value.field == field


def test_staff_belong_to_the_partner_and_are_in_one_place(session: Session) -> None:
    event, block, _slots, acting = _stand(session)
    person = make_person(session)
    first, second = make_participation(session, event), make_participation(session, event)
    own, same_person = make_delegate(session, first, person), make_delegate(session, second, person)
    start = block.starts_at
    with pytest.raises(Invalid):
        add_shift(
            session,
            details=ShiftDetails(first.id, start, start + HOUR, frozenset({same_person.id})),
            **acting,
        )
    add_shift(session, details=ShiftDetails(first.id, start, start + HOUR, frozenset({own.id})), **acting)
    with pytest.raises(StaffBusy):
        add_shift(
            session,
            details=ShiftDetails(second.id, start, start + HOUR, frozenset({same_person.id})),
            **acting,
        )
    rota = read_rota(session, event_id=event.id, block_id=block.id)
    assert [turn.staff for turn in rota.turns] == [(person.name,)]


def test_shift_with_meetings_does_not_move_away_from_them(session: Session) -> None:
    event, block, slots, acting = _stand(session)
    partner = make_participation(session, event)
    start = block.starts_at
    shift = add_shift(session, details=ShiftDetails(partner.id, start, start + 3 * HOUR), **acting)
    meeting = make_meeting(session, event, slot=slots[1], a=partner, place=block.place)
    later = ShiftDetails(partner.id, start + 2 * HOUR, start + 3 * HOUR)
    with pytest.raises(InUse) as raised:
        edit_shift(session, shift_id=shift.id, details=later, **acting)
    with pytest.raises(InUse):
        delete_shift(session, shift_id=shift.id, **acting)
    assert [row.id for row in raised.value.impact.meetings] == [meeting.id]
    shorter = ShiftDetails(partner.id, start + HOUR, start + 2 * HOUR)
    edit_shift(session, shift_id=shift.id, details=shorter, **acting)
    meeting.status = MeetingStatus.CANCELLED
    session.flush()
    delete_shift(session, shift_id=shift.id, **acting)
    assert read_rota(session, event_id=event.id, block_id=block.id).turns == ()
