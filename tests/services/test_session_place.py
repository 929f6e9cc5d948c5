"""Where a roundtable sits nobody else is put, not by a booking, not by a session, not by the next round."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Event,
    EventSession,
    Meeting,
    MeetingStatus,
    Place,
    PlaceKind,
    Round,
    RoundStep,
    Slot,
)
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting_slot import Places
from matchmaker.services.publication import publish_round
from matchmaker.services.round_place import read_slots
from matchmaker.services.seat import PlaceTaken, claim_seats
from matchmaker.services.session_place import TableInTheWay
from tests.factories import make_meeting, make_place
from tests.races import race
from tests.rounds import Fair, make_fair, run_round
from tests.tables import make_masterclass, make_roundtable, would_like

pytestmark = pytest.mark.both_databases


def _drafted(database: Database, config: Config, capacity: int = 1) -> tuple[Fair, EventSession, Place, int]:
    """A round that holds a roundtable at a place and makes no meetings."""
    with database.transaction() as session:
        fair = make_fair(session, startups=5)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        place = make_place(session, fair.event, name="Large table", capacity=capacity)
        row = make_roundtable(session, fair, place_ids=(place.id,))
        would_like(session, row, *fair.startups[:3])
    return fair, row, place, run_round(database, config, fair.event, RoundStep.SCHEDULE, least_fit=2.0)


def _publish(session: Session, round_id: int) -> None:
    round_ = session.get_one(Round, round_id)
    event = session.get_one(Event, round_.event_id)
    publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())


def _slot(session: Session, row: EventSession) -> Slot:
    held = session.get_one(EventSession, row.id)
    return session.scalars(sa.select(Slot).where(Slot.starts_at == held.starts_at)).one()


def _book(session: Session, fair: Fair, slot: Slot, place: Place, number: int) -> Meeting:
    """A meeting at the place of two who do not sit at the table."""
    meeting = make_meeting(
        session, session.get_one(Event, fair.event.id), slot=slot, a=fair.startups[3 + number],
        b=fair.corporates[1 + number], place=session.get_one(Place, place.id),
        status=MeetingStatus.CONFIRMED, accepted_a_at=clock.now(), accepted_b_at=clock.now(),
    )  # fmt: skip
    claim_seats(session, meeting=meeting)
    return meeting


@pytest.mark.parametrize("capacity", [1, 2])
def test_a_roundtable_takes_as_much_of_its_place_as_a_meeting(
    database: Database, config: Config, capacity: int
) -> None:
    fair, row, place, round_id = _drafted(database, config, capacity)
    with database.transaction() as session:
        _publish(session, round_id)
    with database.reading() as session:
        slot_id = _slot(session, row).id
        event = session.get_one(Event, fair.event.id)
        choice = Places(session, event)
        slots = read_slots(session, event=event)
        (shown,) = [one for one in choice.places if one.id == place.id]
        assert {one.id: choice.left(shown, one)[1] for one in slots} == {
            one.id: capacity - 1 if one.id == slot_id else capacity for one in slots
        }
    if capacity == 2:
        with database.transaction() as session:
            _book(session, fair, _slot(session, row), place, 0)
    with pytest.raises(PlaceTaken), database.transaction() as session:
        _book(session, fair, _slot(session, row), place, 1)
    with database.reading() as session:
        assert broken_invariants(session) == {}


def test_no_other_session_is_put_where_a_roundtable_sits(database: Database, config: Config) -> None:
    fair, row, place, round_id = _drafted(database, config)
    with database.transaction() as session:
        _publish(session, round_id)
    with database.reading() as session:
        slot = _slot(session, row)
    with pytest.raises(TableInTheWay), database.transaction() as session:
        make_masterclass(session, fair, place_id=place.id, starts_at=slot.starts_at, ends_at=slot.ends_at)


def test_a_booking_and_a_publication_at_once_leave_the_place_to_one_of_them(
    database: Database, config: Config
) -> None:
    fair, row, place, round_id = _drafted(database, config)
    with database.reading() as session:
        figures = session.get_one(Round, round_id).figures
        (planned,) = figures["session_plan"]
        slots = session.scalars(sa.select(Slot).where(Slot.event_id == fair.event.id)).all()
        slot_id = next(one.id for one in slots if one.starts_at.isoformat() == planned["starts_at"])

    def book(session: Session) -> Any:
        return _book(session, fair, session.get_one(Slot, slot_id), place, 0)

    outcomes = race(database, lambda session: _publish(session, round_id), book)
    assert outcomes in (["done", "done"], ["done", "PlaceTaken"])
    with database.reading() as session:
        held = session.get_one(EventSession, row.id)
        assert held.has_time == (outcomes[1] == "PlaceTaken")
        assert broken_invariants(session) == {}
