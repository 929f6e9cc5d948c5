"""Freezes an event into what a round computes from; the snapshot knows no rows and no session."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.matching import Participant
from matchmaker.models import (
    Delegate,
    Event,
    Group,
    GroupRule,
    Meeting,
    MeetingStatus,
    Participation,
    Person,
    Round,
    RoundStep,
    Topic,
    Wish,
    WishKind,
)
from matchmaker.services.availability import available_slots
from matchmaker.services.history import met_earlier, ratings_of_earlier
from matchmaker.services.learned_weights import EventWeights, weights_of
from matchmaker.services.limits import Limits, limits_of
from matchmaker.services.pair_rule import barred_pairs, forced_pairs
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.pause import pauses_of
from matchmaker.services.round_gathering import GatheringInput, read_gatherings
from matchmaker.services.round_kept import KeptMeeting, read_kept_meetings
from matchmaker.services.round_participant import as_participant
from matchmaker.services.round_place import PlaceInput, SlotInput, StandInput, read_places, read_slots
from matchmaker.services.wish import musts_beyond_budget


@dataclass(frozen=True)
class DelegateInput:
    """One delegate and the slots in which they are free."""

    id: int
    person_id: int
    participation_id: int
    slot_ids: frozenset[int]
    zone: str = "UTC"


@dataclass(frozen=True)
class RoundInput:
    """All that one round computes from, frozen at one moment."""

    event_id: int
    round_id: int
    step: RoundStep
    settings: Mapping[str, Any]
    time_zone: str
    taken_at: dt.datetime
    stores_suggestions: bool
    participants: tuple[Participant, ...]
    group_names: Mapping[str, str]
    limits: Mapping[int, Limits]
    taxonomy: Mapping[str, str | None]
    may_meet: frozenset[tuple[str, str]]
    wishes: Mapping[tuple[int, int], str]
    finished_pairs: frozenset[tuple[int, int]]
    met_earlier: frozenset[tuple[int, int]] = frozenset()
    ratings: Mapping[tuple[int, int], float] = field(default_factory=dict)
    """how one rated an earlier meeting with the other, -1..1"""
    weights: EventWeights = field(default_factory=EventWeights)
    slots: tuple[SlotInput, ...] = ()
    places: tuple[PlaceInput, ...] = ()
    stands: Mapping[int, StandInput] = field(default_factory=dict)
    delegates: tuple[DelegateInput, ...] = ()
    kept: tuple[KeptMeeting, ...] = ()
    seen: tuple[KeptMeeting, ...] = ()
    """drafted meetings that people have looked at: kept where it costs little"""
    barred: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """pairs that must not meet, and why: "organiser" or "unfit" """
    forced: frozenset[tuple[int, int]] = frozenset()
    selected: frozenset[int] | None = None
    """the participations that the run is for; None: everybody"""
    movable: tuple[KeptMeeting, ...] = ()
    """published meetings that a repair may move"""
    gatherings: tuple[GatheringInput, ...] = ()
    """sessions whose seats the round gives; a repair leaves them as they are"""


def read_round_input(
    session: Session, *, round_id: int, now: dt.datetime, repaired: Sequence[KeptMeeting] = ()
) -> RoundInput:
    """Read a consistent snapshot of the event; the session must read only and be fresh.

    The `repaired` meetings have seats but may move: they are kept where that is best, and hold nobody.
    """
    round_ = session.get_one(Round, round_id)
    event = session.get_one(Event, round_.event_id)
    participations = _participations(session, event.id)
    slots = read_slots(session, event=event)
    movable = frozenset(meeting.id for meeting in repaired)
    delegates = _delegates(session, event, {p.id for p in participations}, now, slots, movable)
    if repaired:
        delegates = _beside_seats(session, event, delegates, slots, repaired)
    groups = {group.id: group for group in event.groups}
    kept, seen = read_kept_meetings(session, round_=round_)
    kept = tuple(meeting for meeting in kept if meeting.id not in movable)
    # a repair is for everybody, whoever the round was for
    selected = None if repaired else round_.settings.get("participation_ids")
    free: dict[int, set[int]] = defaultdict(set)
    for delegate in delegates:
        free[delegate.participation_id] |= delegate.slot_ids
    position = {slot.id: number for number, slot in enumerate(slots)}
    return RoundInput(
        event_id=event.id,
        round_id=round_.id,
        step=round_.step,
        settings=dict(round_.settings),
        time_zone=event.time_zone,
        taken_at=now,
        stores_suggestions=stores_suggestions(session, round_),
        participants=tuple(
            as_participant(
                p,
                group=groups[p.group_id].code,
                available=frozenset(position[s] for s in free[p.id]) if slots and p.id in free else None,
            )
            for p in participations
        ),
        group_names={group.code: group.name for group in event.groups},
        limits={p.id: limits_of(event, groups[p.group_id], p) for p in participations},
        taxonomy=_taxonomy(session, event.id),
        may_meet=_may_meet(session, groups),
        wishes=_wishes(session, event),
        finished_pairs=_finished_pairs(session, event.id) | {(m.a_id, m.b_id) for m in kept if m.is_seated},
        met_earlier=met_earlier(session, event=event) if event.excludes_met_before else frozenset(),
        ratings=ratings_of_earlier(session, event=event),
        weights=weights_of(session, event_id=event.id),
        slots=slots,
        places=read_places(session, event=event),
        stands={slot.block_id: slot.stand for slot in slots if slot.stand is not None},
        delegates=delegates,
        kept=kept,
        seen=seen,
        barred=barred_pairs(session, event_id=event.id),
        forced=forced_pairs(session, event_id=event.id),
        selected=frozenset(selected) if selected else None,
        movable=tuple(repaired),
        gatherings=()
        if repaired or round_.step == RoundStep.SUGGEST
        else read_gatherings(
            session, event_id=event.id, participation_ids=[p.id for p in participations], now=now
        ),
    )


def stores_suggestions(session: Session, round_: Round) -> bool:
    """Whether this round's lists will be shown: it suggests, or nobody has been shown any before."""
    if round_.step != RoundStep.SCHEDULE:
        return True
    opened = sa.select(Round.id).where(Round.event_id == round_.event_id, Round.opened_at.is_not(None))
    return session.scalar(opened.limit(1)) is None


def _participations(session: Session, event_id: int) -> Sequence[Participation]:
    chosen = participations_for_rounds(event_id).order_by(Participation.id)
    loaded = chosen.options(selectinload(Participation.entries), selectinload(Participation.organisation))
    return session.scalars(loaded).all()


def _delegates(
    session: Session,
    event: Event,
    participation_ids: set[int],
    now: dt.datetime,
    slots: Iterable[SlotInput],
    movable: frozenset[int],
) -> tuple[DelegateInput, ...]:
    rows = [
        row
        for row in session.scalars(
            sa.select(Delegate)
            .where(Delegate.event_id == event.id, Delegate.left_at.is_(None))
            .options(joinedload(Delegate.person).load_only(Person.time_zone))
            .order_by(Delegate.id)
        )
        if row.participation_id in participation_ids
    ]
    free = available_slots(session, event=event, movable=movable)
    to_come = frozenset(slot.id for slot in slots if slot.starts_at > now)
    return tuple(
        DelegateInput(
            id=row.id,
            person_id=row.person_id,
            participation_id=row.participation_id,
            slot_ids=free.get(row.id, frozenset[int]()) & to_come,
            zone=row.person.time_zone,
        )
        for row in rows
    )


def _beside_seats(
    session: Session,
    event: Event,
    delegates: Sequence[DelegateInput],
    slots: Iterable[SlotInput],
    repaired: Sequence[KeptMeeting],
) -> tuple[DelegateInput, ...]:
    """The delegates without slots that would leave no pause to a seat, which a repair leaves as it is.

    Where somebody sits already, it may stay.
    """
    sits: dict[int, set[int]] = defaultdict(set)
    for meeting in repaired:
        for number in meeting.delegate_ids:
            sits[number].add(meeting.slot_id)
    pauses = pauses_of(session, event=event, delegate_ids=[row.id for row in delegates], of_seats_only=True)
    if not any(pauses.meets.values()):
        return tuple(delegates)
    return tuple(
        replace(
            row,
            slot_ids=frozenset(
                slot.id
                for slot in slots
                if slot.id in row.slot_ids
                and (slot.id in sits[row.id] or pauses.allows(row.id, slot.starts_at, slot.ends_at))
            ),
        )
        for row in delegates
    )


def _taxonomy(session: Session, event_id: int) -> dict[str, str | None]:
    rows = session.execute(sa.select(Topic.code, Topic.parent_code).where(Topic.event_id == event_id))
    return {code: parent or None for code, parent in rows}


def _may_meet(session: Session, groups: Mapping[int, Group]) -> frozenset[tuple[str, str]]:
    rules = session.scalars(sa.select(GroupRule).where(GroupRule.group_a_id.in_(groups)))
    return frozenset((groups[rule.group_a_id].code, groups[rule.group_b_id].code) for rule in rules)


def _wishes(session: Session, event: Event) -> dict[tuple[int, int], str]:
    rows = session.scalars(sa.select(Wish).where(Wish.event_id == event.id))
    said = {(row.from_id, row.to_id): row.kind.value for row in rows}
    return said | dict.fromkeys(musts_beyond_budget(session, event=event), WishKind.MEET.value)


def _finished_pairs(session: Session, event_id: int) -> frozenset[tuple[int, int]]:
    """Pairs that are over: declined or cancelled, unless whoever ended it has wished for it since."""
    ended = session.scalars(
        sa.select(Meeting).where(
            Meeting.event_id == event_id,
            Meeting.status.in_((MeetingStatus.DECLINED, MeetingStatus.CANCELLED)),
            Meeting.ended_by_id.is_not(None),
        )
    ).all()
    wished = {
        (row.from_id, row.to_id): row.said_at
        for row in session.scalars(
            sa.select(Wish).where(Wish.event_id == event_id, Wish.kind != WishKind.NEVER)
        )
    }
    over = set()
    for meeting in ended:
        assert meeting.ended_by_id is not None
        said_at = wished.get((meeting.ended_by_id, meeting.other_side(meeting.ended_by_id)))
        if said_at is None or said_at < meeting.updated_at:
            over.add((meeting.participation_a_id, meeting.participation_b_id))
    return frozenset(over)
