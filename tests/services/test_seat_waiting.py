"""Seats that come free go to the best next who would like one; at tables nobody sits beside a never."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.waiting_list import give_freed_seats
from matchmaker.models import (
    Attendance,
    Change,
    Event,
    EventSession,
    FreedSeat,
    OutboxMail,
    Participation,
    PlaceKind,
    Round,
    RoundStep,
    SeatWish,
    WishKind,
)
from matchmaker.services.attendance import SeatsByRound, SessionFull, attend, stay_away
from matchmaker.services.change import HOLD
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.publication import publish_round
from matchmaker.services.seat_reason import reasons_of_last_round
from matchmaker.services.seat_wish import wish_seat
from matchmaker.services.session_plan import read_session_plan
from matchmaker.services.withdrawal import withdraw
from tests.factories import make_place
from tests.races import race
from tests.rounds import Fair, make_fair, read_round, run_round, say
from tests.tables import make_masterclass, make_roundtable, would_like

pytestmark = pytest.mark.both_databases


def _fair(session: Session, **values: Any) -> Fair:
    fair = make_fair(session, **{"startups": 4, **values})
    make_place(session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}")
    return fair


def _run(database: Database, config: Config, fair: Fair, **settings: Any) -> int:
    return run_round(database, config, fair.event, RoundStep.SCHEDULE, **settings)


def _publish(database: Database, round_id: int) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, round_.event_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())


def _codes(database: Database, round_id: int) -> dict[int, str]:
    (planned,) = read_session_plan(read_round(database, round_id).figures)
    return dict(planned.without)


def _sits(database: Database, row: EventSession) -> set[int]:
    """The participations that have a seat."""
    with database.reading() as session:
        rows = session.scalars(sa.select(Attendance).where(Attendance.session_id == row.id))
        delegates = {one.delegate_id for one in rows}
        return {
            one.id
            for one in session.scalars(sa.select(Participation))
            if delegates & {delegate.id for delegate in one.delegates}
        }


def _leave(database: Database, fair: Fair, row: EventSession, one: Participation) -> None:
    with database.transaction() as session:
        stay_away(
            session, event_id=fair.event.id, session_id=row.id, person_id=fair.people[one.id], now=clock.now()
        )


def _attend(fair: Fair, row: EventSession, one: Participation, session: Session) -> None:
    attend(session, event_id=fair.event.id, session_id=row.id, person_id=fair.people[one.id], now=clock.now())


def _given(database: Database) -> list[tuple[str, str, str]]:
    """Who was told of a seat: address, title, what its calendar is told."""
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "seat_given")).all()
        return [
            (mail.to_email, mail.arguments["title"], mail.arguments["calendar"]["method"]) for mail in mails
        ]


def _broken(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return broken_invariants(session)


def _full_masterclass(database: Database, config: Config) -> tuple[Fair, EventSession]:
    """Two seats, which the first two startups have; the others wished too, the fourth very much but later."""
    with database.transaction() as session:
        fair = _fair(session)
        row = make_masterclass(session, fair)
        would_like(session, row, *fair.startups[:2], very_much=True)
        would_like(session, row, fair.startups[2])
    _publish(database, _run(database, config, fair))
    assert _sits(database, row) == {one.id for one in fair.startups[:2]}
    return fair, row


def test_a_seat_that_is_given_back_goes_to_who_would_like_it_and_is_told_once(
    database: Database, config: Config
) -> None:
    fair, row = _full_masterclass(database, config)
    first, _second, third, fourth = fair.startups
    _leave(database, fair, row, first)
    with pytest.raises(SessionFull), database.transaction() as session:  # it waits for the list
        _attend(fair, row, fourth, session)
    assert (give_freed_seats(database), give_freed_seats(database)) == (1, 0)
    assert third.id in _sits(database, row)
    with database.reading() as session:
        email = session.get_one(Participation, third.id).delegates[0].person.email
    assert _given(database) == [(email, "Selling to industry", "REQUEST")]
    assert _broken(database) == {}
    # nobody else wished: what comes free now is for everybody
    _leave(database, fair, row, third)
    assert give_freed_seats(database) == 0
    with database.transaction() as session:
        _attend(fair, row, fourth, session)
    assert fourth.id in _sits(database, row)


def test_the_list_waits_as_long_as_the_withdrawal_can_be_undone(database: Database, config: Config) -> None:
    fair, row = _full_masterclass(database, config)
    with database.transaction() as session:
        withdraw(
            session, event=session.get_one(Event, fair.event.id), participation_ids=[fair.startups[0].id],
            actor_id=fair.organiser.id, now=clock.now(), hold=HOLD,
        )  # fmt: skip
    assert give_freed_seats(database) == 0
    with database.transaction() as session:
        session.execute(sa.update(Change).values(held_until=clock.now() - dt.timedelta(seconds=1)))
    assert give_freed_seats(database) == 1
    assert fair.startups[2].id in _sits(database, row)


def test_without_a_waiting_list_a_freed_seat_is_taken_by_who_comes(
    database: Database, config: Config
) -> None:
    fair, row = _full_masterclass(database, config)
    with database.transaction() as session:
        session.get_one(Event, fair.event.id).has_waiting_list = False
    _leave(database, fair, row, fair.startups[0])
    with database.transaction() as session:
        _attend(fair, row, fair.startups[3], session)
    assert give_freed_seats(database) == 0


def test_two_who_never_want_to_meet_do_not_sit_at_one_table_and_the_stronger_wish_is_invited(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
        would_like(session, row, fair.startups[1], very_much=True)
        say(session, fair.startups[1], WishKind.NEVER, fair.startups[0])
    round_id = _run(database, config, fair)
    assert _codes(database, round_id) == {fair.startups[0].id: "apart"}
    _publish(database, round_id)
    assert _sits(database, row) == {fair.corporates[0].id, *(one.id for one in fair.startups[1:])}
    # whom it kept away reads what everybody reads whom the round did not propose
    with database.reading() as session:
        reasons = reasons_of_last_round(
            session, event_id=fair.event.id, participation_ids=[one.id for one in fair.startups]
        )
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_published")).all()
        told = {
            agenda["participation_id"]: agenda["without_seat"]
            for mail in mails
            for agenda in mail.arguments["agendas"]
        }
    assert reasons == {(row.id, fair.startups[0].id): "not_proposed"}
    assert told[fair.startups[0].id] == [{"title": "First orders", "code": "not_proposed"}]
    assert told[fair.startups[1].id] == []


def test_a_never_that_is_said_after_the_run_counts_when_it_is_published(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups)
    round_id = _run(database, config, fair)
    assert _codes(database, round_id) == {}
    with database.transaction() as session:
        say(session, fair.startups[0], WishKind.NEVER, fair.startups[1])
        say(session, fair.startups[2], WishKind.NEVER, fair.corporates[0])
    _publish(database, round_id)
    sits = _sits(database, row)
    assert fair.startups[2].id not in sits
    assert len(sits & {fair.startups[0].id, fair.startups[1].id}) == 1


def test_at_a_table_seats_are_asked_for_and_the_list_gives_none_beside_a_never(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_roundtable(session, fair)
        would_like(session, row, *fair.startups[:2])
        say(session, fair.startups[0], WishKind.NEVER, fair.startups[2])
    _publish(database, _run(database, config, fair, least_fit=2.0))  # no meetings: everybody is free then
    for late in fair.startups[2:]:
        with pytest.raises(SeatsByRound), database.transaction() as session:
            _attend(fair, row, late, session)
        with database.transaction() as session:
            would_like(session, row, late)
        give_freed_seats(database)
    assert _sits(database, row) == {
        fair.corporates[0].id, *(one.id for one in (*fair.startups[:2], fair.startups[3]))
    }  # fmt: skip
    with database.reading() as session:
        rows = session.scalars(sa.select(FreedSeat).order_by(FreedSeat.id)).all()
        assert [row.given_to_id for row in rows] == [None, fair.startups[3].id]
        # wished after the round: it gave no reason
        assert reasons_of_last_round(
            session, event_id=fair.event.id, participation_ids=[fair.startups[2].id]
        ) == {}  # fmt: skip
    assert _broken(database) == {}


def test_two_workers_give_a_freed_seat_once(database: Database, config: Config) -> None:
    fair, row = _full_masterclass(database, config)
    _leave(database, fair, row, fair.startups[0])
    race(database, *[lambda _session: give_freed_seats(database)] * 2)
    assert len(_sits(database, row)) == 2
    assert len(_given(database)) == 1
    assert _broken(database) == {}


def test_of_many_who_take_the_last_seats_at_once_as_many_get_one_as_there_are(
    database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = _fair(session, startups=6)
        row = make_masterclass(session, fair, seats=3)
        would_like(session, row, fair.startups[0])
    _publish(database, _run(database, config, fair))

    def take(one: Participation) -> Any:
        return lambda session: _attend(fair, row, one, session)

    outcomes = race(database, *[take(one) for one in fair.startups[1:]])
    assert sorted(outcomes) == ["SessionFull"] * 3 + ["done"] * 2
    assert len(_sits(database, row)) == 3
    assert _broken(database) == {}


def test_wishes_said_at_once_are_kept_once_each(database: Database) -> None:
    with database.transaction() as session:
        fair = _fair(session)
        row = make_masterclass(session, fair)
    one = fair.startups[0]

    def wish(number: int, is_strong: bool) -> Any:
        return lambda session: wish_seat(
            session, event_id=fair.event.id, session_id=row.id, participation_id=number, is_strong=is_strong,
            actor_id=fair.people[number], now=clock.now(),
        )  # fmt: skip

    deeds = [wish(one.id, strong) for strong in (True, False, True)]
    deeds += [wish(other.id, False) for other in fair.startups[1:]]
    assert race(database, *deeds) == ["done"] * 6
    with database.reading() as session:
        said = session.scalars(sa.select(SeatWish.participation_id)).all()
    assert sorted(said) == sorted(row.id for row in fair.startups)


def test_a_seat_given_back_while_another_is_taken_leaves_nobody_too_many(
    database: Database, config: Config
) -> None:
    fair, row = _full_masterclass(database, config)

    def leave(session: Session) -> None:
        stay_away(
            session, event_id=fair.event.id, session_id=row.id, person_id=fair.people[fair.startups[0].id],
            now=clock.now(),
        )  # fmt: skip

    race(
        database, leave, lambda session: _attend(fair, row, fair.startups[3], session),
        lambda _session: give_freed_seats(database),
    )  # fmt: skip
    give_freed_seats(database)
    assert len(_sits(database, row)) == 2
    assert _broken(database) == {}
