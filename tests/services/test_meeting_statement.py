"""After the slot: both sides' words are kept, agreement decides, contradiction waits for the organiser."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import AttendanceKind, Event, Meeting, MeetingStatus, OutboxMail, Seat
from matchmaker.services.meeting_expiry import expire_meetings, has_expired_meetings
from matchmaker.services.meeting_statement import NotYet, contradictions, state_attendance, statements_of
from matchmaker.services.result import read_results
from matchmaker.services.seat import claim_seats
from tests.factories import NOW, make_event, make_meeting, make_person, make_slots

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
