"""The pause between two meetings: in suggested times, when a request is accepted, in moves and in rounds."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.round import run_due_round
from matchmaker.models import Event, Meeting, Participation, Round, RoundStatus, Slot
from matchmaker.services.gone import Gone
from matchmaker.services.meeting_request_answer import SlotGone, accept_request
from matchmaker.services.meeting_request_ask import ask
from matchmaker.services.meeting_slot import common_slots, movable_slots
from matchmaker.services.mending import plan_moves
from matchmaker.services.round_draft import lock_meetings, run_again
from matchmaker.services.seat import claim_seats
from tests.factories import (
    make_delegate,
    make_event,
    make_meeting,
    make_participation,
    make_place,
    make_slots,
)
from tests.rounds import make_fair, plain, run_round


@pytest.fixture
def event(session: Session) -> Event:
    """Slots of 20 minutes follow each other after 5; between two meetings 15 are free."""
    return make_event(session, pause=15)


@pytest.fixture
def slots(session: Session, event: Event) -> list[Slot]:
    return make_slots(session, event, count=4)


def _meets(session: Session, side: Participation, slot: Slot) -> Meeting:
    """The participation has a meeting in the slot."""
    event = session.get_one(Event, side.event_id)
    meeting = make_meeting(session, event, b=side, slot=slot)
    claim_seats(session, meeting=meeting)
    return meeting


def _common(
    session: Session, event: Event, one: Participation, other: Participation, now: dt.datetime
) -> list[int]:
    return [slot.slot_id for slot in common_slots(session, event=event, own=one, other=other, now=now)]


def test_suggested_times_leave_everybody_their_pause(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    _meets(session, other, slots[0])
    assert _common(session, event, one, other, now) == [slots[2].id, slots[3].id]
    other.pause = 0
    session.flush()
    assert _common(session, event, one, other, now) == [slot.id for slot in slots[1:]]


def test_person_who_sits_for_two_has_the_longer_pause(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    event.pause = None
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    second = make_participation(session, event, group="corporates", pause=50)
    make_delegate(session, second, other.delegates[0].person)
    _meets(session, other, slots[0])
    assert _common(session, event, one, other, now) == [slots[3].id]


def test_two_meetings_that_stood_closer_than_the_pause_may_stay_so(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    side = make_participation(session, event, group="corporates")
    event.pause = None
    room, _other = make_place(session, event), make_place(session, event)
    lost = [_meets(session, side, slot) for slot in slots]
    event.pause = 15
    moves = plan_moves(session, event=event, meetings=lost, gone=Gone(place_id=room.id), now=now)
    assert {number: move.slot_id for number, move in moves.items()} == {row.id: row.slot_id for row in lost}


def test_request_cannot_be_accepted_into_somebodys_pause(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    person_id = one.delegates[0].person_id
    request = ask(
        session, event=event, from_id=one.id, to_id=other.id, slot_id=slots[1].id, message="",
        actor_id=person_id, now=now,
    )  # fmt: skip
    _meets(session, other, slots[2])
    with pytest.raises(SlotGone):
        accept_request(session, event=event, request_id=request.id, slot_id=None, actor_id=person_id, now=now)


def test_meeting_moves_where_pauses_stay_and_may_keep_its_own_time(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    side = make_participation(session, event, group="corporates")
    event.pause = None
    meeting = _meets(session, side, slots[1])
    _meets(session, side, slots[0])
    event.pause = 15
    own, other = (
        session.get_one(Participation, number)
        for number in (meeting.participation_a_id, meeting.participation_b_id)
    )
    found = movable_slots(session, event=event, meeting=meeting, own=own, other=other, now=now)
    assert [slot.slot_id for slot in found] == [slots[number].id for number in (1, 2, 3)]
    _meets(session, side, slots[3])
    found = movable_slots(session, event=event, meeting=meeting, own=own, other=other, now=now)
    assert [slot.slot_id for slot in found] == [slots[1].id]


@pytest.mark.parametrize(("pause", "kept"), [(0, True), (15, False)])
def test_meeting_that_loses_its_slot_goes_into_nobodys_pause(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime, pause: int, kept: bool
) -> None:
    event.pause = pause
    side = make_participation(session, event, group="corporates")
    _meets(session, side, slots[1])
    lost = _meets(session, side, slots[3])
    moves = plan_moves(
        session, event=event, meetings=[lost], gone=Gone(slot_ids=frozenset({slots[3].id})), now=now
    )
    assert bool(moves) == kept


def test_two_meetings_that_lose_their_slots_keep_the_pause_between_them(
    session: Session, event: Event, slots: list[Slot], now: dt.datetime
) -> None:
    side = make_participation(session, event, group="corporates")
    more = make_slots(session, event, count=3, start=slots[-1].ends_at + dt.timedelta(hours=1))
    lost = [_meets(session, side, slot) for slot in (more[0], more[2])]
    moves = plan_moves(
        session, event=event, meetings=lost, gone=Gone(slot_ids=frozenset(s.id for s in more)), now=now
    )
    at = sorted([slot.id for slot in slots].index(move.slot_id) for move in moves.values())
    assert (len(at), at[1] - at[0] > 1) == (2, True)


def _times(database: Database, round_id: int) -> list[tuple[dt.datetime, dt.datetime]]:
    with database.reading() as session:
        rows = session.execute(
            sa.select(Slot.starts_at, Slot.ends_at)
            .join(Meeting, Meeting.slot_id == Slot.id)
            .where(Meeting.round_id == round_id)
            .order_by(Slot.starts_at)
        )
        return [(row.starts_at, row.ends_at) for row in rows]


def test_round_leaves_pauses(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=4, slots=4, pause=15)
    times = _times(database, run_round(database, plain(config), fair.event))
    assert len(times) == 2
    assert all(after[0] - before[1] >= dt.timedelta(minutes=15) for before, after in pairwise(times))


def test_kept_meetings_without_a_pause_do_not_make_a_round_impossible(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=3, slots=3)
    first = run_round(database, plain(config), fair.event)
    before = _times(database, first)
    with database.transaction() as session:
        event, round_ = session.get_one(Event, fair.event.id), session.get_one(Round, first)
        event.pause = 15
        numbers = set(session.scalars(sa.select(Meeting.id).where(Meeting.round_id == first)))
        lock_meetings(
            session, round_=round_, meeting_ids=numbers, is_locked=True, actor_id=fair.organiser.id,
            now=clock.now(),
        )  # fmt: skip
        run_again(session, event=event, round_=round_, actor_id=fair.organiser.id, now=clock.now())
    second = run_due_round(database, plain(config))
    assert second is not None
    with database.reading() as session:
        assert session.get_one(Round, second).status == RoundStatus.DRAFT
    assert _times(database, second) == before
    assert len(before) == 3
