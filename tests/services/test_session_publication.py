"""Seats that a round gives: by wishes, to people who are free, told once, kept, and taken back in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import Conflict
from matchmaker.models import (
    Attendance,
    Change,
    Event,
    EventSession,
    OutboxMail,
    ParticipationStatus,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStep,
    Seat,
    WishKind,
)
from matchmaker.services.attendance import SeatsByRound, attend, stay_away
from matchmaker.services.change import HOLD, AnsweredMeanwhile
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.publication import publish_round
from matchmaker.services.publication_outlook import foresee_publication
from matchmaker.services.seat_wish import WishesClosed, seat_wishes_of, wish_seat
from matchmaker.services.session_plan import (
    PlannedSeat,
    PlannedSession,
    figures_of_sessions,
    read_session_plan,
)
from matchmaker.services.session_publication import SessionsForeseen, foresee_sessions
from matchmaker.services.undo import undo_change
from tests.factories import make_place
from tests.rounds import Fair, make_fair, read_round, run_round, say
from tests.tables import make_masterclass, make_roundtable, would_like

pytestmark = pytest.mark.both_databases


def _fair(session: Session) -> Fair:
    fair = make_fair(session)
    make_place(session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}")
    return fair


def _publish(database: Database, round_id: int, **values: Any) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, round_.event_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now(), **values)


def _run(database: Database, config: Config, fair: Fair) -> int:
    return run_round(database, config, fair.event, RoundStep.SCHEDULE)


def _planned(database: Database, round_id: int) -> list[PlannedSession]:
    round_ = read_round(database, round_id)
    assert round_.status == RoundStatus.DRAFT, (round_.error, round_.error_arguments)
    return read_session_plan(round_.figures)


def _sits(session: Session, row: EventSession) -> set[int]:
    return set(session.scalars(sa.select(Attendance.delegate_id).where(Attendance.session_id == row.id)))


def _undo(session: Session, fair: Fair) -> bool:
    change = session.scalars(sa.select(Change).where(Change.event_id == fair.event.id)).one()
    return undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def test_a_masterclass_seats_those_who_want_it_most_and_says_why_the_others_have_none(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_masterclass(session, fair)
        would_like(session, row, *fair.startups)
        would_like(session, row, fair.corporates[0], very_much=True)
    round_id = _run(database, config, fair)
    (planned,) = _planned(database, round_id)
    assert planned.is_held
    assert fair.corporates[0].id in {seat.participation_id for seat in planned.guests}
    assert [code for _, code in planned.without] == ["full", "full"]
    with database.reading() as session:
        foreseen = foresee_publication(session, round_=session.get_one(Round, round_id), event=fair.event)
        assert _sits(session, row) == set()
    assert (foreseen.sessions.held, foreseen.sessions.seats, foreseen.sessions.lost) == (1, 2, 0)
    _publish(database, round_id)
    with database.reading() as session:
        assert _sits(session, row) == {seat.delegate_id for seat in planned.guests}
        assert broken_invariants(session) == {}


def test_a_roundtable_gets_a_slot_of_its_block_a_place_its_host_and_its_guests(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        table = make_place(session, fair.event, name="Large table")
        row = make_roundtable(session, fair, place_ids=(table.id,))
        assert (row.has_time, row.place_id) == (False, None)
        would_like(session, row, *fair.startups)
    round_id = _run(database, config, fair)
    _publish(database, round_id)
    with database.reading() as session:
        held = session.get_one(EventSession, row.id)
        assert held.has_time
        assert (held.starts_at, held.ends_at) in {(slot.starts_at, slot.ends_at) for slot in fair.slots}
        assert held.place_id == table.id
        everybody = (*fair.startups, fair.corporates[0])
        assert _sits(session, held) == {one.delegates[0].id for one in everybody}
        # nobody of the table meets anybody at that time
        people = {one.delegates[0].person_id for one in everybody}
        slot = next(slot for slot in fair.slots if slot.starts_at == held.starts_at)
        seated = set(session.scalars(sa.select(Seat.person_id).where(Seat.slot_id == slot.id)))
        assert people & seated == set()
        assert broken_invariants(session) == {}


@pytest.mark.parametrize(
    ("guests", "code"), [(1, "few_wishes"), (0, "few_wishes")], ids=["too few", "nobody"]
)
def test_a_roundtable_that_too_few_wish_for_is_not_held_and_says_so(
    database: Database, config: Config, guests: int, code: str
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups[:guests])
    round_id = _run(database, config, fair)
    (planned,) = _planned(database, round_id)
    assert (planned.is_held, planned.code) == (False, code)
    assert [why for _, why in planned.without] == ["not_held"] * guests
    _publish(database, round_id)
    with database.reading() as session:
        held = session.get_one(EventSession, row.id)
        assert not held.has_time
        assert _sits(session, held) == set()


def test_a_never_between_host_and_guest_is_final_at_a_roundtable_too(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
        say(session, fair.corporates[0], WishKind.NEVER, fair.startups[0])
    (planned,) = _planned(database, _run(database, config, fair))
    assert planned.is_held
    assert planned.without == ((fair.startups[0].id, "never"),)


def test_the_one_mail_of_a_publication_tells_of_the_seat(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        would_like(session, make_roundtable(session, fair), *fair.startups)
    _publish(database, _run(database, config, fair))
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_published")).all()
        told = {
            agenda["participation_id"]: [(one["title"], one["is_host"]) for one in agenda["sessions"]]
            for mail in mails
            for agenda in mail.arguments["agendas"]
        }
    assert len(mails) == 6
    assert told[fair.startups[0].id] == [("First orders", False)]
    assert told[fair.corporates[0].id] == [("First orders", True)]
    assert told[fair.corporates[1].id] == []


def test_a_later_round_keeps_the_seats_and_fills_what_is_free(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
    _publish(database, _run(database, config, fair))
    with database.transaction() as session:
        before = session.get_one(EventSession, row.id)
        time, sits = (before.starts_at, before.ends_at), _sits(session, before)
        leaves = fair.startups[0]
        stay_away(
            session, event_id=fair.event.id, session_id=row.id, person_id=fair.people[leaves.id],
            now=clock.now(),
        )  # fmt: skip
        lines = seat_wishes_of(session, event_id=fair.event.id, session_id=row.id)
        assert sum(line.given_back_at is not None for line in lines) == 1
    round_id = _run(database, config, fair)
    (planned,) = _planned(database, round_id)
    assert (planned.starts_at, planned.ends_at) == time
    assert {seat.is_kept for seat in planned.seats} == {True}
    assert planned.without == ()
    _publish(database, round_id)
    with database.reading() as session:
        after = session.get_one(EventSession, row.id)
        assert (after.starts_at, after.ends_at) == time
        assert _sits(session, after) == sits - {leaves.delegates[0].id}
        assert broken_invariants(session) == {}


def test_a_publication_that_is_undone_gives_the_session_its_open_time_back(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
    round_id = _run(database, config, fair)
    _publish(database, round_id, hold=HOLD)
    with database.transaction() as session:
        assert _undo(session, fair)
    with database.reading() as session:
        back = session.get_one(EventSession, row.id)
        assert (back.has_time, back.place_id, _sits(session, back)) == (False, None, set())
        assert (back.starts_at, back.ends_at) == (row.starts_at, row.ends_at)
    _publish(database, round_id)
    with database.reading() as session:
        assert len(_sits(session, session.get_one(EventSession, row.id))) == 4


def test_a_publication_cannot_be_undone_after_a_seat_was_given_back(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
    _publish(database, _run(database, config, fair), hold=HOLD)
    own: dict[str, Any] = {"event_id": fair.event.id, "session_id": row.id, "now": clock.now()}
    with database.transaction() as session:
        stay_away(session, person_id=fair.people[fair.startups[0].id], **own)
        with pytest.raises(Conflict):
            stay_away(session, person_id=fair.people[fair.corporates[0].id], **own)
    with pytest.raises(AnsweredMeanwhile), database.transaction() as session:
        _undo(session, fair)


def test_who_withdrew_or_is_busy_by_now_is_left_out_and_below_the_least_it_is_not_held(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        first = make_masterclass(session, fair, title="One")
        would_like(session, first, *fair.startups[:2])
        second = make_masterclass(
            session, fair, title="Two", least=2, starts_at=first.starts_at - dt.timedelta(hours=2),
            ends_at=first.starts_at - dt.timedelta(hours=1),
        )  # fmt: skip
        would_like(session, second, *fair.startups[:2])
    round_id = _run(database, config, fair)
    with database.transaction() as session:
        gone = session.merge(fair.startups[0])
        gone.status = ParticipationStatus.WITHDRAWN
    _publish(database, round_id)
    with database.reading() as session:
        assert _sits(session, first) == {fair.startups[1].delegates[0].id}
        assert _sits(session, second) == set()


def test_wishes_close_with_the_publication_and_free_seats_are_taken_directly_then(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_masterclass(session, fair, seats=3)
        would_like(session, row, *fair.startups[:2])
    late = fair.startups[2]
    own: dict[str, Any] = {"event_id": fair.event.id, "session_id": row.id, "now": clock.now()}
    with pytest.raises(SeatsByRound), database.transaction() as session:
        attend(session, person_id=fair.people[late.id], **own)
    _publish(database, _run(database, config, fair))
    with database.transaction() as session:
        with pytest.raises(WishesClosed):
            wish_seat(session, participation_id=late.id, is_strong=True, actor_id=fair.people[late.id], **own)
        attend(session, person_id=fair.people[late.id], **own)
        assert len(_sits(session, row)) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_what_publishing_would_give_takes_the_same_number_of_queries_for_any_number_of_sessions(
    session: Session, count: int
) -> None:
    fair = make_fair(session)
    rows = [
        make_masterclass(
            session, fair, starts_at=fair.slots[0].starts_at - dt.timedelta(hours=n + 2),
            ends_at=fair.slots[0].starts_at - dt.timedelta(hours=n + 1),
        )
        for n in range(count)
    ]  # fmt: skip
    guest = PlannedSeat(fair.startups[0].id, fair.startups[0].delegates[0].id)
    plan = [PlannedSession(row.id, row.starts_at, row.ends_at, guests=(guest,)) for row in rows]
    planned = Round(event_id=fair.event.id, figures=figures_of_sessions(plan))
    session.flush()
    session.expire_all()
    statements: list[str] = []
    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(str(args[2])))
    assert foresee_sessions(session, round_=planned) == SessionsForeseen(held=count, seats=count)
    assert len(statements) == 10
