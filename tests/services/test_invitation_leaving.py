"""Whoever says no to an invitation leaves as others do: seats go on, and all are told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import (
    Attendance,
    Change,
    Delegate,
    FreedSeat,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Origin,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.delegate import add_delegate
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.invitation import invite
from matchmaker.services.invitation_answer import decline, erase
from matchmaker.services.seat import claim_seats
from tests.factories import make_meeting, make_place
from tests.rounds import Fair, make_fair
from tests.tables import held_roundtable, sit_down, sitting_at

pytestmark = pytest.mark.both_databases

Answer = Callable[..., Any]
ANSWERS = pytest.mark.parametrize("answer", [decline, erase], ids=["decline", "erase"])


def _token(session: Session) -> str:
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
    session.execute(sa.delete(OutboxMail))
    return str(mail.arguments["token"])


def _invited(session: Session, fair: Fair, firm: Participation) -> str:
    """The firm was imported and included unconfirmed, and is asked now."""
    firm.confirmed_at, firm.origin, firm.source = None, Origin.IMPORTED, "the catalogue"
    firm.is_included_unconfirmed = True
    session.flush()
    invite(
        session, event=fair.event, participation_ids=[firm.id], note="", actor_id=fair.organiser.id,
        answer_by=clock.now().date() + dt.timedelta(days=9), now=clock.now(),
    )  # fmt: skip
    return _token(session)


def _meeting(session: Session, fair: Fair) -> Meeting:
    """The first startup meets the second corporate in the second slot."""
    table = make_place(session, fair.event, name="Table 1")
    meeting = make_meeting(
        session, fair.event, a=fair.startups[0], b=fair.corporates[1], slot=fair.slots[1], place=table
    )
    claim_seats(session, meeting=meeting)
    return meeting


def _told(session: Session) -> dict[str, list[str]]:
    """Address -> what happened to its meetings and seats, in its one mail."""
    mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
    assert len({mail.to_email for mail in mails}) == len(mails)
    return {
        mail.to_email: [
            row["kind"] for row in (*mail.arguments["changes"], *mail.arguments.get("sessions", ()))
        ]
        for mail in mails
    }


def _address(session: Session, one: Participation) -> str:
    return session.get_one(Person, one.delegates[0].person_id).email or ""


@ANSWERS
def test_a_firm_that_says_no_gives_its_seat_on_and_its_partner_is_told_once(
    session: Session, answer: Answer
) -> None:
    fair = make_fair(session)
    table = held_roundtable(session, fair, *fair.startups)
    meeting = _meeting(session, fair)
    goes, stay = fair.startups[0], [one.delegates[0].id for one in (fair.corporates[0], *fair.startups[1:])]
    answer(session, token=_invited(session, fair, goes), now=clock.now())
    session.expire_all()
    assert sitting_at(session, table.id) == set(stay)
    assert [row.dealt_at for row in session.scalars(sa.select(FreedSeat))] == [None]
    assert meeting.status == MeetingStatus.CANCELLED
    assert goes.status == ParticipationStatus.WITHDRAWN
    assert _told(session)[_address(session, fair.corporates[1])] == ["cancelled"]
    assert broken_invariants(session) == {}


@ANSWERS
def test_a_host_that_says_no_calls_its_table_off_and_all_at_it_are_told_once(
    session: Session, answer: Answer
) -> None:
    fair = make_fair(session)
    table = held_roundtable(session, fair, *fair.startups)
    answer(session, token=_invited(session, fair, fair.corporates[0]), now=clock.now())
    assert (sitting_at(session, table.id), table.has_time) == (set(), False)
    told = _told(session)
    assert [told[_address(session, one)] for one in fair.startups] == [["off"]] * 3
    assert broken_invariants(session) == {}


def test_an_erased_firm_is_told_of_nothing_and_nothing_is_kept_to_undo_it(session: Session) -> None:
    fair = make_fair(session)
    held_roundtable(session, fair, *fair.startups)
    _meeting(session, fair)
    goes = fair.startups[0]
    name, address = goes.delegates[0].person.name, _address(session, goes)
    erase(session, token=_invited(session, fair, goes), now=clock.now())
    assert session.scalars(sa.select(Change)).all() == []
    assert address not in _told(session)
    assert not any(name in str(mail.arguments) for mail in session.scalars(sa.select(OutboxMail)))


def _with_a_colleague(session: Session, fair: Fair) -> tuple[Delegate, str]:
    """A colleague of the first startup who has not answered yet and sits where it sat; the link's token."""
    firm = fair.startups[0]
    colleague = add_delegate(
        session, event=fair.event, participation=firm, email="colleague@firm.example", name="Cleo Colleague",
        job_title="", time_zone="Europe/Berlin", is_manager=False, actor_id=fair.people[firm.id],
        now=clock.now(),
    )  # fmt: skip
    return colleague, _token(session)


@ANSWERS
def test_a_delegate_who_says_no_hands_its_meetings_over_and_its_seat_on(
    session: Session, answer: Answer
) -> None:
    fair = make_fair(session)
    table = held_roundtable(session, fair, *fair.startups[1:])
    colleague, token = _with_a_colleague(session, fair)
    meeting = _meeting(session, fair)
    own = fair.startups[0].delegates[0].id
    session.execute(
        sa.update(MeetingDelegate).where(MeetingDelegate.delegate_id == own).values(delegate_id=colleague.id)
    )
    session.expire_all()
    claim_seats(session, meeting=meeting)
    sit_down(session, table, colleague)
    answer(session, token=token, now=clock.now())
    session.expire_all()
    assert {sitter.delegate_id for sitter in meeting.sitters} == {own, fair.corporates[1].delegates[0].id}
    assert session.scalars(sa.select(Attendance.delegate_id).where(Attendance.delegate_id == own)).all() == []
    assert [row.dealt_at for row in session.scalars(sa.select(FreedSeat))] == [None]
    told = _told(session)
    assert told[_address(session, fair.startups[0])] == ["new"]
    assert told[_address(session, fair.corporates[1])] == ["handed"]
    mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
    assert any("Cleo Colleague" in str(mail.arguments) for mail in mails) == (answer is decline)
    assert bool(session.scalars(sa.select(Change)).all()) == (answer is decline)
    assert broken_invariants(session) == {}


def test_the_only_manager_can_say_no_and_be_erased(session: Session) -> None:
    fair = make_fair(session)
    colleague, token = _with_a_colleague(session, fair)
    colleague.is_manager = True
    fair.startups[0].delegates[0].is_manager = False
    session.flush()
    erase(session, token=token, now=clock.now())
    assert session.scalars(sa.select(Person).where(Person.name == "Cleo Colleague")).all() == []
