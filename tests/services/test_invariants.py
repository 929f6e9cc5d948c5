"""Each rule about the database finds what breaks it."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import MeetingStatus, PlaceClaim, Seat
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.seat import claim_seats
from tests.factories import add, make_event, make_meeting, make_participation, make_place, make_slots

pytestmark = pytest.mark.both_databases


def test_invariants_hold_for_a_seated_meeting(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    claim_seats(session, meeting=make_meeting(session, event, slot=slot, place=make_place(session, event)))
    assert broken_invariants(session) == {}


def test_invariants_find_a_person_in_two_overlapping_meetings(session: Session) -> None:
    event = make_event(session)
    early = make_slots(session, event, count=1)[0]
    late = make_slots(session, event, count=1, start=early.starts_at + dt.timedelta(minutes=10))[0]
    own = make_participation(session, event)
    first, second = (make_meeting(session, event, a=own, slot=slot) for slot in (early, late))
    claim_seats(session, meeting=first)
    for sitter in second.sitters:  # written past the guard
        add(
            session,
            Seat(
                meeting_id=second.id, person_id=sitter.delegate.person_id, slot_id=late.id,
                delegate_id=sitter.delegate_id, event_id=event.id,
            ),
        )  # fmt: skip
    person_id = own.delegates[0].person_id
    assert broken_invariants(session) == {
        "nobody sits in two meetings that overlap": [(person_id, first.id, second.id)]
    }


def test_invariants_find_a_place_over_its_capacity_and_a_lane_taken_twice(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    place = make_place(session, event, capacity=2)
    meetings = [make_meeting(session, event, slot=slot, place=place) for _ in range(2)]
    for meeting in meetings:
        claim_seats(session, meeting=meeting)
    place.capacity = 1
    session.flush()
    assert broken_invariants(session) == {
        "a place never holds more meetings at once than its capacity": [(place.id, slot.id, 2)]
    }


def test_invariants_find_seats_and_places_of_an_ended_meeting(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    meeting = make_meeting(session, event, slot=slot, place=make_place(session, event))
    claim_seats(session, meeting=meeting)
    meeting.status = MeetingStatus.CANCELLED
    session.flush()
    assert set(broken_invariants(session)) == {
        "a meeting that is a draft or has ended holds no seat",
        "a meeting that is a draft or has ended holds no place",
    }


def test_invariants_find_a_meeting_without_seats_and_without_its_place(session: Session) -> None:
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    meeting = make_meeting(
        session, event, slot=slot, place=make_place(session, event), status=MeetingStatus.CONFIRMED
    )
    claim_seats(session, meeting=meeting)
    session.execute(sa.delete(Seat))
    session.execute(sa.delete(PlaceClaim))
    assert set(broken_invariants(session)) == {
        "a proposed or confirmed meeting has a seat for each of its delegates",
        "a proposed or confirmed meeting has seats of both sides",
        "a meeting at a place of limited capacity has claimed it",
        "a confirmed meeting was accepted by both sides",
    }
