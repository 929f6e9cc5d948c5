"""Whose calendar gets which message: one UID for life, no CANCEL without a REQUEST, nothing unwanted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    CalendarChoice,
    Event,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    Slot,
)
from matchmaker.services.meeting import accept, cancel, move
from matchmaker.services.meeting_delegate import switch_delegate
from matchmaker.services.person_calendar import choose_invitations
from matchmaker.services.seat import claim_seats
from tests.factories import (
    make_delegate,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)


@dataclass
class Scene:
    """A proposed meeting; `ada` sits for one side, `bob` for the other."""

    event: Event
    slots: list[Slot]
    sides: tuple[Participation, Participation]
    meeting: Meeting
    ada: int
    bob: int


@pytest.fixture
def scene(session: Session) -> Scene:
    """Two firms, four slots, a table."""
    event = make_event(session)
    slots = make_slots(session, event)
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    meeting = make_meeting(session, event, a=one, b=other, slot=slots[0], place=make_place(session, event))
    claim_seats(session, meeting=meeting)
    return Scene(
        event, slots, (one, other), meeting, one.delegates[0].person_id, other.delegates[0].person_id
    )


def _accept(session: Session, scene: Scene, now: dt.datetime) -> None:
    for side in scene.sides:
        accept(
            session, event=scene.event, meeting_id=scene.meeting.id, participation_id=side.id,
            version=scene.meeting.version, actor_id=scene.ada, now=now,
        )  # fmt: skip


def _move(session: Session, scene: Scene, slot: Slot, now: dt.datetime) -> None:
    move(
        session, event=scene.event, meeting_id=scene.meeting.id, slot_id=slot.id,
        place_id=scene.meeting.place_id, version=scene.meeting.version, actor_id=scene.ada, now=now,
    )  # fmt: skip


def _cancel(session: Session, scene: Scene, now: dt.datetime) -> None:
    cancel(
        session, event=scene.event, meeting_id=scene.meeting.id, participation_id=None,
        version=scene.meeting.version, reason="", actor_id=scene.ada, now=now,
    )  # fmt: skip


def _messages(session: Session, person_id: int) -> list[tuple[str, int, str] | None]:
    """Method, sequence and UID of each mail's calendar message to one person, in order."""
    rows = session.scalars(
        sa.select(OutboxMail).where(OutboxMail.person_id == person_id).order_by(OutboxMail.id)
    )
    entries = [mail.arguments.get("calendar") for mail in rows]
    return [(e["method"], e["sequence"], e["uid"]) if e else None for e in entries]


def test_meeting_keeps_its_uid_and_raises_the_sequence_only_when_moved(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    _accept(session, scene, now)
    _move(session, scene, scene.slots[1], now)
    _cancel(session, scene, now)
    uid = scene.meeting.uid
    life = [("REQUEST", 0, uid), ("REQUEST", 1, uid), ("CANCEL", 1, uid)]
    assert _messages(session, scene.ada) == life
    assert _messages(session, scene.bob) == life


def test_proposal_that_was_never_sent_is_never_cancelled_in_a_calendar(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    _move(session, scene, scene.slots[1], now)
    _cancel(session, scene, now)
    assert _messages(session, scene.ada) == [None, None]


def test_meeting_of_a_publication_enters_calendars_when_it_moves_and_leaves_them_when_cancelled(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    scene.meeting.status = MeetingStatus.CONFIRMED  # as a publication leaves it: told in a digest
    session.flush()
    _move(session, scene, scene.slots[1], now)
    _cancel(session, scene, now)
    assert [message and message[0] for message in _messages(session, scene.ada)] == ["REQUEST", "CANCEL"]


def test_person_who_wants_no_invitations_gets_none(session: Session, scene: Scene, now: dt.datetime) -> None:
    choose_invitations(session, person_id=scene.ada, choice=CalendarChoice.NONE, now=now)
    _accept(session, scene, now)
    _move(session, scene, scene.slots[1], now)
    _cancel(session, scene, now)
    assert _messages(session, scene.ada) == [None, None, None]
    assert [message and message[0] for message in _messages(session, scene.bob)] == [
        "REQUEST", "REQUEST", "CANCEL",
    ]  # fmt: skip


def test_what_a_calendar_holds_is_kept_right_after_invitations_were_switched_off(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    _accept(session, scene, now)
    choose_invitations(session, person_id=scene.ada, choice=CalendarChoice.NONE, now=now)
    _move(session, scene, scene.slots[1], now)
    _cancel(session, scene, now)
    assert [message and message[0] for message in _messages(session, scene.ada)] == [
        "REQUEST", "REQUEST", "CANCEL",
    ]  # fmt: skip


def test_delegate_who_leaves_and_comes_back_has_one_entry(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    _accept(session, scene, now)
    own = scene.sides[0]
    colleague = make_delegate(session, own, make_person(session))
    for minute, delegate in enumerate((colleague, own.delegates[0]), start=1):
        switch_delegate(
            session, event=scene.event, meeting_id=scene.meeting.id, participation_id=own.id,
            delegate_id=delegate.id, version=scene.meeting.version, actor_id=scene.ada,
            now=now + dt.timedelta(minutes=minute),
        )  # fmt: skip
    uid = scene.meeting.uid
    assert _messages(session, scene.ada) == [("REQUEST", 0, uid), ("CANCEL", 0, uid), ("REQUEST", 0, uid)]
    assert _messages(session, colleague.person_id) == [("REQUEST", 0, uid), ("CANCEL", 0, uid)]
    assert _messages(session, scene.bob) == [("REQUEST", 0, uid), None, None]
