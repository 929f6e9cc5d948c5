"""The life of a meeting: who is told, whose seats are freed, who wins when two act at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.db import Database
from matchmaker.errors import NotAllowed, NotFound, Stale
from matchmaker.models import (
    AuditEntry,
    Delegate,
    Event,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    PlaceClaim,
    Seat,
    Slot,
)
from matchmaker.services.meeting import MeetingEnded, accept, cancel, decline, move
from matchmaker.services.meeting_delegate import DelegateBusy, candidates, switch_delegate
from matchmaker.services.seat import SlotTaken, claim_seats
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
    """A proposed meeting with seats, and what is around it."""

    event: Event
    slots: list[Slot]
    startup: Participation
    corporate: Participation
    meeting: Meeting
    actor_id: int


@pytest.fixture
def scene(session: Session) -> Scene:
    """Two firms, four slots, one table, a meeting in the first slot."""
    event = make_event(session)
    slots = make_slots(session, event)
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    meeting = make_meeting(
        session, event, a=startup, b=corporate, slot=slots[0], place=make_place(session, event)
    )
    claim_seats(session, meeting=meeting)
    return Scene(event, slots, startup, corporate, meeting, startup.delegates[0].person_id)


def _mails(session: Session) -> list[tuple[str, int | None, str | None]]:
    """Kind, side and calendar method of every queued mail."""
    rows = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    return [(r.kind, r.participation_id, r.arguments.get("calendar", {}).get("method")) for r in rows]


def _answer(session: Session, scene: Scene, side: Participation, now: dt.datetime) -> Meeting:
    return accept(
        session,
        event=scene.event,
        meeting_id=scene.meeting.id,
        participation_id=side.id,
        version=scene.meeting.version,
        actor_id=scene.actor_id,
        now=now,
    )


def test_meeting_is_confirmed_when_both_have_accepted(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    assert _answer(session, scene, scene.startup, now).status == MeetingStatus.PROPOSED
    assert _mails(session) == []
    assert _answer(session, scene, scene.corporate, now).status == MeetingStatus.CONFIRMED
    assert _mails(session) == [
        ("meeting_confirmed", scene.startup.id, "REQUEST"),
        ("meeting_confirmed", scene.corporate.id, "REQUEST"),
    ]
    assert session.scalars(sa.select(AuditEntry.action)).all() == ["accept", "accept"]


def test_accepting_twice_changes_nothing(session: Session, scene: Scene, now: dt.datetime) -> None:
    version = scene.meeting.version
    for _click in range(2):
        accept(
            session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.startup.id,
            version=version, actor_id=scene.actor_id, now=now,
        )  # fmt: skip
    assert scene.meeting.version == version + 1


def test_accepting_an_older_version_is_refused(session: Session, scene: Scene, now: dt.datetime) -> None:
    with pytest.raises(Stale):
        accept(
            session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.startup.id,
            version=scene.meeting.version - 1, actor_id=scene.actor_id, now=now,
        )  # fmt: skip


def test_stranger_cannot_answer_and_a_draft_is_not_there(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    stranger = make_participation(session, scene.event)
    with pytest.raises(NotAllowed):
        _answer(session, scene, stranger, now)
    scene.meeting.status = MeetingStatus.DRAFT
    session.flush()
    with pytest.raises(NotFound):
        _answer(session, scene, scene.startup, now)


def test_declining_frees_seats_and_place_and_tells_the_other_side_why(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    decline(
        session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.corporate.id,
        version=scene.meeting.version, reason="We know each other.", actor_id=scene.actor_id, now=now,
    )  # fmt: skip
    assert scene.meeting.status == MeetingStatus.DECLINED
    assert session.scalars(sa.select(Seat.slot_id)).all() == []
    assert session.scalars(sa.select(PlaceClaim.slot_id)).all() == []
    assert _mails(session) == [("meeting_declined", scene.startup.id, None)]
    assert session.scalars(sa.select(OutboxMail)).one().arguments["reason"] == "We know each other."


def test_cancelling_takes_the_entry_out_of_every_calendar(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    for side in (scene.startup, scene.corporate):
        _answer(session, scene, side, now)
    sequence = scene.meeting.sequence
    cancel(
        session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.startup.id,
        version=scene.meeting.version, reason="", actor_id=scene.actor_id, now=now,
    )  # fmt: skip
    assert (scene.meeting.status, scene.meeting.ended_by_id) == (MeetingStatus.CANCELLED, scene.startup.id)
    assert session.scalars(sa.select(Seat.slot_id)).all() == []
    assert _mails(session)[2:] == [
        ("meeting_cancelled", scene.startup.id, "CANCEL"),
        ("meeting_cancelled", scene.corporate.id, "CANCEL"),
    ]
    told = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "meeting_cancelled")).first()
    assert told is not None
    assert (told.arguments["calendar"]["sequence"], told.arguments["calendar"]["status"]) == (
        sequence, "CANCELLED",
    )  # fmt: skip
    with pytest.raises(MeetingEnded):
        _answer(session, scene, scene.startup, now)


def test_nothing_changes_after_the_meeting_is_over(session: Session, scene: Scene) -> None:
    with pytest.raises(MeetingEnded):
        _answer(session, scene, scene.startup, scene.slots[0].ends_at)


def test_moving_raises_the_sequence_and_keeps_the_uid(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    uid = scene.meeting.uid
    move(
        session, event=scene.event, meeting_id=scene.meeting.id, slot_id=scene.slots[2].id,
        place_id=scene.meeting.place_id, version=scene.meeting.version, actor_id=scene.actor_id, now=now,
    )  # fmt: skip
    assert (scene.meeting.uid, scene.meeting.sequence) == (uid, 1)
    assert set(session.scalars(sa.select(Seat.slot_id))) == {scene.slots[2].id}
    assert [kind for kind, _side, _method in _mails(session)] == ["meeting_moved", "meeting_moved"]


def test_moving_onto_a_busy_person_is_refused(session: Session, scene: Scene, now: dt.datetime) -> None:
    busy = make_meeting(session, scene.event, a=scene.startup, slot=scene.slots[1])
    claim_seats(session, meeting=busy)
    with pytest.raises(SlotTaken):
        move(
            session, event=scene.event, meeting_id=scene.meeting.id, slot_id=scene.slots[1].id,
            place_id=scene.meeting.place_id, version=scene.meeting.version, actor_id=scene.actor_id, now=now,
        )  # fmt: skip


def _colleague(session: Session, scene: Scene) -> Delegate:
    delegate = make_delegate(session, scene.startup, make_person(session, name="Ben"))
    session.expire(scene.startup)
    return delegate


def test_switching_the_delegate_moves_the_seat_and_tells_all_three(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    colleague = _colleague(session, scene)
    for side in (scene.startup, scene.corporate):
        _answer(session, scene, side, now)
    sequence = scene.meeting.sequence
    switch_delegate(
        session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.startup.id,
        delegate_id=colleague.id, version=scene.meeting.version, actor_id=scene.actor_id, now=now,
    )  # fmt: skip
    seated = set(session.scalars(sa.select(Seat.delegate_id)))
    assert seated == {colleague.id, scene.corporate.delegates[0].id}
    assert scene.meeting.sequence == sequence
    told = [
        (mail.arguments["role"], mail.person_id, mail.arguments.get("calendar", {}).get("method"))
        for mail in session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
        if mail.kind == "meeting_delegate_switched"
    ]
    assert told == [
        ("leaves", scene.actor_id, "CANCEL"),
        ("comes", colleague.person_id, "REQUEST"),
        ("other_side", scene.corporate.delegates[0].person_id, None),
    ]


def test_switching_to_a_busy_colleague_is_refused_and_shown_before(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    colleague = _colleague(session, scene)
    elsewhere = make_event(session)
    slot = make_slots(session, elsewhere, count=1, start=scene.slots[0].starts_at)[0]
    own = make_participation(session, elsewhere, person=colleague.person)
    claim_seats(session, meeting=make_meeting(session, elsewhere, a=own, slot=slot))
    shown = candidates(session, event=scene.event, meeting=scene.meeting, participation_id=scene.startup.id)
    assert [(c.delegate_id, c.sits, c.is_busy) for c in shown if c.is_busy or c.sits] == [
        (colleague.id, False, True),
        (scene.meeting.sitters[0].delegate_id, True, False),
    ]
    with pytest.raises(DelegateBusy):
        switch_delegate(
            session, event=scene.event, meeting_id=scene.meeting.id, participation_id=scene.startup.id,
            delegate_id=colleague.id, version=scene.meeting.version, actor_id=scene.actor_id, now=now,
        )  # fmt: skip


@pytest.mark.both_databases
def test_accept_and_cancel_at_once_have_one_winner(database: Database, now: dt.datetime) -> None:
    with database.transaction() as session:
        event = make_event(session)
        meeting = make_meeting(session, event, slot=make_slots(session, event, count=1)[0])
        claim_seats(session, meeting=meeting)
        number, a_id, b_id = meeting.id, meeting.participation_a_id, meeting.participation_b_id
        actor_id = make_person(session).id
    with database.reading() as early:  # both have read version 1
        version = early.get_one(Meeting, number).version
    with database.transaction() as session:
        cancel(
            session, event=event, meeting_id=number, participation_id=b_id, version=version, reason="",
            actor_id=actor_id, now=now,
        )  # fmt: skip
    with pytest.raises((MeetingEnded, Stale, StaleDataError)), database.transaction() as session:
        accept(
            session, event=event, meeting_id=number, participation_id=a_id, version=version,
            actor_id=actor_id, now=now,
        )  # fmt: skip
