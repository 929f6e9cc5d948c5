"""The waiting list: a slot that came free is offered to the best pair that wanted to meet and can.

What is due is read from rows: a meeting that ended before its slot and has no FreedSlot row yet. The
offer is an ordinary meeting, so that the same seats, limits and answers count; when it ends unanswered
or declined, its slot is due again and goes to the next pair. A mail names the partner and the time and
never who wished what, who gave the slot back, or how many were asked before.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import Conflict
from matchmaker.models import (
    Change,
    Delegate,
    Event,
    FreedSlot,
    Meeting,
    MeetingStatus,
    Participation,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.meeting import create_meeting, tell_confirmed
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_request import lock_sides
from matchmaker.services.meeting_request_ask import CannotAsk, pair_that_may_ask
from matchmaker.services.meeting_slot import common_slots
from matchmaker.services.seat import claim_seats, lock_people
from matchmaker.services.waiting_list_mail import tell_offered
from matchmaker.services.waiting_pair import WaitingPair, waiting_pairs

ENDED = (MeetingStatus.DECLINED, MeetingStatus.CANCELLED, MeetingStatus.EXPIRED)
# a slot that begins sooner is left alone: nobody would read the mail in time
AHEAD = dt.timedelta(minutes=30)
SHORTEST_ANSWER = dt.timedelta(minutes=15)


def due_slots(session: Session, *, now: dt.datetime, limit: int = 50) -> list[int]:
    """The ended meetings whose slots can still be offered, the soonest first.

    While a change of the event can still be undone nothing is: its meetings may want their slots back.
    """
    may_come_back = sa.exists().where(
        Change.event_id == Meeting.event_id, Change.undone_at.is_(None), Change.held_until > now
    )
    is_dealt_with = sa.exists().where(FreedSlot.meeting_id == Meeting.id)
    return list(
        session.scalars(
            sa.select(Meeting.id)
            .join(Slot, Slot.id == Meeting.slot_id)
            .join(Event, Event.id == Meeting.event_id)
            .where(
                Meeting.status.in_(ENDED),
                Slot.starts_at > now + AHEAD,
                Event.has_waiting_list.is_(True),
                ~is_dealt_with,
                ~may_come_back,
            )
            .order_by(Slot.starts_at, Meeting.id)
            .limit(limit)
        )
    )


def offer_slot(session: Session, *, meeting_id: int, now: dt.datetime) -> Meeting | None:
    """Offer the slot of one ended meeting to the next pair; None when nobody wants or can take it.

    Of two workers one deals with it: the FreedSlot row is written first.
    """
    ended = session.get_one(Meeting, meeting_id)
    event = session.get_one(Event, ended.event_id)
    insert = dialect_insert(session, FreedSlot).values(
        meeting_id=meeting_id, event_id=event.id, offer_id=None, dealt_at=now
    )
    taken = insert.on_conflict_do_nothing(index_elements=["meeting_id"]).returning(FreedSlot.meeting_id)
    if session.scalar(taken) is None:
        return None
    pairs = waiting_pairs(session, event=event, ended=ended)
    _lock(session, pairs)
    for pair in pairs:
        offer = _try(session, event, ended, pair, now)
        if offer is not None:
            session.execute(
                sa.update(FreedSlot).where(FreedSlot.meeting_id == meeting_id).values(offer_id=offer.id)
            )
            record(
                session, actor_id=None, action="offer_slot", subject="meeting", subject_id=offer.id, now=now,
                event_id=event.id,
            )  # fmt: skip
            return offer
    return None


def _lock(session: Session, pairs: list[WaitingPair]) -> None:
    """Everybody who may be seated, in the order in which all lock; pair by pair could deadlock."""
    sides = sorted({side for pair in pairs for side in (pair.a_id, pair.b_id)})
    lock_sides(session, *sides)
    people = session.scalars(sa.select(Delegate.person_id).where(Delegate.participation_id.in_(sides)))
    lock_people(session, person_ids=set(people))


def _try(
    session: Session, event: Event, ended: Meeting, pair: WaitingPair, now: dt.datetime
) -> Meeting | None:
    """Seat the pair in the slot, if both may meet and can, as things stand."""
    try:
        for one, other in ((pair.a_id, pair.b_id), (pair.b_id, pair.a_id)):
            pair_that_may_ask(session, event=event, from_id=one, to_id=other)
        own, other_side = (session.get_one(Participation, side) for side in (pair.a_id, pair.b_id))
        check_limits(session, event=event, participations=(own, other_side))
        slots = common_slots(session, event=event, own=own, other=other_side, now=now)
        slot = next((slot for slot in slots if slot.slot_id == ended.slot_id), None)
        if slot is None:
            return None
        is_confirmed = pair.is_mutual and event.confirms_mutual and not _was_refused_by(ended, pair)
        with session.begin_nested():
            offer = create_meeting(
                session, event=event, sides=(pair.a_id, pair.b_id), slot_id=slot.slot_id,
                place_id=slot.place_ids[0], delegate_ids=(slot.own_delegates[0], slot.other_delegates[0]),
                status=MeetingStatus.CONFIRMED if is_confirmed else MeetingStatus.PROPOSED, now=now,
            )  # fmt: skip
            offer.fit = pair.fit
            claim_seats(session, meeting=offer)
    except (CannotAsk, Conflict, IntegrityError):  # the next pair's turn
        return None
    if is_confirmed:
        tell_confirmed(session, event=event, meeting=offer, now=now)
    else:
        offer.expires_at = _answer_until(event, slot.starts_at, now)
        session.flush()
        tell_offered(session, event=event, meeting=offer, now=now)
    return offer


def _was_refused_by(ended: Meeting, pair: WaitingPair) -> bool:
    """Whether a side of the pair gave the slot back or did not answer: it may not be free, so it is asked."""
    refused = {ended.ended_by_id}
    if ended.status == MeetingStatus.EXPIRED:
        for side, accepted_at in (
            (ended.participation_a_id, ended.accepted_a_at),
            (ended.participation_b_id, ended.accepted_b_at),
        ):
            refused |= {side} if accepted_at is None else set()
    return bool(refused & {pair.a_id, pair.b_id})


def _answer_until(event: Event, starts_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """As long as a request waits, at most half of the time that is left: the next pair needs some too."""
    half = (starts_at - now) / 2
    longest = half if event.request_minutes is None else dt.timedelta(minutes=event.request_minutes)
    return now + max(SHORTEST_ANSWER, min(longest, half))
