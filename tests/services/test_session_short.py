"""Roundtables that fall below their least: foreseen, shown, called off with one mail, or left as they are."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Change, EventSession, FreedSeat, OutboxMail, Participation, Person
from matchmaker.services.account_erasure import erase_account
from matchmaker.services.attendance import stay_away
from matchmaker.services.change import HOLD
from matchmaker.services.delegate_removal import foresee_delegate_removal
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.password import set_password
from matchmaker.services.session_short import (
    NobodyLeft,
    NotATable,
    call_off,
    foresee_call_off,
    let_stay,
    short_tables,
)
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import foresee_withdrawal, withdraw
from tests.factories import make_place
from tests.races import race
from tests.rounds import Fair, make_fair
from tests.tables import held_roundtable, make_masterclass, sitting_at

pytestmark = pytest.mark.both_databases

TRIALS = int(os.environ.get("TRIALS", "20"))


def _scene(session: Session) -> tuple[Fair, EventSession]:
    """A roundtable for two guests or more, with just two."""
    fair = make_fair(session)
    table = make_place(session, fair.event, name="Table")
    return fair, held_roundtable(session, fair, *fair.startups[:2], place=table)


def _withdraw(session: Session, fair: Fair, *those: Participation) -> None:
    withdraw(
        session, event=fair.event, participation_ids=[one.id for one in those], now=clock.now(),
        actor_id=fair.organiser.id, hold=HOLD,
    )  # fmt: skip


def _short(session: Session, fair: Fair) -> list[tuple[int, int, int]]:
    """Guests, least, seats that wait for the list."""
    found = short_tables(session, event_id=fair.event.id, now=clock.now())
    return [(one.guests, one.least, one.waiting) for one in found]


def _call_off(session: Session, fair: Fair, row: EventSession) -> Change | None:
    return call_off(
        session, event_id=fair.event.id, session_id=row.id, actor_id=fair.organiser.id, now=clock.now(),
        hold=HOLD,
    )  # fmt: skip


def _let_stay(session: Session, fair: Fair, row: EventSession) -> None:
    let_stay(session, event_id=fair.event.id, session_id=row.id, actor_id=fair.organiser.id, now=clock.now())


def _kinds(session: Session, one: Participation) -> list[list[str]]:
    """What the mails to this participation's delegate say of seats, mail by mail."""
    email = session.get_one(Person, one.delegates[0].person_id).email
    mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.to_email == email).order_by(OutboxMail.id))
    return [[row["kind"] for row in mail.arguments["sessions"]] for mail in mails]


def test_before_somebody_leaves_the_organiser_reads_that_too_few_would_be_left(session: Session) -> None:
    fair, _row = _scene(session)
    (one,) = foresee_withdrawal(
        session, event_id=fair.event.id, participation_ids=[fair.startups[0].id], now=clock.now()
    ).sessions
    assert (one.guests_then, one.least) == (1, 2)
    outlook = foresee_delegate_removal(
        session, event=fair.event, delegate=fair.startups[0].delegates[0], now=clock.now()
    )
    assert [(one.guests_then, one.least) for one in outlook.sessions] == [(1, 2)]


def test_a_table_with_enough_guests_is_not_shown(session: Session) -> None:
    fair, _row = _scene(session)
    held_roundtable(session, fair, *fair.startups, at=1, title="Second")
    assert _short(session, fair) == []
    (first, second) = foresee_withdrawal(
        session, event_id=fair.event.id, participation_ids=[fair.startups[0].id], now=clock.now()
    ).sessions
    assert (first.least, second.least) == (2, 0)


def test_a_table_below_its_least_stays_and_is_shown_until_the_list_has_filled_it(session: Session) -> None:
    fair, row = _scene(session)
    _withdraw(session, fair, fair.startups[0])
    assert len(sitting_at(session, row.id)) == 2
    assert _short(session, fair) == [(1, 2, 1)]
    assert _kinds(session, fair.startups[1]) == []


@pytest.mark.parametrize("way", ["given back", "withdrawn", "erased"])
def test_however_the_guest_goes_the_table_is_shown(session: Session, way: str) -> None:
    fair, row = _scene(session)
    goes = fair.startups[0]
    person = session.get_one(Person, goes.delegates[0].person_id)
    if way == "given back":
        stay_away(session, event_id=fair.event.id, session_id=row.id, person_id=person.id, now=clock.now())
    elif way == "withdrawn":
        _withdraw(session, fair, goes)
    else:
        set_password(person, "winter-anvil-otter")
        session.flush()
        erase_account(session, person_id=person.id, password="winter-anvil-otter", now=clock.now())
    assert [(guests, least) for guests, least, _ in _short(session, fair)] == [(1, 2)]


def test_calling_it_off_tells_host_and_guests_once_and_can_be_undone(session: Session) -> None:
    fair, row = _scene(session)
    _withdraw(session, fair, fair.startups[0])
    outlook = foresee_call_off(session, event_id=fair.event.id, session_id=row.id, now=clock.now())
    assert ([one.fate for one in outlook.sessions], outlook.people) == (["off"], 2)
    assert _call_off(session, fair, row) is not None
    assert _call_off(session, fair, row) is None  # a second click
    assert (sitting_at(session, row.id), row.has_time, row.place_id) == (set(), False, None)
    assert _kinds(session, fair.startups[1]) == [["off"]]
    assert _kinds(session, fair.corporates[0]) == [["off"]]
    assert _kinds(session, fair.startups[0]) == [["seat_gone"]]  # of the withdrawal, and not told again
    assert (_short(session, fair), broken_invariants(session)) == ([], {})
    change = session.scalars(sa.select(Change).order_by(Change.id.desc()).limit(1)).one()
    undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())
    assert len(sitting_at(session, row.id)) == 2
    assert (_short(session, fair), broken_invariants(session)) == ([(1, 2, 1)], {})
    assert _kinds(session, fair.startups[1]) == []


def test_let_stay_it_is_no_longer_shown_until_still_fewer_are_left(session: Session) -> None:
    fair, row = _scene(session)
    row.least = 3
    assert _short(session, fair) == [(2, 3, 0)]
    _let_stay(session, fair, row)
    _let_stay(session, fair, row)
    assert (_short(session, fair), row.stays_with) == ([], 2)
    assert session.scalars(sa.select(OutboxMail)).all() == []
    _withdraw(session, fair, fair.startups[0])
    assert [(guests, least) for guests, least, _ in _short(session, fair)] == [(1, 3)]


def test_without_any_guest_it_cannot_stay_and_a_masterclass_is_not_called_off(session: Session) -> None:
    fair, row = _scene(session)
    _withdraw(session, fair, *fair.startups[:2])
    with pytest.raises(NobodyLeft):
        _let_stay(session, fair, row)
    with pytest.raises(NotATable):
        _call_off(session, fair, make_masterclass(session, fair))
    assert len(session.scalars(sa.select(FreedSeat)).all()) == 2


def test_of_two_organisers_who_call_it_off_at_once_one_does_it_and_all_are_told_once(
    database: Database,
) -> None:
    for _trial in range(TRIALS):
        with database.transaction() as session:
            fair, row = _scene(session)

        def deed(session: Session, fair: Fair = fair, row: EventSession = row) -> None:
            _call_off(session, fair, row)

        assert race(database, deed, deed) == ["done", "done"]
        with database.reading() as session:
            assert _kinds(session, fair.startups[0]) == [["off"]]
            of_event = sa.select(sa.func.count()).select_from(Change).where(Change.event_id == fair.event.id)
            assert session.scalar(of_event) == 1
            assert broken_invariants(session) == {}
