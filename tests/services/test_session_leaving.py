"""Seats of people who leave: shown before, told once, taken back; and roundtables whose host leaves."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Attendance,
    Block,
    Change,
    Delegate,
    Event,
    EventSession,
    FreedSeat,
    OutboxMail,
    Participation,
    Person,
    PlaceKind,
    Round,
    RoundStep,
)
from matchmaker.services.account_erasure import erase_account
from matchmaker.services.change import HOLD, AnsweredMeanwhile
from matchmaker.services.delegate_removal import foresee_delegate_removal, remove_delegate
from matchmaker.services.event_session import edit_session
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.password import set_password
from matchmaker.services.publication import publish_round
from matchmaker.services.session_details import SessionDetails
from matchmaker.services.session_leaving import foresee_leaving, lock_sessions_left
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import foresee_withdrawal, withdraw
from tests.factories import make_delegate, make_person, make_place
from tests.rounds import Fair, make_fair, run_round
from tests.tables import held_roundtable, make_masterclass, make_roundtable, would_like
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases


def _seated(
    database: Database, config: Config, make: Any = make_roundtable, **values: Any
) -> tuple[Fair, int]:
    """A session in which all startups have a seat; gives its number."""
    with database.transaction() as session:
        fair = make_fair(session)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        table = make_place(session, fair.event, name="Large table")
        if make is make_roundtable:
            values = {"place_ids": (table.id,), **values}
        row = make(session, fair, **values)
        would_like(session, row, *fair.startups)
    round_id = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, fair.event.id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())
        session.execute(sa.delete(OutboxMail))
    assert len(_sitting(database, row.id)) >= 3
    return fair, row.id


def _sitting(database: Database, session_id: int) -> set[int]:
    with database.reading() as session:
        rows = sa.select(Attendance.delegate_id).where(Attendance.session_id == session_id)
        return set(session.scalars(rows))


def _time(database: Database, session_id: int) -> tuple[Any, ...]:
    with database.reading() as session:
        row = session.get_one(EventSession, session_id)
        return row.starts_at, row.ends_at, row.place_id, row.has_time


def _withdraw(database: Database, fair: Fair, *those: Participation) -> None:
    with database.transaction() as session:
        withdraw(
            session, event=session.get_one(Event, fair.event.id), participation_ids=[one.id for one in those],
            actor_id=fair.organiser.id, now=clock.now(), hold=HOLD,
        )  # fmt: skip


def _undo(database: Database, fair: Fair) -> None:
    with database.transaction() as session:
        change = session.scalars(sa.select(Change).order_by(Change.id.desc()).limit(1)).one()
        undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def _told(database: Database) -> dict[str, list[tuple[str, str]]]:
    """Address -> the sessions of its mail: what it is, and which."""
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
        return {
            mail.to_email: [(row["kind"], row["title"]) for row in mail.arguments.get("sessions", ())]
            for mail in mails
        }


def _emails(database: Database, *those: Participation) -> list[str]:
    with database.reading() as session:
        return [session.get_one(Person, one.delegates[0].person_id).email or "" for one in those]


def _broken(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return broken_invariants(session)


def test_a_guest_who_withdraws_leaves_the_seat_to_the_waiting_list_until_that_is_undone(
    database: Database, config: Config
) -> None:
    fair, number = _seated(database, config)
    before = _sitting(database, number)
    goes = fair.startups[0]
    with database.reading() as session:
        outlook = foresee_withdrawal(
            session, event_id=fair.event.id, participation_ids=[goes.id], now=clock.now()
        )
    assert [(one.title, one.fate, one.seats) for one in outlook.sessions] == [("First orders", "freed", 1)]
    _withdraw(database, fair, goes)
    assert _sitting(database, number) == before - {goes.delegates[0].id}
    with database.reading() as session:
        assert [row.dealt_at for row in session.scalars(sa.select(FreedSeat))] == [None]
    (own,) = _emails(database, goes)
    assert _told(database)[own] == [("seat_gone", "First orders")]
    assert _broken(database) == {}
    _undo(database, fair)
    assert _sitting(database, number) == before
    with database.reading() as session:
        assert session.scalars(sa.select(FreedSeat)).all() == []
        assert session.scalars(sa.select(OutboxMail)).all() == []
    assert _broken(database) == {}


def test_a_roundtable_whose_host_withdraws_is_off_all_are_told_once_and_it_comes_back_undone(
    database: Database, config: Config
) -> None:
    fair, number = _seated(database, config)
    host = fair.corporates[0]
    before, time = _sitting(database, number), _time(database, number)
    with database.reading() as session:
        outlook = foresee_withdrawal(
            session, event_id=fair.event.id, participation_ids=[host.id], now=clock.now()
        )
    (one,) = outlook.sessions
    assert (one.fate, len(one.losing), one.seats) == ("off", 3, 0)
    _withdraw(database, fair, host)
    assert _sitting(database, number) == set()
    starts_at, ends_at, place_id, has_time = _time(database, number)
    with database.reading() as session:
        block = session.get_one(Block, fair.slots[0].block_id)
    assert (starts_at, ends_at, place_id, has_time) == (block.starts_at, block.ends_at, None, False)
    told = _told(database)
    for email in _emails(database, *fair.startups, host):
        assert told[email] == [("off", "First orders")]
    assert _broken(database) == {}
    _undo(database, fair)
    assert _sitting(database, number) == before
    assert _time(database, number) == time
    assert _told(database) == {}
    assert _broken(database) == {}


def test_an_undone_withdrawal_is_refused_when_the_table_was_taken_meanwhile(
    database: Database, config: Config
) -> None:
    fair, number = _seated(database, config)
    starts_at, ends_at, place_id, _ = _time(database, number)
    _withdraw(database, fair, fair.corporates[0])
    with database.transaction() as session:
        talk = make_masterclass(
            session, fair, title="Talk", starts_at=starts_at, ends_at=ends_at, place_id=place_id
        )
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, fair)
    assert _sitting(database, number) == set()
    with database.transaction() as session:
        details = SessionDetails(
            kind=talk.kind, title="Talk", starts_at=starts_at, ends_at=ends_at, seats=2, is_by_round=True
        )
        edit_session(
            session, event_id=fair.event.id, session_id=talk.id, details=details, actor_id=fair.organiser.id,
            now=clock.now(),
        )  # fmt: skip
    _undo(database, fair)
    assert len(_sitting(database, number)) == 4


def test_a_colleague_hosts_when_the_delegate_who_hosts_is_removed(database: Database, config: Config) -> None:
    fair, number = _seated(database, config)
    host = fair.corporates[0]
    with database.transaction() as session:
        colleague = make_delegate(
            session, session.get_one(Participation, host.id), make_person(session), is_manager=True
        )
        name = colleague.person.name
    before = _sitting(database, number)
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        leaves = session.get_one(Delegate, host.delegates[0].id)
        (one,) = foresee_delegate_removal(session, event=event, delegate=leaves, now=clock.now()).sessions
        assert (one.fate, one.sits) == ("handed", name)
        remove_delegate(
            session, event=event, delegate=leaves, actor_id=fair.organiser.id, now=clock.now(), hold=HOLD
        )
    assert _sitting(database, number) == before - {host.delegates[0].id} | {colleague.id}
    assert ("hosts", "First orders") in [line for lines in _told(database).values() for line in lines]
    assert _broken(database) == {}
    _undo(database, fair)
    assert _sitting(database, number) == before
    assert _broken(database) == {}


def test_an_erased_account_leaves_its_seat_and_nobody_reads_the_name(
    database: Database, config: Config
) -> None:
    fair, number = _seated(database, config)
    host = fair.corporates[0]
    with database.transaction() as session:
        person = session.get_one(Person, host.delegates[0].person_id)
        set_password(person, "winter-anvil-otter")
        name = person.name
    with database.transaction() as session:
        erase_account(session, person_id=person.id, password="winter-anvil-otter", now=clock.now())
    assert _sitting(database, number) == set()
    told = _told(database)
    for email in _emails(database, *fair.startups):
        assert told[email] == [("off", "First orders")]
    with database.reading() as session:
        assert not any(name in str(mail.arguments) for mail in session.scalars(sa.select(OutboxMail)))
    assert _broken(database) == {}


def test_a_delegate_with_a_seat_and_no_meeting_can_be_taken_back_too(
    database: Database, config: Config
) -> None:
    fair, number = _seated(database, config, make_masterclass, seats=3)
    before = _sitting(database, number)
    with database.transaction() as session:
        startup = session.get_one(Participation, fair.startups[0].id)
        make_delegate(session, startup, make_person(session), is_manager=True)
        leaves = session.get_one(Delegate, fair.startups[0].delegates[0].id)
        change = remove_delegate(
            session, event=session.get_one(Event, fair.event.id), delegate=leaves,
            actor_id=fair.organiser.id, now=clock.now(), hold=HOLD,
        )  # fmt: skip
    assert change is not None
    assert _sitting(database, number) == before - {fair.startups[0].delegates[0].id}
    _undo(database, fair)
    assert _sitting(database, number) == before


def test_very_many_can_leave_at_once(session: Session) -> None:
    """More than a statement of either database takes as values."""
    fair = make_fair(session)
    row = held_roundtable(session, fair, *fair.startups)
    many = range(1, 70_000)
    lock_sessions_left(session, delegate_ids=many)
    (one,) = foresee_leaving(session, event_id=fair.event.id, delegate_ids=many, now=clock.now())
    assert (one.session_id, one.fate, len(one.leaving)) == (row.id, "off", 4)


def test_the_page_says_what_becomes_of_seats_before_it_is_done(
    app: Flask, database: Database, config: Config
) -> None:
    fair, _number = _seated(database, config)
    visitor = Visitor(app)
    visitor.log_in(fair.organiser.id)
    visitor.get(f"/events/{fair.event.slug}/participations/{fair.corporates[0].id}/withdraw")
    text = visitor.text()
    assert "1 roundtable is called off." in text
    assert "3 seats are lost" in text
    visitor.get(f"/events/{fair.event.slug}/participations/{fair.startups[0].id}/withdraw")
    assert "1 seat comes free" in visitor.text()
