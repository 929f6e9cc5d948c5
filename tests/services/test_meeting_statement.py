"""After the slot: both sides' words are kept, agreement decides, contradiction waits for the organiser."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.errors import Invalid
from matchmaker.models import (
    AttendanceKind,
    AuditEntry,
    Event,
    FreedSlot,
    Meeting,
    MeetingStatement,
    MeetingStatus,
    OutboxMail,
    Person,
    Seat,
)
from matchmaker.services.account_erasure import erase_account
from matchmaker.services.decision import _said as decisions_said
from matchmaker.services.meeting_expiry import expire_meetings, has_expired_meetings
from matchmaker.services.meeting_statement import (
    NotHeld,
    NotYet,
    contradictions,
    rate_meeting,
    state_attendance,
    statements_of,
    usefulness_of,
)
from matchmaker.services.own_data import export_person
from matchmaker.services.password import set_password
from matchmaker.services.result import read_results
from matchmaker.services.seat import claim_seats
from tests.factories import NOW, PASSWORD, make_event, make_meeting, make_person, make_slots

pytestmark = pytest.mark.both_databases

HELD, MISSED, NO_SHOW = AttendanceKind.HELD, AttendanceKind.MISSED, AttendanceKind.NO_SHOW


@dataclass(frozen=True)
class Table:
    """A confirmed meeting whose slot has begun at `later`."""

    event: Event
    meeting: Meeting
    actor_id: int
    later: dt.datetime


def _table(session: Session, status: MeetingStatus = MeetingStatus.CONFIRMED) -> Table:
    event = make_event(session)
    slot = make_slots(session, event)[0]
    meeting = make_meeting(session, event, slot=slot, status=status, accepted_a_at=NOW, accepted_b_at=NOW)
    claim_seats(session, meeting=meeting)
    return Table(event, meeting, make_person(session).id, slot.starts_at + dt.timedelta(minutes=1))


def _say(session: Session, table: Table, side: str, kind: AttendanceKind) -> MeetingStatus:
    number = {"a": table.meeting.participation_a_id, "b": table.meeting.participation_b_id}.get(side)
    return state_attendance(
        session, event=table.event, meeting_id=table.meeting.id, participation_id=number, kind=kind,
        actor_id=table.actor_id, now=table.later,
    ).status  # fmt: skip


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ((HELD, HELD), MeetingStatus.HELD),
        ((NO_SHOW, MISSED), MeetingStatus.MISSED),
        ((NO_SHOW, NO_SHOW), MeetingStatus.MISSED),
        ((HELD, NO_SHOW), MeetingStatus.CONFIRMED),
    ],
)
def test_what_both_say_decides(
    session: Session, said: tuple[AttendanceKind, AttendanceKind], status: MeetingStatus
) -> None:
    table = _table(session)
    _say(session, table, "a", said[0])
    assert _say(session, table, "b", said[1]) == status
    assert list(statements_of(session, meeting_id=table.meeting.id).values()) == list(said)
    assert read_results(session, event=table.event).total.published == 1


def test_organiser_settles_a_contradiction_and_both_words_stay(session: Session) -> None:
    table = _table(session)
    _say(session, table, "a", HELD)
    _say(session, table, "b", NO_SHOW)
    [found] = contradictions(session, event_id=table.event.id)
    assert (found.a_says, found.b_says) == (HELD, NO_SHOW)
    assert _say(session, table, "organiser", MISSED) == MeetingStatus.MISSED
    assert contradictions(session, event_id=table.event.id) == []
    assert len(statements_of(session, meeting_id=table.meeting.id)) == 2
    assert read_results(session, event=table.event).total.missed == 1


def test_nothing_is_said_before_the_slot(session: Session) -> None:
    table = _table(session)
    with pytest.raises(NotYet):
        state_attendance(
            session, event=table.event, meeting_id=table.meeting.id,
            participation_id=table.meeting.participation_a_id, kind=HELD, actor_id=table.actor_id, now=NOW,
        )  # fmt: skip


def test_proposed_meeting_expires_when_its_slot_begins_and_who_accepted_is_told(database: Database) -> None:
    with database.transaction() as session:
        table = _table(session, MeetingStatus.PROPOSED)
        table.meeting.accepted_a_at = NOW + dt.timedelta(hours=1)
        table.meeting.accepted_b_at = None
        assert not has_expired_meetings(session, now=NOW)
    with database.transaction() as session:
        assert has_expired_meetings(session, now=table.later)
        assert [expire_meetings(session, now=table.later) for _time in range(2)] == [1, 0]
    with database.reading() as session:
        assert session.get_one(Meeting, table.meeting.id).status == MeetingStatus.EXPIRED
        assert session.scalars(sa.select(Seat)).all() == []
        mails = session.scalars(sa.select(OutboxMail)).all()
        assert [(mail.kind, mail.participation_id) for mail in mails] == [
            ("meeting_expired", table.meeting.participation_a_id)
        ]


def _rate(session: Session, table: Table, participation: int, usefulness: int | None) -> None:
    rate_meeting(
        session, event=table.event, meeting_id=table.meeting.id, participation_id=participation,
        usefulness=usefulness, actor_id=table.actor_id, now=table.later,
    )  # fmt: skip


def test_usefulness_is_said_of_what_was_held_and_kept_private(session: Session) -> None:
    table = _table(session)
    own = table.meeting.participation_a_id
    with pytest.raises(NotHeld):
        _rate(session, table, own, 4)
    _say(session, table, "a", HELD)
    for wrong in (0, 6):
        with pytest.raises(Invalid):
            _rate(session, table, own, wrong)
    _rate(session, table, own, 4)
    _say(session, table, "a", HELD)
    said = {"meeting_id": table.meeting.id, "participation_id": own}
    assert usefulness_of(session, **said) == 4
    [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rate_meeting"))
    assert entry.details == {}
    [exported] = export_person(session, person_id=table.actor_id, now=NOW)["said_of_meetings"]
    assert (exported["kind"], exported["usefulness"]) == ("held", 4)
    _say(session, table, "a", MISSED)
    session.expire_all()
    assert usefulness_of(session, **said) is None


def test_usefulness_goes_with_the_account(session: Session) -> None:
    table = _table(session)
    _say(session, table, "a", HELD)
    _rate(session, table, table.meeting.participation_a_id, 5)
    set_password(session.get_one(Person, table.actor_id), PASSWORD)
    erase_account(session, person_id=table.actor_id, password=PASSWORD, now=table.later)
    session.expire_all()
    [left] = session.scalars(sa.select(MeetingStatement))
    assert (left.kind, left.usefulness, left.said_by_id) == (HELD, None, None)


@pytest.mark.parametrize("firms", [4, 5])
def test_average_usefulness_is_shown_from_five_firms_on(session: Session, firms: int) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=firms)
    for slot in slots:
        meeting = make_meeting(session, event, slot=slot, status=MeetingStatus.HELD)
        session.add(
            MeetingStatement(
                meeting_id=meeting.id, participation_id=meeting.participation_a_id, event_id=event.id,
                kind=HELD, usefulness=4, said_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    results = read_results(session, event=event)
    assert [line.usefulness for line in results.groups] == [4.0 if firms == 5 else None, None]
    assert results.total.usefulness is None


@pytest.mark.parametrize(
    ("kind", "usefulness", "wanted"),
    [(HELD, None, True), (HELD, 3, True), (HELD, 2, False), (NO_SHOW, None, True), (MISSED, None, None)],
)
def test_what_a_side_said_is_a_decision_of_its_own(
    session: Session, kind: AttendanceKind, usefulness: int | None, wanted: bool | None
) -> None:
    table = _table(session)
    own, other = table.meeting.participation_a_id, table.meeting.participation_b_id
    _say(session, table, "a", kind)
    if usefulness:
        _rate(session, table, own, usefulness)
    said = decisions_said(session, table.event.id)
    assert (said.get((own, other)), said.get((other, own))) == (wanted, None)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_answer_to_an_offer_of_the_waiting_list_is_a_decision(session: Session, is_accepted: bool) -> None:
    event = make_event(session)
    slot = make_slots(session, event)[0]
    ended = make_meeting(session, event, slot=slot, status=MeetingStatus.CANCELLED)
    offer = make_meeting(session, event, slot=slot)
    own, other = offer.participation_a_id, offer.participation_b_id
    if is_accepted:
        offer.accepted_a_at = NOW + dt.timedelta(hours=1)
    else:
        offer.status, offer.ended_by_id = MeetingStatus.DECLINED, own
    session.add(FreedSlot(meeting_id=ended.id, event_id=event.id, offer_id=offer.id, dealt_at=NOW))
    session.flush()
    assert decisions_said(session, event.id) == {(own, other): is_accepted}
