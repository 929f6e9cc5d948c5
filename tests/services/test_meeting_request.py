"""Requests: asked in common free slots, accepted into seats, silent about vetoes, expiring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Availability,
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    ParticipationStatus,
    RequestStatus,
    Seat,
    Slot,
    Wish,
    WishKind,
)
from matchmaker.services.meeting_limit import LimitReached
from matchmaker.services.meeting_request import RequestClosed, SlotGone, offers
from matchmaker.services.meeting_request_answer import accept_request, decline_request, withdraw_request
from matchmaker.services.meeting_request_ask import CannotAsk, ask
from matchmaker.services.meeting_request_expiry import expire_requests
from matchmaker.services.meeting_slot import common_slots
from matchmaker.services.seat import claim_seats
from tests.factories import add, make_event, make_meeting, make_participation, make_slots

LIFETIME = dt.timedelta(days=3)  # an event's unless its organiser says otherwise


@dataclass
class Scene:
    """Two firms that may meet in three slots."""

    event: Event
    slots: list[Slot]
    startup: Participation
    corporate: Participation
    actor_id: int


@pytest.fixture
def scene(session: Session) -> Scene:
    """A virtual event with a link of its own."""
    event = make_event(session)
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    slots = make_slots(session, event, count=3)
    return Scene(event, slots, startup, corporate, startup.delegates[0].person_id)


def _ask(session: Session, scene: Scene, now: dt.datetime, *, slot: int = 0) -> MeetingRequest:
    return ask(
        session, event=scene.event, from_id=scene.startup.id, to_id=scene.corporate.id,
        slot_id=scene.slots[slot].id, message="Shall we talk?", actor_id=scene.actor_id, now=now,
    )  # fmt: skip


def _kinds(session: Session) -> list[str]:
    return list(session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)))


def _accept(
    session: Session, scene: Scene, request: MeetingRequest, now: dt.datetime, slot_id: int | None = None
) -> Meeting:
    return accept_request(
        session, event=scene.event, request_id=request.id, slot_id=slot_id, actor_id=scene.actor_id, now=now
    )


def test_open_request_takes_no_seat_and_tells_the_other_side(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    assert (request.status, request.expires_at) == (RequestStatus.OPEN, now + LIFETIME)
    assert session.scalars(sa.select(Seat.slot_id)).all() == []
    assert _kinds(session) == ["request_received"]


def test_request_expires_with_its_slot_at_the_latest(session: Session, scene: Scene) -> None:
    shortly_before = scene.slots[0].starts_at - dt.timedelta(hours=2)
    assert _ask(session, scene, shortly_before).expires_at == scene.slots[0].starts_at


def test_accepted_request_is_a_confirmed_meeting_with_seats(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    meeting = _accept(session, scene, request, now)
    assert (meeting.status, meeting.slot_id) == (MeetingStatus.CONFIRMED, scene.slots[0].id)
    assert (request.status, request.meeting_id) == (RequestStatus.ACCEPTED, meeting.id)
    assert len(session.scalars(sa.select(Seat.slot_id)).all()) == 2
    assert _kinds(session) == ["request_received", "meeting_confirmed", "meeting_confirmed"]
    with pytest.raises(RequestClosed):
        _accept(session, scene, request, now)


def test_when_the_slot_has_gone_the_other_common_slots_are_offered(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    other = make_meeting(session, scene.event, b=scene.corporate, slot=scene.slots[0])
    claim_seats(session, meeting=other)
    with pytest.raises(SlotGone):
        _accept(session, scene, request, now)
    left = [slot.slot_id for slot in offers(session, event=scene.event, request=request, now=now)]
    assert left == [scene.slots[1].id, scene.slots[2].id]
    assert _accept(session, scene, request, now, slot_id=left[0]).slot_id == left[0]


def test_slots_in_which_somebody_is_not_available_are_not_common(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    delegate = scene.corporate.delegates[0]
    add(
        session,
        Availability(
            delegate_id=delegate.id, slot_id=scene.slots[1].id, event_id=scene.event.id, is_available=False
        ),
    )
    found = common_slots(session, event=scene.event, own=scene.startup, other=scene.corporate, now=now)
    assert [slot.slot_id for slot in found] == [scene.slots[0].id, scene.slots[2].id]


def test_limits_leave_no_common_slot(session: Session, scene: Scene, now: dt.datetime) -> None:
    scene.corporate.maximum = 1
    claim_seats(session, meeting=make_meeting(session, scene.event, b=scene.corporate, slot=scene.slots[2]))
    assert common_slots(session, event=scene.event, own=scene.startup, other=scene.corporate, now=now) == []
    with pytest.raises(LimitReached):
        _ask(session, scene, now)


def test_limit_in_a_row_leaves_a_break(session: Session, scene: Scene, now: dt.datetime) -> None:
    scene.event.in_a_row = 1
    claim_seats(session, meeting=make_meeting(session, scene.event, b=scene.corporate, slot=scene.slots[0]))
    found = common_slots(session, event=scene.event, own=scene.startup, other=scene.corporate, now=now)
    assert [slot.slot_id for slot in found] == [scene.slots[2].id]


def test_request_to_somebody_who_vetoed_looks_like_any_other(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    add(
        session,
        Wish(
            from_id=scene.corporate.id, to_id=scene.startup.id, event_id=scene.event.id,
            kind=WishKind.NEVER, said_at=now,
        ),
    )  # fmt: skip
    request = _ask(session, scene, now)
    assert (request.status, request.expires_at) == (RequestStatus.OPEN, now + LIFETIME)
    assert _kinds(session) == []
    assert expire_requests(session, now=now + LIFETIME) == 1
    assert _kinds(session) == ["request_expired"]


def test_nobody_asks_twice_while_the_answer_is_open(session: Session, scene: Scene, now: dt.datetime) -> None:
    _ask(session, scene, now)
    with pytest.raises(CannotAsk, match="still open"):
        _ask(session, scene, now, slot=1)


@pytest.mark.parametrize("status", ["registered", "withdrawn"])
def test_participation_that_is_not_in_rounds_cannot_be_asked(
    session: Session, scene: Scene, now: dt.datetime, status: str
) -> None:
    scene.corporate.status = status  # type: ignore[assignment]
    with pytest.raises(CannotAsk):
        _ask(session, scene, now)


def test_groups_that_do_not_meet_cannot_ask(session: Session, scene: Scene, now: dt.datetime) -> None:
    peer = make_participation(session, scene.event)
    with pytest.raises(CannotAsk, match="two groups"):
        ask(
            session, event=scene.event, from_id=scene.startup.id, to_id=peer.id, slot_id=scene.slots[0].id,
            message="", actor_id=scene.actor_id, now=now,
        )  # fmt: skip


def test_number_of_open_requests_is_capped(session: Session, scene: Scene, now: dt.datetime) -> None:
    scene.event.most_requests = 3
    for _number in range(3):
        other = make_participation(session, scene.event, group="corporates")
        ask(
            session, event=scene.event, from_id=scene.startup.id, to_id=other.id, slot_id=scene.slots[0].id,
            message="", actor_id=scene.actor_id, now=now,
        )  # fmt: skip
    with pytest.raises(CannotAsk, match="open requests"):
        _ask(session, scene, now)


def test_declined_and_withdrawn_requests_are_closed(session: Session, scene: Scene, now: dt.datetime) -> None:
    request = _ask(session, scene, now)
    decline_request(
        session, event=scene.event, request_id=request.id, reason="Not now.", actor_id=scene.actor_id, now=now
    )
    assert (request.status, request.answer) == (RequestStatus.DECLINED, "Not now.")
    assert _kinds(session) == ["request_received", "request_declined"]
    again = _ask(session, scene, now)
    withdraw_request(session, event=scene.event, request_id=again.id, actor_id=scene.actor_id, now=now)
    assert again.status == RequestStatus.WITHDRAWN


def test_expired_requests_are_read_from_rows_once(session: Session, scene: Scene, now: dt.datetime) -> None:
    request = _ask(session, scene, now)
    assert expire_requests(session, now=now) == 0
    a_day_late = now + LIFETIME + dt.timedelta(days=1)
    assert [expire_requests(session, now=a_day_late), expire_requests(session, now=a_day_late)] == [1, 0]
    assert request.status == RequestStatus.EXPIRED


def test_request_of_somebody_who_withdrew_cannot_be_accepted(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    request = _ask(session, scene, now)
    scene.startup.status = ParticipationStatus.WITHDRAWN
    with pytest.raises(CannotAsk, match="no longer takes part"):
        _accept(session, scene, request, now)


def test_who_vetoed_is_told_so_when_asking_and_no_meeting_is_asked_for_twice(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    wish = add(
        session,
        Wish(
            from_id=scene.startup.id, to_id=scene.corporate.id, event_id=scene.event.id,
            kind=WishKind.NEVER, said_at=now,
        ),
    )  # fmt: skip
    with pytest.raises(CannotAsk, match="You said never"):
        _ask(session, scene, now)
    session.delete(wish)
    session.flush()
    _accept(session, scene, _ask(session, scene, now), now)
    with pytest.raises(CannotAsk, match="a meeting with them already"):
        _ask(session, scene, now, slot=1)
