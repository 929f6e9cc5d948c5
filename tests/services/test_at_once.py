"""Two who act at once on the same meetings: one wins, the other sees the fresh state; nothing is broken."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Change,
    Event,
    Meeting,
    MeetingStatus,
    OutboxMail,
    PlaceKind,
    Round,
    RoundStatus,
    Seat,
)
from matchmaker.services.change import HOLD
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import accept, move
from matchmaker.services.publication import publish_round
from matchmaker.services.schedule_change import remove_block
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from tests.factories import NOW, make_event, make_meeting, make_person, make_place, make_slots
from tests.races import race
from tests.rounds import make_fair, run_round

pytestmark = [pytest.mark.both_databases, pytest.mark.slow]

TRIALS = 100


def _scene(database: Database) -> tuple[Event, int, list[int], int]:
    """A proposed meeting that one side has accepted, three slots, and an organiser."""
    with database.transaction() as session:
        event = make_event(session)
        slots = make_slots(session, event, count=3)
        meeting = make_meeting(session, event, slot=slots[0], accepted_a_at=NOW)
        claim_seats(session, meeting=meeting)
        return event, meeting.id, [slot.id for slot in slots], make_person(session).id


def _renew(database: Database, meeting_id: int) -> tuple[int, int]:
    """The meeting as it was proposed; gives the version that both see, and the slot."""
    with database.transaction() as session:
        meeting = session.get_one(Meeting, meeting_id)
        meeting.status, meeting.accepted_b_at = MeetingStatus.PROPOSED, None
        session.flush()
        return meeting.version, meeting.slot_id


def _move(
    event: Event, meeting_id: int, slot_id: int, version: int, actor: int
) -> Callable[[Session], object]:
    return lambda session: move(
        session, event=event, meeting_id=meeting_id, slot_id=slot_id, place_id=None, version=version,
        actor_id=actor, now=NOW,
    )  # fmt: skip


def test_of_two_organisers_who_move_a_meeting_one_wins(database: Database) -> None:
    event, meeting_id, slots, actor = _scene(database)
    for _trial in range(TRIALS):
        version, present = _renew(database, meeting_id)
        one, two = (slot for slot in slots if slot != present)
        ends = race(
            database,
            _move(event, meeting_id, one, version, actor),
            _move(event, meeting_id, two, version, actor),
        )
        assert Counter(end == "done" for end in ends) == {True: 1, False: 1}, ends
        with database.reading() as session:
            won = (one, two)[ends.index("done")]
            assert session.get_one(Meeting, meeting_id).slot_id == won
            assert set(session.scalars(sa.select(Seat.slot_id))) == {won}


def test_of_accept_against_reschedule_one_wins(database: Database) -> None:
    event, meeting_id, slots, actor = _scene(database)
    for _trial in range(TRIALS):
        version, present = _renew(database, meeting_id)
        with database.reading() as session:
            side = session.get_one(Meeting, meeting_id).participation_b_id
        ends = race(
            database,
            lambda session, side=side, version=version: accept(
                session, event=event, meeting_id=meeting_id, participation_id=side, version=version,
                actor_id=actor, now=NOW,
            ),
            _move(event, meeting_id, next(slot for slot in slots if slot != present), version, actor),
        )  # fmt: skip
        assert Counter(end == "done" for end in ends) == {True: 1, False: 1}, ends
        with database.reading() as session:
            meeting = session.get_one(Meeting, meeting_id)
            is_accepted = meeting.status == MeetingStatus.CONFIRMED
            assert is_accepted == (ends[0] == "done")
            assert (meeting.slot_id == present) == is_accepted
            assert broken_invariants(session) == {}


def test_deleting_a_block_while_its_round_is_published_breaks_nothing(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=1, slots=1, confirms_all=True)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        make_slots(session, fair.event, count=1, start=fair.slots[0].starts_at + dt.timedelta(hours=1))
    block_id, actor = fair.slots[0].block_id, fair.organiser.id
    round_id = run_round(database, config, fair.event, seconds=1)
    with database.transaction() as session:
        drafted = session.scalars(sa.select(Meeting)).one()
        block_id = session.get_one(type(fair.slots[0]), drafted.slot_id).block_id

    def publish(session: Session) -> None:
        round_, event = session.get_one(Round, round_id), session.get_one(Event, fair.event.id)
        publish_round(session, round_=round_, event=event, actor_id=actor, now=clock.now(), hold=HOLD)

    def delete(session: Session) -> None:
        remove_block(
            session, event_id=fair.event.id, block_id=block_id, actor_id=actor, now=clock.now(), hold=HOLD
        )

    for _trial in range(TRIALS):
        ends = race(database, publish, delete)
        assert "done" in ends, ends
        with database.reading() as session:
            assert broken_invariants(session) == {}
        _undo_all(database, actor)
        with database.reading() as session:
            assert session.get_one(Round, round_id).status == RoundStatus.DRAFT
            assert session.scalars(sa.select(Meeting.status)).all() == [MeetingStatus.DRAFT]
            assert session.scalar(sa.select(OutboxMail.id)) is None


def _undo_all(database: Database, actor: int) -> None:
    """Take back what was done, the latest first."""
    with database.transaction() as session:
        changes = session.scalars(
            sa.select(Change).where(Change.undone_at.is_(None)).order_by(Change.id.desc())
        ).all()
    for change in changes:
        with database.transaction() as session:
            undo_change(session, change=session.get_one(Change, change.id), actor_id=actor, now=clock.now())
