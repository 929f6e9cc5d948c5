"""When delegates can meet."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import (
    Attendance,
    AuditEntry,
    Availability,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingStatus,
    Participation,
    Person,
    Seat,
    SessionKind,
    Slot,
)
from matchmaker.services.availability import available_slots, state_availability, stated_slots
from tests.factories import NOW, add, make_delegate, make_event, make_participation, make_person, make_slots

MORNING = dt.datetime(2026, 11, 25, 6, 0, tzinfo=dt.UTC)


def _delegate(participation: Participation) -> Delegate:
    return participation.delegates[0]


def _numbers(slots: list[Slot], found: frozenset[int]) -> list[int]:
    return [number for number, slot in enumerate(slots) if slot.id in found]


def _session(session: Session, event: Event, slot: Slot, kind: SessionKind) -> EventSession:
    return add(
        session,
        EventSession(
            event_id=event.id, kind=kind, title="Session", starts_at=slot.starts_at, ends_at=slot.ends_at
        ),
    )


def _seat(session: Session, event: Event, slot: Slot, person: Person) -> None:
    sides = [make_participation(session, event, person=person), make_participation(session, event)]
    meeting = add(
        session,
        Meeting(
            event_id=event.id,
            participation_a_id=sides[0].id,
            participation_b_id=sides[1].id,
            slot_id=slot.id,
            status=MeetingStatus.CONFIRMED,
            uid=f"seat-{slot.id}",
            created_at=NOW,
            updated_at=NOW,
        ),
    )
    add(
        session,
        Seat(
            meeting_id=meeting.id,
            person_id=person.id,
            slot_id=slot.id,
            delegate_id=_delegate(sides[0]).id,
            event_id=event.id,
        ),
    )


def test_availability_is_office_hours_in_the_persons_own_zone(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=16, start=MORNING, minutes=50, pause=10)
    essen = _delegate(make_participation(session, event))
    toronto = _delegate(
        make_participation(session, event, person=make_person(session, time_zone="America/Toronto"))
    )
    found = available_slots(session, event=event)
    assert _numbers(slots, found[essen.id]) == list(range(1, 12))
    assert _numbers(slots, found[toronto.id]) == list(range(7, 16))


@pytest.mark.both_databases
def test_availability_that_was_stated_outweighs_office_hours(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=3, start=MORNING, minutes=50, pause=10)
    delegate = _delegate(make_participation(session, event))
    for slot, is_available in ((slots[0], True), (slots[2], False)):
        add(
            session,
            Availability(
                delegate_id=delegate.id, slot_id=slot.id, event_id=event.id, is_available=is_available
            ),
        )
    assert _numbers(slots, available_slots(session, event=event)[delegate.id]) == [0, 1]


def test_availability_loses_breaks_and_attended_sessions(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=4)
    one, other = (_delegate(make_participation(session, event)) for _ in range(2))
    _session(session, event, slots[0], SessionKind.BREAK)
    talk = _session(session, event, slots[2], SessionKind.TALK)
    add(session, Attendance(session_id=talk.id, delegate_id=one.id, event_id=event.id, created_at=NOW))
    found = available_slots(session, event=event)
    assert _numbers(slots, found[one.id]) == [1, 3]
    assert _numbers(slots, found[other.id]) == [1, 2, 3]


@pytest.mark.both_databases
def test_availability_loses_overlapping_seats_in_any_event(session: Session) -> None:
    event, elsewhere = make_event(session), make_event(session)
    slots = make_slots(session, event, count=3)
    person = make_person(session)
    delegate = _delegate(make_participation(session, event, person=person))
    shifted = make_slots(session, elsewhere, count=1, start=slots[1].starts_at + dt.timedelta(minutes=21))
    _seat(session, elsewhere, shifted[0], person)
    assert _numbers(slots, available_slots(session, event=event)[delegate.id]) == [0, 1]


def test_availability_of_another_participation_of_the_same_person_counts(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=2)
    person = make_person(session)
    delegate = _delegate(make_participation(session, event, person=person))
    _seat(session, event, slots[0], person)
    assert _numbers(slots, available_slots(session, event=event)[delegate.id]) == [1]


def test_availability_can_be_asked_for_some_delegates(session: Session) -> None:
    event = make_event(session)
    make_slots(session, event)
    one = _delegate(make_participation(session, event))
    make_participation(session, event)
    assert list(available_slots(session, event=event, delegates=[one.id])) == [one.id]


def test_availability_without_slots_is_empty(session: Session) -> None:
    event = make_event(session)
    delegate = _delegate(make_participation(session, event))
    assert available_slots(session, event=event) == {delegate.id: frozenset()}


@pytest.mark.breaks_invariants  # rows made by hand, with no seats
@pytest.mark.parametrize("firms", [1, 3])
def test_availability_takes_the_same_number_of_queries_for_any_number(database: Database, firms: int) -> None:
    with database.transaction() as session:
        event = make_event(session)
        slots = make_slots(session, event, count=4)
        for _ in range(firms):
            person = make_person(session)
            make_participation(session, event, person=person)
        _seat(session, event, slots[0], make_person(session))
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2])))
    with database.reading() as session:
        available_slots(session, event=session.get_one(Event, event.id))
    assert len([text for text in statements if text.startswith("SELECT")]) == 9


def test_stating_availability_keeps_what_was_chosen_whatever_the_zone_becomes(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=3)
    elsewhere = make_slots(session, make_event(session), count=1)
    person = make_person(session)
    delegate = make_delegate(session, make_participation(session, event), person)
    state_availability(
        session,
        delegate=delegate,
        slot_ids={slots[1].id, elsewhere[0].id},
        actor_id=person.id,
        now=NOW,
    )
    person.time_zone = "Asia/Tokyo"
    session.flush()
    shown, chosen = stated_slots(session, delegate=delegate)
    assert [slot.id for slot in shown] == [slot.id for slot in slots]
    assert chosen == {slots[1].id}
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.details) == ("state_availability", {"slots": 1})
