"""Which pairs wanted to meet and have not: the order in which a freed slot is offered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Place,
    RequestStatus,
    Round,
    RoundStatus,
    Slot,
    Suggestion,
    Unplaced,
    Wish,
    WishKind,
)
from matchmaker.services.pair_rule import barred_pairs
from matchmaker.services.seat import busy_spans
from matchmaker.services.seat_wanted import Span
from matchmaker.services.wish import musts_beyond_budget

# pairs that are looked at closely, the best first; behind them hardly anybody would come to a turn
MOST_TRIED = 25


@dataclass(frozen=True)
class WaitingPair:
    """Two participations in the order of their ids, of which at least one wished for the other."""

    a_id: int
    b_id: int
    is_mutual: bool
    musts: int
    fit: float


def waiting_pairs(session: Session, *, event: Event, ended: Meeting) -> list[WaitingPair]:
    """Those who could take the slot of a meeting that ended, the best first.

    First pairs with one of its two sides, whose time came free; where its place is what others lacked,
    behind them those whom the last round left out for want of a place. Whoever met, declined or let an
    offer pass before is not asked again. What both wished comes before what one did, then musts, then fit.
    """
    sides = (ended.participation_a_id, ended.participation_b_id)
    near = _ranked(session, event, _wishes_of(session, event.id, sides))
    pairs = near + [
        pair for pair in _ranked(session, event, _without_place(session, ended)) if pair not in near
    ]
    return _free_then(session, ended, pairs)[:MOST_TRIED]


Wishes = dict[tuple[int, int], WishKind]


def _wishes_of(session: Session, event_id: int, sides: Iterable[int]) -> Wishes:
    numbers = list(sides)
    return _said(
        session,
        sa.and_(Wish.event_id == event_id, sa.or_(Wish.from_id.in_(numbers), Wish.to_id.in_(numbers))),
    )


def _without_place(session: Session, ended: Meeting) -> Wishes:
    """Wishes of the pairs that the newest published round left out for want of a place."""
    place = session.get(Place, ended.place_id) if ended.place_id is not None else None
    if place is None or place.capacity is None:
        return {}
    newest = (
        sa.select(sa.func.max(Round.id))
        .where(
            Round.event_id == ended.event_id,
            Round.status.in_((RoundStatus.PUBLISHED, RoundStatus.CLOSED)),
            Round.published_at.is_not(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Unplaced.participation_a_id, Unplaced.participation_b_id)
        .where(Unplaced.round_id == newest, Unplaced.reason == "no_place")
        .order_by(Unplaced.value.desc())
        .limit(4 * MOST_TRIED)
    ).all()
    pairs = [pair for a, b in rows for pair in ((a, b), (b, a))]
    return _said(session, sa.tuple_(Wish.from_id, Wish.to_id).in_(pairs)) if pairs else {}


def _said(session: Session, condition: sa.ColumnElement[bool]) -> Wishes:
    rows = session.execute(
        sa.select(Wish.from_id, Wish.to_id, Wish.kind).where(condition, Wish.kind != WishKind.NEVER)
    )
    return {(from_id, to_id): kind for from_id, to_id, kind in rows}


def _ranked(session: Session, event: Event, wishes: Wishes) -> list[WaitingPair]:
    if not wishes:
        return []
    beyond = musts_beyond_budget(session, event=event)
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for one, other in wishes:
        pairs[min(one, other), max(one, other)].append((one, other))
    sides = {side for pair in pairs for side in pair}
    over = _over(session, event.id, sides)
    fits = _fits(session, event.id, pairs)
    found = [
        WaitingPair(
            a, b, len(said) == 2, sum(wishes[w] == WishKind.MUST and w not in beyond for w in said),
            fits.get((a, b), 0.0),
        )
        for (a, b), said in pairs.items()
        if (a, b) not in over
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (not pair.is_mutual, -pair.musts, -pair.fit, pair.a_id, pair.b_id))


def _over(session: Session, event_id: int, sides: set[int]) -> set[tuple[int, int]]:
    """Pairs that have, had or refused a meeting, or whom the organiser keeps apart."""
    met = session.execute(
        sa.select(Meeting.participation_a_id, Meeting.participation_b_id).where(
            Meeting.event_id == event_id,
            Meeting.status != MeetingStatus.DRAFT,
            sa.or_(Meeting.participation_a_id.in_(sides), Meeting.participation_b_id.in_(sides)),
        )
    )
    refused = session.execute(
        sa.select(MeetingRequest.from_id, MeetingRequest.to_id).where(
            MeetingRequest.event_id == event_id, MeetingRequest.status == RequestStatus.DECLINED
        )
    )
    over = {(min(one, two), max(one, two)) for rows in (met, refused) for one, two in rows}
    return over | barred_pairs(session, event_id=event_id).keys()


def _fits(session: Session, event_id: int, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], float]:
    first = {a for a, _b in pairs}
    rows = session.execute(
        sa.select(Suggestion.participation_a_id, Suggestion.participation_b_id, sa.func.max(Suggestion.fit))
        .where(Suggestion.event_id == event_id, Suggestion.participation_a_id.in_(first))
        .group_by(Suggestion.participation_a_id, Suggestion.participation_b_id)
    )
    return {(a, b): fit for a, b, fit in rows}


def _free_then(session: Session, ended: Meeting, pairs: list[WaitingPair]) -> list[WaitingPair]:
    """Those of whom each side has somebody who sits nowhere at that time; a quick first look."""
    slot = session.get_one(Slot, ended.slot_id)
    sides = {side for pair in pairs for side in (pair.a_id, pair.b_id)}
    delegates = session.execute(
        sa.select(Delegate.participation_id, Delegate.person_id).where(
            Delegate.participation_id.in_(sides), Delegate.left_at.is_(None)
        )
    ).all()
    people = {person_id for _side, person_id in delegates}
    busy = busy_spans(session, person_ids=people, window=Span(slot.starts_at, slot.ends_at))
    free = {side for side, person_id in delegates if not busy.get(person_id)}
    return [pair for pair in pairs if {pair.a_id, pair.b_id} <= free]
