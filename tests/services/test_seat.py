"""Seats and places: nobody is in two places at once, whichever event or slot."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import Attendance, EventSession, Meeting, PlaceClaim, PlaceKind, Seat, SessionKind
from matchmaker.services.seat import (
    NobodySits,
    PlaceTaken,
    SlotTaken,
    claim_seats,
    claim_seats_of,
    free_seats,
)
from tests.factories import (
    NOW,
    add,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)

pytestmark = pytest.mark.both_databases


def test_claim_seats_gives_every_delegate_a_seat_and_the_meeting_a_lane(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    place = make_place(session, event, capacity=2)
    meeting = make_meeting(session, event, slot=slot, place=place)
    claim_seats(session, meeting=meeting)
    people = {sitter.delegate.person_id for sitter in meeting.sitters}
    assert set(session.scalars(sa.select(Seat.person_id))) == people
    assert session.scalars(sa.select(PlaceClaim.lane)).all() == [1]


def test_claim_seats_refuses_a_person_who_sits_elsewhere_at_that_time(session: Session) -> None:
    person = make_person(session)
    first_event, second_event = make_event(session), make_event(session)
    for event, minutes, expected in ((first_event, 0, None), (second_event, 10, SlotTaken)):
        start = dt.datetime(2026, 11, 25, 14, minutes, tzinfo=dt.UTC)
        slot = make_slots(session, event, count=1, start=start)[0]
        own = make_participation(session, event, person=person)
        meeting = make_meeting(session, event, a=own, slot=slot)
        if expected is None:
            claim_seats(session, meeting=meeting)
        else:
            with pytest.raises(expected):
                claim_seats(session, meeting=meeting)


def test_claim_seats_refuses_a_person_who_attends_a_session(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    meeting = make_meeting(session, event, slot=slot)
    talk = add(
        session,
        EventSession(
            event_id=event.id,
            kind=SessionKind.TALK,
            title="Electrolysers",
            starts_at=slot.starts_at - dt.timedelta(minutes=30),
            ends_at=slot.starts_at + dt.timedelta(minutes=5),
        ),
    )
    delegate = meeting.sitters[0].delegate
    add(
        session,
        Attendance(session_id=talk.id, delegate_id=delegate.id, event_id=event.id, created_at=NOW),
    )
    with pytest.raises(SlotTaken):
        claim_seats(session, meeting=meeting)


def test_claim_seats_refuses_a_meeting_with_one_side_only(session: Session) -> None:
    event = make_event(session)
    meeting = make_meeting(session, event, slot=make_slots(session, event, count=1)[0])
    session.delete(meeting.sitters[1])
    session.flush()
    with pytest.raises(NobodySits):
        claim_seats(session, meeting=meeting)


def test_place_holds_as_many_meetings_as_its_capacity_in_overlapping_slots(session: Session) -> None:
    event = make_event(session)
    place = make_place(session, event, capacity=2)
    noon = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
    slots = [
        make_slots(session, event, count=1, start=noon + dt.timedelta(minutes=shift))[0]
        for shift in (0, 5, 10)
    ]
    meetings = [make_meeting(session, event, slot=slot, place=place) for slot in slots]
    refused = claim_seats_of(session, meetings=meetings)
    assert {number: type(error) for number, error in refused.items()} == {meetings[2].id: PlaceTaken}
    assert session.scalars(sa.select(PlaceClaim.lane).order_by(PlaceClaim.lane)).all() == [1, 2]


def test_booth_session_counts_its_own_capacity(session: Session) -> None:
    event = make_event(session)
    stand = make_place(session, event, kind=PlaceKind.BOOTH, capacity=5)
    slot = make_slots(session, event, count=1, place=stand, capacity=1)[0]
    first, second = (make_meeting(session, event, slot=slot, place=stand) for _ in range(2))
    claim_seats(session, meeting=first)
    with pytest.raises(PlaceTaken):
        claim_seats(session, meeting=second)


def test_video_place_without_capacity_needs_no_claim(session: Session) -> None:
    event = make_event(session)
    room = make_place(session, event, kind=PlaceKind.VIDEO, capacity=None)
    slot = make_slots(session, event, count=1)[0]
    meetings = [make_meeting(session, event, slot=slot, place=room) for _ in range(3)]
    assert claim_seats_of(session, meetings=meetings) == {}
    assert session.scalars(sa.select(PlaceClaim.lane)).all() == []


def test_claim_seats_again_replaces_what_the_meeting_had(session: Session) -> None:
    event = make_event(session)
    first, second = make_slots(session, event, count=2)
    place = make_place(session, event)
    meeting = make_meeting(session, event, slot=first, place=place)
    claim_seats(session, meeting=meeting)
    meeting.slot_id = second.id
    claim_seats(session, meeting=meeting)
    assert set(session.scalars(sa.select(Seat.slot_id))) == {second.id}
    free_seats(session, meeting_ids=[meeting.id])
    assert session.scalars(sa.select(Seat.slot_id)).all() == []
    assert session.scalars(sa.select(PlaceClaim.slot_id)).all() == []


def test_claims_for_many_meetings_take_few_statements(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=3)
    place = make_place(session, event, capacity=3)

    def statements(count: int) -> int:
        meetings = [make_meeting(session, event, slot=slots[n % 3], place=place) for n in range(count)]
        seen: list[str] = []
        engine = session.get_bind()

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        claim_seats_of(session, meetings=meetings)
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    assert statements(1) == statements(6)


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
def test_two_claims_at_once_for_one_person_have_one_winner(database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session)
        person = make_person(session)
        own = make_participation(session, event, person=person)
        early = make_slots(session, event, count=1)[0]
        late = make_slots(session, event, count=1, start=early.starts_at + dt.timedelta(minutes=10))[0]
        numbers = [make_meeting(session, event, a=own, slot=slot).id for slot in (early, late)]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def claim(number: int) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                claim_seats(session, meeting=session.get_one(Meeting, number))
            outcomes.append("seated")
        except SlotTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=claim, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["seated", "taken"]
