"""Every way by which a meeting gets its time leaves people their pause, or says who chose otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Change,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingStatus,
    Participation,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStep,
    RoundStudy,
    Seat,
    SessionKind,
    Slot,
    StudyKind,
    StudyStatus,
    Unplaced,
    Wish,
    WishKind,
)
from matchmaker.services.change import HOLD
from matchmaker.services.delegate_removal import remove_delegate
from matchmaker.services.gone import Gone
from matchmaker.services.meeting import cancel, move
from matchmaker.services.meeting_delegate import DelegateNeedsPause, candidates, switch_delegate
from matchmaker.services.meeting_request_answer import SlotGone, accept_request
from matchmaker.services.meeting_request_ask import ask, ask_to_move
from matchmaker.services.meeting_slot import common_slots
from matchmaker.services.pause_check import NoPause
from matchmaker.services.publication import publish_round
from matchmaker.services.publication_outlook import foresee_publication
from matchmaker.services.removal import take_out
from matchmaker.services.round_repair import Added, Placing, RepairPlan, pack_plans
from matchmaker.services.round_repair_apply import RepairOutdated, apply_repair
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from matchmaker.services.waiting_list import offer_slot
from tests.factories import (
    add,
    make_delegate,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)

NEAR, FAR, LAST = 1, 2, 3
"""Positions of slots: the obstacle is in slot 0, and 15 minutes are free between two meetings."""


@dataclass
class Scene:
    """A startup and a corporate with slots of 20 minutes that follow each other after 5."""

    session: Session
    now: dt.datetime
    event: Event
    slots: list[Slot]
    startup: Participation
    corporate: Participation
    others: list[Participation] = field(default_factory=list)
    has_seat: bool = False
    """what gets in the way is a seat in a masterclass that the round gave, instead of a meeting"""

    @property
    def busy(self) -> Delegate:
        """The one whose pause is at stake."""
        return self.corporate.delegates[0]

    @property
    def actor_id(self) -> int:
        """Somebody who may do it."""
        return self.startup.delegates[0].person_id

    def meets(self, at: int, other: Participation | None = None) -> Meeting:
        """The startup, or another, has a confirmed meeting with the corporate."""
        row = make_meeting(
            self.session, self.event, a=other or self.startup, b=self.corporate, slot=self.slots[at],
            status=MeetingStatus.CONFIRMED, accepted_a_at=self.now, accepted_b_at=self.now,
        )  # fmt: skip
        claim_seats(self.session, meeting=row)
        return row

    def gets_in_the_way(self) -> None:
        """The corporate's delegate comes to meet somebody else in slot 0, or has a seat then."""
        if self.has_seat:
            self.sits(0, self.busy)
        else:
            self.meets(0, make_participation(self.session, self.event))

    def sits(self, at: int, *those: Delegate) -> EventSession:
        """A masterclass with seats by the round in this slot, in which these delegates sit."""
        row = EventSession(
            event_id=self.event.id, kind=SessionKind.MASTERCLASS, title="Selling to industry", seats=3,
            starts_at=self.slots[at].starts_at, ends_at=self.slots[at].ends_at, is_by_round=True, least=1,
        )  # fmt: skip
        add(self.session, row)
        for one in those:
            seat = Attendance(
                session_id=row.id, delegate_id=one.id, event_id=self.event.id, created_at=self.now
            )
            add(self.session, seat)
        return row


@pytest.fixture
def scene(session: Session, now: dt.datetime) -> Scene:
    event = make_event(session, pause=15)
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    return Scene(session, now, event, make_slots(session, event), startup, corporate)


def _suggested(scene: Scene, at: int) -> None:
    scene.gets_in_the_way()
    found = common_slots(
        scene.session, event=scene.event, own=scene.startup, other=scene.corporate, now=scene.now
    )
    if scene.slots[at].id in {slot.slot_id for slot in found}:
        scene.meets(at)


def _requested(scene: Scene, at: int) -> None:
    request = ask(
        scene.session, event=scene.event, from_id=scene.startup.id, to_id=scene.corporate.id,
        slot_id=scene.slots[at].id, message="", actor_id=scene.actor_id, now=scene.now,
    )  # fmt: skip
    scene.gets_in_the_way()
    accept_request(
        scene.session, event=scene.event, request_id=request.id, actor_id=scene.actor_id, now=scene.now
    )


def _rescheduled(scene: Scene, at: int) -> None:
    meeting = scene.meets(LAST)
    request = ask_to_move(
        scene.session, event=scene.event, meeting_id=meeting.id, from_id=scene.startup.id,
        slot_ids=[scene.slots[at].id], place_id=None, message="", actor_id=scene.actor_id, now=scene.now,
    )  # fmt: skip
    scene.gets_in_the_way()
    accept_request(
        scene.session, event=scene.event, request_id=request.id, actor_id=scene.actor_id, now=scene.now
    )


def _moved_by_organiser(scene: Scene, at: int) -> None:
    meeting = scene.meets(LAST)
    scene.gets_in_the_way()
    move(
        scene.session, event=scene.event, meeting_id=meeting.id, slot_id=scene.slots[at].id, place_id=None,
        version=meeting.version, actor_id=scene.actor_id, now=scene.now,
    )  # fmt: skip


def _with_a_colleague(scene: Scene, at: int) -> tuple[Meeting, Delegate]:
    """A colleague of the busy one sits in the meeting, who comes to be busy then."""
    colleague = make_delegate(scene.session, scene.corporate, make_person(scene.session), is_manager=True)
    scene.session.refresh(scene.corporate, ["delegates"])
    meeting = scene.meets(at)
    sitter = next(one for one in meeting.sitters if one.delegate_id == scene.busy.id)
    sitter.delegate_id = colleague.id
    claim_seats(scene.session, meeting=meeting)
    scene.gets_in_the_way()
    return meeting, colleague


def _switched(scene: Scene, at: int) -> None:
    meeting, _colleague = _with_a_colleague(scene, at)
    switch_delegate(
        scene.session, event=scene.event, meeting_id=meeting.id, participation_id=scene.corporate.id,
        delegate_id=scene.busy.id, version=meeting.version, actor_id=scene.actor_id, now=scene.now,
    )  # fmt: skip


def _handed_over(scene: Scene, at: int) -> None:
    _meeting, colleague = _with_a_colleague(scene, at)
    remove_delegate(
        scene.session, event=scene.event, delegate=colleague, actor_id=scene.actor_id, now=scene.now
    )


def _mended(scene: Scene, at: int) -> None:
    """All slots go but one, and that of the obstacle."""
    scene.meets(LAST)
    scene.gets_in_the_way()
    gone = Gone(slot_ids=frozenset(s.id for s in scene.slots) - {scene.slots[0].id, scene.slots[at].id})
    take_out(
        scene.session, event=scene.event, gone=gone, name="", actor_id=scene.actor_id, now=scene.now,
        hold=HOLD,
    )  # fmt: skip


def _offered(scene: Scene, at: int) -> None:
    ended = scene.meets(at, make_participation(scene.session, scene.event))
    for one, other in ((scene.startup, scene.corporate), (scene.corporate, scene.startup)):
        wish = Wish(
            from_id=one.id, to_id=other.id, event_id=scene.event.id, kind=WishKind.MUST, said_at=scene.now
        )
        add(scene.session, wish)
    cancel(
        scene.session, event=scene.event, meeting_id=ended.id, participation_id=ended.participation_b_id,
        version=ended.version, reason="", actor_id=scene.actor_id, now=scene.now,
    )  # fmt: skip
    scene.gets_in_the_way()
    offer_slot(scene.session, meeting_id=ended.id, now=scene.now)


def _round(scene: Scene, status: RoundStatus) -> Round:
    round_ = Round(
        event_id=scene.event.id, number=1, step=RoundStep.SCHEDULE, status=status, settings={}, figures={},
        due_at=scene.now, created_at=scene.now,
    )  # fmt: skip
    return add(scene.session, round_)


def _draft(scene: Scene, at: int) -> Round:
    round_ = _round(scene, RoundStatus.DRAFT)
    room = make_place(
        scene.session, scene.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
    )
    make_meeting(
        scene.session, scene.event, a=scene.startup, b=scene.corporate, slot=scene.slots[at],
        place=room, status=MeetingStatus.DRAFT, round_id=round_.id,
    )  # fmt: skip
    scene.gets_in_the_way()
    return round_


def _published(scene: Scene, at: int) -> None:
    round_ = _draft(scene, at)
    publish_round(scene.session, round_=round_, event=scene.event, actor_id=scene.actor_id, now=scene.now)


def _study(scene: Scene, plan: RepairPlan) -> tuple[Round, RoundStudy]:
    round_ = _round(scene, RoundStatus.PUBLISHED)
    study = RoundStudy(
        round_id=round_.id, event_id=scene.event.id, kind=StudyKind.REPAIR, status=StudyStatus.DONE,
        arguments={}, result={}, payload=pack_plans([plan]), created_at=scene.now,
    )  # fmt: skip
    return round_, add(scene.session, study)


def _repair(scene: Scene, plan: RepairPlan) -> None:
    round_, study = _study(scene, plan)
    apply_repair(
        scene.session, event=scene.event, round_=round_, study=study, option=0, actor_id=scene.actor_id,
        now=scene.now,
    )  # fmt: skip


def _sitting(scene: Scene) -> tuple[int, int]:
    return scene.startup.delegates[0].id, scene.busy.id


def _moved_by_repair(scene: Scene, at: int) -> None:
    meeting = scene.meets(LAST)
    scene.gets_in_the_way()
    placing = Placing(meeting.id, meeting.version, scene.slots[at].id, None, _sitting(scene))
    _repair(scene, RepairPlan((placing,), (), ()))


def _added_by_repair(scene: Scene, at: int) -> None:
    scene.gets_in_the_way()
    a_id, b_id = scene.startup.id, scene.corporate.id
    added = Added(a_id, b_id, scene.slots[at].id, None, _sitting(scene), 0.5, 0.5)
    _repair(scene, RepairPlan((), (), (added,)))


REFUSED = (NoPause, SlotGone, DelegateNeedsPause, RepairOutdated)

Way = Callable[[Scene, int], None]

WAYS: tuple[Way, ...] = (
    _suggested,
    _requested,
    _rescheduled,
    _moved_by_organiser,
    _switched,
    _handed_over,
    _mended,
    _offered,
    _published,
    _moved_by_repair,
    _added_by_repair,
)


@pytest.mark.parametrize("has_seat", [False, True], ids=["meeting", "seat"])
@pytest.mark.parametrize(("at", "sits"), [(NEAR, False), (FAR, True)])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_nobody_gets_a_meeting_within_the_pause_to_another_or_to_a_seat(
    scene: Scene, way: Way, at: int, sits: bool, has_seat: bool
) -> None:
    scene.has_seat = has_seat
    saved = scene.session.begin_nested()
    try:
        way(scene, at)
    except REFUSED:  # as a request does: all of it is taken back
        saved.rollback()
    seats = scene.session.scalars(sa.select(Seat.slot_id).where(Seat.delegate_id == scene.busy.id))
    assert (scene.slots[at].id in seats.all()) is sits


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_without_a_pause_the_next_slot_is_as_good_as_any(scene: Scene, way: Way) -> None:
    scene.event.pause = None
    way(scene, NEAR)
    seats = scene.session.scalars(sa.select(Seat.slot_id).where(Seat.delegate_id == scene.busy.id))
    assert scene.slots[NEAR].id in seats.all()


def test_colleague_without_a_pause_is_marked_and_refused_by_name(scene: Scene) -> None:
    meeting, _colleague = _with_a_colleague(scene, NEAR)
    shown = candidates(scene.session, event=scene.event, meeting=meeting, participation_id=scene.corporate.id)
    assert {one.delegate_id: one.lacks_pause for one in shown}[scene.busy.id] is True
    with pytest.raises(DelegateNeedsPause) as refused:
        switch_delegate(
            scene.session, event=scene.event, meeting_id=meeting.id, participation_id=scene.corporate.id,
            delegate_id=scene.busy.id, version=meeting.version, actor_id=scene.actor_id, now=scene.now,
        )  # fmt: skip
    assert refused.value.arguments == {"name": scene.busy.person.name, "minutes": 15}


def test_draft_that_leaves_no_pause_any_more_is_foreseen_and_named(scene: Scene) -> None:
    round_ = _draft(scene, NEAR)
    foreseen = foresee_publication(scene.session, round_=round_, event=scene.event)
    assert (list(foreseen.lost.values()), foreseen.proposed) == (["pause_meanwhile"], 0)
    publish_round(scene.session, round_=round_, event=scene.event, actor_id=scene.actor_id, now=scene.now)
    assert scene.session.scalars(sa.select(Unplaced.reason)).all() == ["pause_meanwhile"]
    assert (round_.figures["lost_at_publication"], round_.figures["unpaused"]) == (1, 0)


def test_locked_meeting_stays_without_a_pause_and_the_organiser_is_told(scene: Scene) -> None:
    round_ = _draft(scene, NEAR)
    locked = scene.session.scalars(sa.select(Meeting).where(Meeting.round_id == round_.id)).one()
    locked.is_locked = True
    foreseen = foresee_publication(scene.session, round_=round_, event=scene.event)
    assert (foreseen.lost, foreseen.unpaused) == ({}, {locked.id})
    publish_round(scene.session, round_=round_, event=scene.event, actor_id=scene.actor_id, now=scene.now)
    assert locked.status == MeetingStatus.PROPOSED
    assert round_.figures["unpaused"] == 1


def test_what_stood_before_the_pause_was_asked_for_stays_and_comes_back(scene: Scene) -> None:
    scene.event.pause = None
    first, second = scene.meets(NEAR), scene.meets(FAR, make_participation(scene.session, scene.event))
    scene.event.pause = 15
    claim_seats(scene.session, meeting=first)  # as when its place becomes larger
    gone = Gone(slot_ids=frozenset({scene.slots[number].id for number in (0, NEAR, LAST)}))
    take_out(
        scene.session, event=scene.event, gone=gone, name="", actor_id=scene.actor_id, now=scene.now,
        hold=HOLD,
    )  # fmt: skip
    assert (first.status, second.status) == (MeetingStatus.CANCELLED, MeetingStatus.CONFIRMED)
    change = scene.session.scalars(sa.select(Change)).one()
    undo_change(scene.session, change=change, actor_id=scene.actor_id, now=scene.now)
    assert first.status == MeetingStatus.CONFIRMED
