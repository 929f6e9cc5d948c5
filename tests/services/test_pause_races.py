"""Two acceptances with times too near to each other, in the same moment: one wins, the pause holds."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import Event, Meeting, MeetingStatus, Participation, Slot
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting_request_answer import accept_request
from matchmaker.services.meeting_request_ask import ask
from tests.factories import NOW, make_event, make_participation, make_slots
from tests.races import race

pytestmark = pytest.mark.both_databases

TRIALS = int(os.environ.get("TRIALS", "20"))
SOON = NOW + dt.timedelta(minutes=1)


def _accept(session: Session, event_id: int, request_id: int, person_id: int) -> object:
    event = session.get_one(Event, event_id)
    return accept_request(session, event=event, request_id=request_id, actor_id=person_id, now=SOON)


def _asked_by_two(
    session: Session, event: Event, asked: tuple[Participation, Participation], slots: tuple[Slot, Slot]
) -> tuple[Callable[[Session], object], ...]:
    """Two startups ask, each for one of the times; gives how each is accepted."""
    deeds = []
    for side, slot in zip(asked, slots, strict=True):
        startup = make_participation(session, event)
        person_id = side.delegates[0].person_id
        request = ask(
            session, event=event, from_id=startup.id, to_id=side.id, slot_id=slot.id, message="",
            actor_id=person_id, now=NOW,
        )  # fmt: skip
        deeds.append(partial(_accept, event_id=event.id, request_id=request.id, person_id=person_id))
    return tuple(deeds)


def _agreed(session: Session, event: Event) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count()).where(
                Meeting.event_id == event.id, Meeting.status == MeetingStatus.CONFIRMED
            )
        )
        or 0
    )


@pytest.mark.parametrize("is_shared", [False, True], ids=["one_participation", "one_person_for_two"])
def test_of_two_times_too_near_accepted_at_once_one_wins(database: Database, is_shared: bool) -> None:
    """Slots 0 and 1 are 5 minutes apart and the pause is 15; no seat is wanted twice, so only locks help."""
    with database.transaction() as session:
        event = make_event(session, pause=15)
        slots = make_slots(session, event, count=3)
    for trial in range(1, TRIALS + 1):
        with database.transaction() as session:
            event = session.get_one(Event, event.id)
            corporate = make_participation(session, event, group="corporates")
            other = corporate
            if is_shared:
                person = corporate.delegates[0].person
                other = make_participation(session, event, group="corporates", person=person)
            deeds = _asked_by_two(session, event, (corporate, other), (slots[0], slots[1]))
        ends = race(database, *deeds)
        assert ends.count("done") == 1, ends
        assert set(ends) <= {"done", "SlotGone", "NoPause"}, ends
        with database.reading() as session:
            assert _agreed(session, event) == trial
            assert broken_invariants(session) == {}


def test_two_times_that_leave_the_pause_are_both_accepted_at_once(database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session, pause=15)
        slots = make_slots(session, event, count=3)
    for trial in range(1, TRIALS + 1):
        with database.transaction() as session:
            event = session.get_one(Event, event.id)
            corporate = make_participation(session, event, group="corporates")
            deeds = _asked_by_two(session, event, (corporate, corporate), (slots[0], slots[2]))
        assert race(database, *deeds) == ["done", "done"]
        with database.reading() as session:
            assert _agreed(session, event) == 2 * trial
