"""Requests answered in turn: counter-proposals, another time for a meeting, expiry as chosen, vetoes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid, Stale
from matchmaker.models import (
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    RequestStatus,
    Seat,
    Slot,
    WishKind,
)
from matchmaker.services.agenda_request import held_softly, read_requests
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import MeetingEnded, cancel
from matchmaker.services.meeting_request import UNTIL_SLOT, NotYourTurn, RequestClosed
from matchmaker.services.meeting_request_answer import (
    accept_request,
    counter_request,
    decline_request,
    withdraw_request,
)
from matchmaker.services.meeting_request_ask import CannotAsk, ask, ask_to_move
from matchmaker.services.meeting_request_expiry import expire_requests
from matchmaker.services.seat import PlaceTaken, claim_seats
from matchmaker.services.wish import say_wish
from tests.factories import make_event, make_meeting, make_participation, make_place, make_slots

MINUTE = dt.timedelta(minutes=1)


@dataclass
class Scene:
    """A startup and a corporate with four common slots, and one actor of each."""

    event: Event
    slots: list[Slot]
    startup: Participation
    corporate: Participation
    ada: int
    ben: int

    @property
    def asked(self) -> dict[str, int]:
        """Who asks whom."""
        return {"from_id": self.startup.id, "to_id": self.corporate.id, "actor_id": self.ada}


@pytest.fixture
def scene(session: Session) -> Scene:
    """A virtual event with a link of its own."""
    event = make_event(session)
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    ada, ben = (side.delegates[0].person_id for side in (startup, corporate))
    return Scene(event, make_slots(session, event), startup, corporate, ada, ben)


def _ask(session: Session, scene: Scene, now: dt.datetime, minutes: int | None = None) -> MeetingRequest:
    return ask(
        session, event=scene.event, slot_id=scene.slots[0].id, message="Talk?", now=now, minutes=minutes,
        **scene.asked,
    )  # fmt: skip


def _counter(
    session: Session,
    scene: Scene,
    request: MeetingRequest,
    by: Participation,
    *numbers: int,
    now: dt.datetime,
) -> None:
    counter_request(
        session, event=scene.event, request_id=request.id, slot_ids=[scene.slots[n].id for n in numbers],
        place_id=None, message="Rather then?", by_id=by.id, actor_id=by.delegates[0].person_id, now=now,
    )  # fmt: skip


def _confirmed(session: Session, scene: Scene) -> Meeting:
    meeting = make_meeting(
        session, scene.event, a=scene.startup, b=scene.corporate, slot=scene.slots[0],
        status=MeetingStatus.CONFIRMED, accepted_a_at=scene.event.created_at,
        accepted_b_at=scene.event.created_at,
    )  # fmt: skip
    claim_seats(session, meeting=meeting)
    return meeting


def _move(session: Session, scene: Scene, meeting: Meeting, now: dt.datetime) -> MeetingRequest:
    return ask_to_move(
        session, event=scene.event, meeting_id=meeting.id, from_id=scene.startup.id,
        slot_ids=[scene.slots[2].id, scene.slots[3].id], place_id=None, message="", actor_id=scene.ada,
        now=now,
    )  # fmt: skip


def _seated(session: Session) -> set[int]:
    return set(session.scalars(sa.select(Seat.slot_id)))


def _mails(session: Session) -> list[tuple[str, int | None]]:
    rows = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    return [(row.kind, row.participation_id) for row in rows]


def test_two_sides_propose_in_turn_until_one_accepts(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    with pytest.raises(NotYourTurn):
        _counter(session, scene, request, scene.startup, 1, now=now)
    _counter(session, scene, request, scene.corporate, 1, 2, now=now)
    assert (request.answering_id, request.status) == (scene.startup.id, RequestStatus.OPEN)
    with pytest.raises(NotYourTurn):
        accept_request(
            session, event=scene.event, request_id=request.id, by_id=scene.corporate.id, actor_id=scene.ben,
            now=now,
        )  # fmt: skip
    _counter(session, scene, request, scene.startup, 3, now=now)
    assert request.answering_id == scene.corporate.id
    meeting = accept_request(
        session, event=scene.event, request_id=request.id, by_id=scene.corporate.id, actor_id=scene.ben,
        now=now,
    )  # fmt: skip
    assert (meeting.status, meeting.slot_id) == (MeetingStatus.CONFIRMED, scene.slots[3].id)
    assert _mails(session)[:3] == [
        ("request_received", scene.corporate.id),
        ("request_countered", scene.startup.id),
        ("request_countered", scene.corporate.id),
    ]


def test_answer_to_an_older_proposal_is_refused(session: Session, scene: Scene, now: dt.datetime) -> None:
    request = _ask(session, scene, now)
    seen = request.version
    _counter(session, scene, request, scene.corporate, 1, now=now)
    with pytest.raises(Stale):
        accept_request(
            session, event=scene.event, request_id=request.id, version=seen, actor_id=scene.ada, now=now
        )


def test_either_side_ends_the_talks_in_its_way(session: Session, scene: Scene, now: dt.datetime) -> None:
    request = _ask(session, scene, now)
    _counter(session, scene, request, scene.corporate, 1, now=now)
    decline_request(
        session, event=scene.event, request_id=request.id, reason="Too late.", by_id=scene.startup.id,
        actor_id=scene.ada, now=now,
    )  # fmt: skip
    assert _mails(session)[-1] == ("request_declined", scene.corporate.id)
    again = _ask(session, scene, now)
    _counter(session, scene, again, scene.corporate, 1, now=now)
    withdraw_request(session, event=scene.event, request_id=again.id, actor_id=scene.ada, now=now)
    assert again.status == RequestStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("of_event", "asked", "expected"),
    [(60, None, 60), (None, None, None), (60, 15, 15), (60, UNTIL_SLOT, None), (15, 14_400, 14_400)],
)
def test_request_lives_as_the_organiser_set_or_the_asker_chose(
    session: Session,
    scene: Scene,
    now: dt.datetime,
    of_event: int | None,
    asked: int | None,
    expected: int | None,
) -> None:
    scene.event.request_minutes = of_event
    request = _ask(session, scene, now, asked)
    assert request.expires_at == (scene.slots[0].starts_at if expected is None else now + expected * MINUTE)


def test_lifetime_outside_the_bounds_is_refused(session: Session, scene: Scene, now: dt.datetime) -> None:
    for minutes in (1, 10 * 24 * 60 + 1):
        with pytest.raises(Invalid, match="15 minutes"):
            _ask(session, scene, now, minutes)


def test_open_requests_are_soft_holds_that_block_nobody(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    _counter(session, scene, request, scene.corporate, 1, 2, now=now)
    for side, needs_answer in ((scene.startup, True), (scene.corporate, False)):
        (row,) = read_requests(session, event=scene.event, participation_id=side.id)
        assert row.needs_answer is needs_answer
        assert set(held_softly([row])) == {scene.slots[1].id, scene.slots[2].id}
    assert _seated(session) == set()


def test_meeting_keeps_its_slot_until_another_is_accepted(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    meeting = _confirmed(session, scene)
    request = _move(session, scene, meeting, now)
    assert (_seated(session), meeting.slot_id) == ({scene.slots[0].id}, scene.slots[0].id)
    moved = accept_request(
        session, event=scene.event, request_id=request.id, slot_id=scene.slots[3].id,
        by_id=scene.corporate.id, meeting_version=meeting.version, actor_id=scene.ben, now=now,
    )  # fmt: skip
    assert (moved.id, moved.slot_id, moved.sequence) == (meeting.id, scene.slots[3].id, 1)
    assert _seated(session) == {scene.slots[3].id}
    assert request.meeting_id == meeting.id
    assert broken_invariants(session) == {}


def test_declined_and_expired_moves_lose_nothing(session: Session, scene: Scene, now: dt.datetime) -> None:
    meeting = _confirmed(session, scene)
    request = _move(session, scene, meeting, now)
    decline_request(session, event=scene.event, request_id=request.id, reason="", actor_id=scene.ben, now=now)
    request = _move(session, scene, meeting, now)
    assert expire_requests(session, now=request.expires_at) == 1
    assert (meeting.status, _seated(session)) == (MeetingStatus.CONFIRMED, {scene.slots[0].id})


def test_move_of_a_meeting_that_was_changed_meanwhile_is_refused(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    meeting = _confirmed(session, scene)
    request = _move(session, scene, meeting, now)
    with pytest.raises(Stale):
        accept_request(
            session, event=scene.event, request_id=request.id, meeting_version=meeting.version - 1,
            actor_id=scene.ben, now=now,
        )  # fmt: skip


def test_cancelled_meeting_ends_what_was_asked_about_it(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    meeting = _confirmed(session, scene)
    request = _move(session, scene, meeting, now)
    cancel(
        session, event=scene.event, meeting_id=meeting.id, participation_id=scene.corporate.id,
        version=meeting.version, reason="", actor_id=scene.ben, now=now,
    )  # fmt: skip
    with pytest.raises(RequestClosed):
        accept_request(session, event=scene.event, request_id=request.id, actor_id=scene.ben, now=now)
    with pytest.raises(MeetingEnded):
        _move(session, scene, meeting, now)


def test_other_place_can_be_proposed_and_is_kept(session: Session, scene: Scene, now: dt.datetime) -> None:
    tables = [make_place(session, scene.event) for _ in range(2)]
    request = _ask(session, scene, now)
    counter_request(
        session, event=scene.event, request_id=request.id, slot_ids=[scene.slots[0].id],
        place_id=tables[1].id, message="", actor_id=scene.ben, now=now,
    )  # fmt: skip
    other = make_meeting(session, scene.event, slot=scene.slots[0], place=tables[1])
    claim_seats(session, meeting=other)
    with pytest.raises(PlaceTaken):
        accept_request(session, event=scene.event, request_id=request.id, actor_id=scene.ada, now=now)
    session.delete(other)
    session.flush()
    meeting = accept_request(session, event=scene.event, request_id=request.id, actor_id=scene.ada, now=now)
    assert meeting.place_id == tables[1].id


def test_never_takes_back_what_one_proposed_and_leaves_the_others_request_to_its_expiry(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    never = {"kind": WishKind.NEVER, "now": now, "actor_id": scene.ben}
    say_wish(session, participation=scene.corporate, other_id=scene.startup.id, **never)
    assert request.status == RequestStatus.OPEN
    say_wish(session, participation=scene.corporate, other_id=scene.startup.id, **{**never, "kind": None})
    _counter(session, scene, request, scene.corporate, 1, now=now)
    say_wish(session, participation=scene.corporate, other_id=scene.startup.id, **never)
    assert request.status == RequestStatus.DECLINED  # as anybody takes a proposal back


def test_request_to_a_vetoer_cannot_be_told_from_one_that_nobody_answers(
    session: Session, now: dt.datetime
) -> None:
    told = []
    for veto in (False, True):
        event = make_event(session, name="Fair", slug=f"fair-{veto}")
        startup, corporate = (make_participation(session, event, group=g) for g in ("startups", "corporates"))
        slot = make_slots(session, event, count=1)[0]
        if veto:
            say_wish(
                session, participation=corporate, other_id=startup.id, kind=WishKind.NEVER,
                actor_id=corporate.delegates[0].person_id, now=now,
            )  # fmt: skip
        request = ask(
            session, event=event, from_id=startup.id, to_id=corporate.id, slot_id=slot.id, message="",
            actor_id=startup.delegates[0].person_id, now=now,
        )  # fmt: skip
        (row,) = read_requests(session, event=event, participation_id=startup.id)
        before = (row.needs_answer, row.starts_at, request.status, request.expires_at)
        expire_requests(session, now=request.expires_at)
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.participation_id == startup.id)).all()
        told.append(
            (before, request.status, request.answer, [(mail.kind, mail.created_at) for mail in mails])
        )
    assert told[0] == told[1]


def test_nobody_asks_those_who_have_asked(session: Session, scene: Scene, now: dt.datetime) -> None:
    _ask(session, scene, now)
    back = {"from_id": scene.corporate.id, "to_id": scene.startup.id, "actor_id": scene.ben}
    with pytest.raises(CannotAsk, match="asked you already"):
        ask(session, event=scene.event, slot_id=scene.slots[1].id, message="", now=now, **back)
