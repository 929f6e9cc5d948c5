"""What a round is made of: limits, stands held in rota, opening hours, kept meetings, what is over."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.round import run_due_round
from matchmaker.models import (
    Delegate,
    EventFormat,
    EventSession,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    OpeningHours,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStep,
    SessionKind,
    Shift,
    ShiftStaff,
    Slot,
    Unplaced,
    WishKind,
)
from matchmaker.services.round import queue_round
from matchmaker.services.round_draft import lock_meetings, run_again
from matchmaker.services.round_input import read_round_input
from tests.factories import (
    add,
    make_delegate,
    make_event,
    make_participation,
    make_person,
    make_place,
    make_slots,
)
from tests.rounds import make_fair, plain, read_round, run_round, say


def _meetings(database: Database, round_id: int) -> list[Meeting]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Meeting).where(Meeting.round_id == round_id)))


def _pairs(database: Database, round_id: int) -> set[tuple[int, int]]:
    return {(row.participation_a_id, row.participation_b_id) for row in _meetings(database, round_id)}


def test_limits_come_from_participation_then_group_then_event(session: Session, now: dt.datetime) -> None:
    event = make_event(session, maximum=9, minimum=1, per_day=5, pause=15)
    event.groups[1].maximum = 7
    plain_one = make_participation(session, event)
    of_group = make_participation(session, event, group="corporates")
    own = make_participation(session, event, group="corporates", maximum=2, per_day=1, pause=0)
    round_ = queue_round(session, event=event, step=RoundStep.BOTH, actor_id=None, now=now)
    limits = read_round_input(session, round_id=round_.id, now=now).limits
    assert [limits[row.id].maximum for row in (plain_one, of_group, own)] == [9, 7, 2]
    assert [limits[row.id].per_day for row in (plain_one, of_group, own)] == [5, 5, 1]
    assert [limits[row.id].pause for row in (plain_one, of_group, own)] == [15, 15, 0]


@pytest.mark.both_databases
def test_booth_session_meets_only_at_the_stand_with_the_partner_on_duty(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=3, corporates=2, slots=0, format=EventFormat.ON_SITE)
        stand = make_place(session, fair.event, kind=PlaceKind.BOOTH, capacity=2, name="Ruhr stand")
        make_place(session, fair.event, name="Table")
        slots = make_slots(session, fair.event, count=4, place=stand, capacity=2)
        first, second = fair.corporates
        helper = make_delegate(session, first, make_person(session))
        for partner, hours, staff in ((first, slots[:2], [helper]), (second, slots[2:], [])):
            shift = Shift(
                event_id=fair.event.id,
                block_id=slots[0].block_id,
                participation_id=partner.id,
                starts_at=hours[0].starts_at,
                ends_at=hours[-1].ends_at,
            )
            shift.staff = [ShiftStaff(delegate_id=d.id, event_id=fair.event.id) for d in staff]
            add(session, shift)
    round_id = run_round(database, config, fair.event)
    meetings = _meetings(database, round_id)
    hosts = {slots[0].id: first.id, slots[1].id: first.id, slots[2].id: second.id, slots[3].id: second.id}
    assert len(meetings) == 4  # one of each partner on duty, two slots each
    assert {meeting.place_id for meeting in meetings} == {stand.id}
    assert all(meeting.is_side(hosts[meeting.slot_id]) for meeting in meetings)
    assert max(sum(m.slot_id == slot.id for m in meetings) for slot in slots) <= 2
    with database.reading() as session:
        hosting = session.scalars(
            sa.select(Delegate.id)
            .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
            .where(
                Delegate.participation_id == first.id,
                MeetingDelegate.meeting_id.in_([m.id for m in meetings if m.slot_id in hosts]),
            )
        )
        assert set(hosting) == {helper.id}


def test_place_is_used_only_while_it_is_open_and_no_session_fills_it(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, slots=4, format=EventFormat.ON_SITE)
        table = make_place(session, fair.event, capacity=3)
        one, two, three, _four = fair.slots
        add(
            session,
            OpeningHours(
                event_id=fair.event.id, place_id=table.id, starts_at=one.starts_at, ends_at=three.ends_at
            ),
        )
        add(
            session,
            EventSession(
                event_id=fair.event.id,
                kind=SessionKind.TALK,
                title="Talk",
                place_id=table.id,
                starts_at=two.starts_at,
                ends_at=two.ends_at,
            ),
        )
    round_id = run_round(database, config, fair.event)
    used = {meeting.slot_id for meeting in _meetings(database, round_id)}
    assert used == {one.id, three.id}


@pytest.mark.both_databases
def test_run_again_keeps_locked_meetings_in_their_slot(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session, slots=5)
    first = run_round(database, config, fair.event)
    locked = _meetings(database, first)[:2]
    with database.transaction() as session:
        round_ = session.get_one(Round, first)
        lock_meetings(
            session,
            round_=round_,
            meeting_ids={meeting.id for meeting in locked},
            is_locked=True,
            actor_id=fair.organiser.id,
            now=clock.now(),
        )
        event = session.get_one(type(fair.event), fair.event.id)
        again = run_again(session, event=event, round_=round_, actor_id=fair.organiser.id, now=clock.now()).id
    assert run_due_round(database, plain(config)) == again
    places = {(m.participation_a_id, m.participation_b_id): m for m in _meetings(database, again)}
    assert len(places) == 9
    for meeting in locked:
        kept = places[meeting.participation_a_id, meeting.participation_b_id]
        assert (kept.slot_id, kept.is_locked) == (meeting.slot_id, True)


def test_declined_pair_is_not_proposed_again_until_whoever_declined_wishes_for_it(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
        one, other = fair.startups[0], fair.corporates[0]
        earlier = clock.now() - dt.timedelta(hours=1)
        add(
            session,
            Meeting(
                event_id=fair.event.id,
                participation_a_id=one.id,
                participation_b_id=other.id,
                slot_id=fair.slots[0].id,
                status=MeetingStatus.DECLINED,
                ended_by_id=other.id,
                uid="declined@test",
                created_at=earlier,
                updated_at=earlier,
            ),
        )
    first = run_round(database, config, fair.event)
    assert (one.id, other.id) not in [
        (m.participation_a_id, m.participation_b_id) for m in _meetings(database, first)
    ]
    with database.transaction() as session:
        session.get_one(Round, first).status = RoundStatus.CLOSED
        wish = say(session, other, WishKind.MEET, one)
        wish.said_at = clock.now()
    second = run_round(database, config, fair.event)
    assert (one.id, other.id) in [
        (m.participation_a_id, m.participation_b_id) for m in _meetings(database, second)
    ]


def test_contradiction_fails_in_words_that_name_the_pairs(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=1, slots=2)
    first = run_round(database, config, fair.event)
    with database.transaction() as session:
        meetings = session.scalars(sa.select(Meeting).where(Meeting.round_id == first)).all()
        for meeting in meetings:  # two locked meetings of one corporate in one slot
            meeting.is_locked, meeting.slot_id = True, fair.slots[0].id
        event = session.get_one(type(fair.event), fair.event.id)
        round_ = session.get_one(Round, first)
        again = run_again(session, event=event, round_=round_, actor_id=fair.organiser.id, now=clock.now()).id
    run_due_round(database, plain(config))
    failed = read_round(database, again)
    assert (failed.status, failed.error) == (RoundStatus.FAILED, "overfull")
    assert len(failed.error_arguments["pairs"]) == 2


def test_those_without_a_delegate_are_named_with_the_reason(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=1)
        bare = fair.startups[1]
        session.execute(sa.text("DELETE FROM delegate WHERE participation_id = :bare"), {"bare": bare.id})
        say(session, fair.corporates[0], WishKind.MUST, bare)
    round_id = run_round(database, config, fair.event)
    without = read_round(database, round_id).figures["without"]
    assert [(entry["participation_id"], entry["code"]) for entry in without] == [(bare.id, "no_delegate")]
    with database.reading() as session:
        [left] = session.scalars(sa.select(Unplaced).where(Unplaced.round_id == round_id)).all()
    assert (left.reason, left.arguments) == ("no_delegate", {"participations": [bare.id]})


def test_past_slots_are_not_used(database: Database, config: Config) -> None:
    with database.transaction() as session:
        today = clock.now().date()
        fair = make_fair(session, starts_on=today, ends_on=today, slots=0)
        early = make_slots(session, fair.event, count=2, start=clock.now() - dt.timedelta(hours=1))
    round_id = run_round(database, config, fair.event)
    assert _meetings(database, round_id) == []
    assert {slot.id for slot in early} == {row.id for row in _slots(database)}


def _slots(database: Database) -> list[Slot]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Slot)))
