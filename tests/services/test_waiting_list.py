"""The waiting list: who is next, who is asked and who confirmed, and that nobody learns more than that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Event,
    FreedSlot,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    Round,
    RoundStatus,
    RoundStep,
    Slot,
    Unplaced,
    Wish,
    WishKind,
)
from matchmaker.services.freed_slot import list_freed
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import MeetingEnded, accept, cancel, decline
from matchmaker.services.meeting_expiry import expire_meetings
from matchmaker.services.seat import claim_seats
from matchmaker.services.waiting_list import due_slots, offer_slot
from tests.factories import add, make_event, make_meeting, make_participation, make_place, make_slots

HOUR = dt.timedelta(hours=1)


@dataclass
class Scene:
    """A confirmed meeting of a startup and a corporate, and three startups that wait for the corporate."""

    event: Event
    slot: Slot
    startup: Participation
    corporate: Participation
    meeting: Meeting
    waiting: list[Participation]


@pytest.fixture
def scene(session: Session) -> Scene:
    """One slot, so that whoever waits can only get this one."""
    event = make_event(session)
    slot = make_slots(session, event, count=1)[0]
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    meeting = make_meeting(
        session, event, a=startup, b=corporate, slot=slot, status=MeetingStatus.CONFIRMED,
        accepted_a_at=event.created_at, accepted_b_at=event.created_at,
    )  # fmt: skip
    claim_seats(session, meeting=meeting)
    waiting = [make_participation(session, event) for _ in range(3)]
    return Scene(event, slot, startup, corporate, meeting, waiting)


def _wish(session: Session, scene: Scene, one: Participation, kind: str, other: Participation) -> None:
    add(
        session,
        Wish(
            from_id=one.id, to_id=other.id, event_id=scene.event.id, kind=WishKind(kind),
            said_at=scene.event.created_at,
        ),
    )  # fmt: skip


def _cancel(session: Session, scene: Scene, now: dt.datetime, by: Participation | None = None) -> None:
    side = by or scene.startup
    cancel(
        session, event=scene.event, meeting_id=scene.meeting.id, participation_id=side.id,
        version=scene.meeting.version, reason="", actor_id=side.delegates[0].person_id, now=now,
    )  # fmt: skip


def _offer(session: Session, now: dt.datetime) -> list[Meeting]:
    """What the job does, until nothing is due."""
    found = [offer_slot(session, meeting_id=number, now=now) for number in due_slots(session, now=now)]
    return [offer for offer in found if offer is not None]


def _kinds(session: Session, participation: Participation) -> list[str]:
    return list(
        session.scalars(
            sa.select(OutboxMail.kind)
            .where(OutboxMail.participation_id == participation.id)
            .order_by(OutboxMail.id)
        )
    )


def test_pair_that_both_wished_gets_the_slot_at_once_before_those_that_one_wished(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    first, second, third = scene.waiting
    _wish(session, scene, first, "must", scene.corporate)
    _wish(session, scene, second, "meet", scene.corporate)
    _wish(session, scene, scene.corporate, "meet", second)
    _wish(session, scene, scene.corporate, "meet", third)
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    assert offer.is_side(second.id)
    assert (offer.status, offer.slot_id) == (MeetingStatus.CONFIRMED, scene.slot.id)
    assert _kinds(session, second) == ["meeting_confirmed"]
    assert _offer(session, now) == []
    assert broken_invariants(session) == {}


def test_without_confirmation_of_mutual_wishes_both_are_asked(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    scene.event.confirms_mutual = False
    first = scene.waiting[0]
    _wish(session, scene, first, "meet", scene.corporate)
    _wish(session, scene, scene.corporate, "meet", first)
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    assert (offer.status, offer.accepted_a_at, offer.accepted_b_at) == (MeetingStatus.PROPOSED, None, None)
    assert offer.expires_at == now + dt.timedelta(days=3)
    assert _kinds(session, first) == ["slot_offered"]


def test_side_that_gave_the_slot_back_is_asked_and_never_confirmed(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    first = scene.waiting[0]
    _wish(session, scene, first, "meet", scene.corporate)
    _wish(session, scene, scene.corporate, "meet", first)
    _cancel(session, scene, now, by=scene.corporate)
    assert [offer.status for offer in _offer(session, now)] == [MeetingStatus.PROPOSED]


def test_unanswered_offer_goes_to_the_next_pair_and_each_is_told_once(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    for waiting in scene.waiting:
        _wish(session, scene, waiting, "meet", scene.corporate)
    _cancel(session, scene, now)
    asked = []
    moment = now
    for _turn in range(4):
        for offer in _offer(session, moment):
            asked.append(next(w for w in scene.waiting if offer.is_side(w.id)))
            assert offer.expires_at is not None
            moment = offer.expires_at
        expire_meetings(session, now=moment)
    assert asked == scene.waiting
    assert [_kinds(session, waiting) for waiting in scene.waiting] == [["slot_offered"]] * 3
    assert len(session.scalars(sa.select(FreedSlot.meeting_id)).all()) == 4
    assert broken_invariants(session) == {}


def test_declined_offer_goes_to_the_next_pair(session: Session, scene: Scene, now: dt.datetime) -> None:
    first, second, _third = scene.waiting
    _wish(session, scene, first, "must", scene.corporate)
    _wish(session, scene, second, "meet", scene.corporate)
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    decline(
        session, event=scene.event, meeting_id=offer.id, participation_id=first.id, version=offer.version,
        reason="", actor_id=first.delegates[0].person_id, now=now,
    )  # fmt: skip
    (following,) = _offer(session, now)
    assert following.is_side(second.id)
    for side in (second, scene.corporate):
        accept(
            session, event=scene.event, meeting_id=following.id, participation_id=side.id,
            version=following.version, actor_id=side.delegates[0].person_id, now=now,
        )  # fmt: skip
    assert following.status == MeetingStatus.CONFIRMED
    lines = list_freed(session, event=scene.event, page=1).lines
    assert {(line.ended_as, line.offer_status) for line in lines} == {
        (MeetingStatus.CANCELLED, MeetingStatus.DECLINED),
        (MeetingStatus.DECLINED, MeetingStatus.CONFIRMED),
    }


def test_offer_cannot_be_accepted_past_its_time(session: Session, scene: Scene, now: dt.datetime) -> None:
    _wish(session, scene, scene.waiting[0], "meet", scene.corporate)
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    assert offer.expires_at is not None
    with pytest.raises(MeetingEnded):
        accept(
            session, event=scene.event, meeting_id=offer.id, participation_id=scene.corporate.id,
            version=offer.version, actor_id=scene.corporate.delegates[0].person_id,
            now=offer.expires_at + dt.timedelta(seconds=1),
        )  # fmt: skip


@pytest.mark.parametrize("by", ["waiting", "corporate"])
def test_vetoed_pair_is_passed_over_as_if_nobody_had_wished(
    session: Session, scene: Scene, now: dt.datetime, by: str
) -> None:
    first, second, _third = scene.waiting
    _wish(session, scene, scene.corporate, "must" if by == "waiting" else "never", first)
    _wish(session, scene, first, "never" if by == "waiting" else "must", scene.corporate)
    _wish(session, scene, second, "meet", scene.corporate)
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    assert offer.is_side(second.id)
    assert _kinds(session, first) == []
    told = session.scalars(sa.select(OutboxMail).where(OutboxMail.participation_id == second.id)).one()
    assert "wish" not in str(told.arguments)


def test_slot_is_not_offered_over_a_seat_taken_meanwhile(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    first = scene.waiting[0]
    _wish(session, scene, first, "must", scene.corporate)
    _cancel(session, scene, now)
    claim_seats(session, meeting=make_meeting(session, scene.event, a=first, slot=scene.slot))
    assert _offer(session, now) == []
    assert [line.offer_id for line in list_freed(session, event=scene.event, page=1).lines] == [None]


def _switch_off(scene: Scene) -> None:
    scene.event.has_waiting_list = False


def _shortly_before(scene: Scene) -> None:
    scene.slot.starts_at = scene.event.created_at + HOUR / 4


@pytest.mark.parametrize("change", [_switch_off, _shortly_before])
def test_nothing_is_offered_when_switched_off_or_too_late(
    session: Session, scene: Scene, now: dt.datetime, change: Callable[[Scene], None]
) -> None:
    _wish(session, scene, scene.waiting[0], "must", scene.corporate)
    _cancel(session, scene, now)
    change(scene)
    session.flush()
    assert due_slots(session, now=now) == []


def test_place_that_came_free_goes_to_a_pair_that_lacked_one(
    session: Session, scene: Scene, now: dt.datetime
) -> None:
    scene.meeting.place_id = make_place(session, scene.event).id
    claim_seats(session, meeting=scene.meeting)
    one = scene.waiting[0]
    other = make_participation(session, scene.event, group="corporates")
    _wish(session, scene, one, "meet", other)
    round_ = add(
        session,
        Round(
            event_id=scene.event.id, number=1, step=RoundStep.BOTH, status=RoundStatus.PUBLISHED, settings={},
            due_at=now, created_at=now, published_at=now,
        ),
    )  # fmt: skip
    low, high = sorted((one.id, other.id))
    add(
        session,
        Unplaced(
            round_id=round_.id, participation_a_id=low, participation_b_id=high, event_id=scene.event.id,
            value=1.0, reason="no_place", arguments={},
        ),
    )  # fmt: skip
    _cancel(session, scene, now)
    (offer,) = _offer(session, now)
    assert offer.is_side(one.id)
    assert offer.place_id == scene.meeting.place_id
