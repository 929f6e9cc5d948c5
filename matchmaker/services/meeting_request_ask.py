"""Asks for a meeting outside a round, or for another time of a confirmed one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotAllowed, Stale
from matchmaker.models import (
    Event,
    GroupRule,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Participation,
    ProposedSlot,
    RequestProposal,
    RequestStatus,
    Slot,
)
from matchmaker.services.meeting import MeetingEnded, find_meeting
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_request import (
    LIFETIMES,
    MOST_SLOTS,
    UNTIL_SLOT,
    SlotGone,
    expiry_of,
    has_vetoed,
    lock_sides,
    note_request,
    open_meeting_of,
    slots_to_move_to,
)
from matchmaker.services.meeting_request_mail import tell_proposal
from matchmaker.services.meeting_slot import CommonSlot, common_slots
from matchmaker.services.pair_rule import are_forbidden
from matchmaker.services.participation import participations_for_rounds


class CannotAsk(Conflict):
    """These two cannot ask one another."""

    message = N_("You cannot ask this participation for a meeting.")


class TooManyOpen(CannotAsk):
    """The participation waits for as many answers as the organiser allows."""

    message = N_(
        "You have %(most)s open requests, which is the most at this event. "
        "Withdraw one, or wait for an answer: what you wrote is still here."
    )


def ask(
    session: Session,
    *,
    event: Event,
    from_id: int,
    to_id: int,
    slot_id: int,
    message: str,
    actor_id: int,
    now: dt.datetime,
    minutes: int | None = None,
    behalf_of_id: int | None = None,
) -> MeetingRequest:
    """Ask for a meeting in one of the common free slots; the others' managers are told by mail.

    The request waits for `minutes` (None: as the organiser set), at most until the slot begins.
    """
    lock_sides(session, from_id, to_id)
    own, other = pair_that_may_ask(session, event=event, from_id=from_id, to_id=to_id)
    _check_number_of_open(session, event, own)
    check_limits(session, event=event, participations=(own, other))
    slots = common_slots(session, event=event, own=own, other=other, now=now)
    request = _request(session, event, from_id, to_id, actor_id, now)
    propose(
        session, event=event, request=request, by_id=from_id, slots=slots, slot_ids=[slot_id], place_id=None,
        message=message, minutes=minutes, actor_id=actor_id, now=now,
    )  # fmt: skip
    request.message = message[:1000]
    _add(session, request)
    note_request(session, "ask", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_proposal(session, kind="request_received", event=event, request=request, now=now)
    return request


def ask_to_move(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    from_id: int,
    slot_ids: Sequence[int],
    place_id: int | None,
    message: str,
    actor_id: int,
    now: dt.datetime,
    minutes: int | None = None,
    behalf_of_id: int | None = None,
) -> MeetingRequest:
    """Ask the other side of a confirmed meeting for another time or place; until then it stays as it is."""
    meeting = meeting_to_move(session, event=event, meeting_id=meeting_id, from_id=from_id, now=now)
    sides = lock_sides(session, meeting.participation_a_id, meeting.participation_b_id)
    _check_not_asked(session, from_id, meeting.other_side(from_id))
    _check_number_of_open(session, event, sides[from_id])
    slots = slots_to_move_to(session, event=event, meeting_id=meeting_id, now=now)
    request = _request(session, event, from_id, meeting.other_side(from_id), actor_id, now)
    request.moves_id = meeting_id
    propose(
        session, event=event, request=request, by_id=from_id, slots=slots, slot_ids=slot_ids,
        place_id=place_id, message=message, minutes=minutes, actor_id=actor_id, now=now,
    )  # fmt: skip
    request.message = message[:1000]
    _add(session, request)
    note_request(session, "ask_to_move", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_proposal(session, kind="request_received", event=event, request=request, now=now)
    return request


def meeting_to_move(
    session: Session, *, event: Event, meeting_id: int, from_id: int, now: dt.datetime
) -> Meeting:
    """The confirmed, coming meeting of this side; raises MeetingEnded or NotAllowed."""
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    if not meeting.is_side(from_id):
        raise NotAllowed()
    if meeting.status != MeetingStatus.CONFIRMED or session.get_one(Slot, meeting.slot_id).starts_at <= now:
        raise MeetingEnded()
    return meeting


def pair_that_may_ask(
    session: Session, *, event: Event, from_id: int, to_id: int
) -> tuple[Participation, Participation]:
    """Both sides; raises CannotAsk with the reason.

    What the other side said of the own one is no reason: a veto is not told.
    """
    rows = session.scalars(
        participations_for_rounds(event.id).where(Participation.id.in_((from_id, to_id)))
    ).all()
    sides = {row.id: row for row in rows}
    if from_id == to_id or to_id not in sides:
        raise CannotAsk()
    if from_id not in sides:
        raise CannotAsk(N_("You can ask for meetings once your participation is approved and confirmed."))
    own, other = sides[from_id], sides[to_id]
    low, high = sorted((own.group_id, other.group_id))
    if session.get(GroupRule, (low, high)) is None:
        raise CannotAsk(N_("At this event your two groups do not meet."))
    if are_forbidden(session, from_id, to_id):
        raise CannotAsk()
    if has_vetoed(session, from_id=from_id, to_id=to_id):
        raise CannotAsk(N_("You said never to them. Change that first."))
    if open_meeting_of(session, from_id, to_id) is not None:
        raise CannotAsk(N_("You have a meeting with them already."))
    _check_not_asked(session, from_id, to_id)
    return own, other


def open_requests(session: Session, *, participation_id: int) -> int:
    """How many requests of a participation wait for their end."""
    counted = (
        sa.select(sa.func.count())
        .select_from(MeetingRequest)
        .where(MeetingRequest.from_id == participation_id, MeetingRequest.status == RequestStatus.OPEN)
    )
    return session.scalar(counted) or 0


def propose(
    session: Session,
    *,
    event: Event,
    request: MeetingRequest,
    by_id: int,
    slots: Sequence[CommonSlot],
    slot_ids: Sequence[int],
    place_id: int | None,
    message: str,
    minutes: int | None,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Put slots and a place on the table for one side; the clock of the request begins anew."""
    chosen = [slot for slot in slots if slot.slot_id in set(slot_ids)]
    if not slot_ids or len(set(slot_ids)) > MOST_SLOTS:
        raise Invalid(N_("Choose between one and %(most)s times."), field="slot_id", most=MOST_SLOTS)
    if len(chosen) < len(set(slot_ids)):
        raise SlotGone(field="slot_id")
    if place_id is not None and not all(place_id in slot.place_ids for slot in chosen):
        raise Invalid(N_("This place is not free at every time that you chose."), field="place_id")
    if minutes is not None and minutes not in (UNTIL_SLOT, *LIFETIMES):
        raise Invalid(N_("A request waits between 15 minutes and 10 days."), field="minutes")
    request.slot_id = chosen[0].slot_id
    latest = max(slot.starts_at for slot in chosen)
    if request.moves_id is not None:  # once the meeting has begun there is nothing to move
        meeting = session.get_one(Meeting, request.moves_id)
        latest = min(latest, session.get_one(Slot, meeting.slot_id).starts_at)
    default = UNTIL_SLOT if event.request_minutes is None else event.request_minutes
    request.expires_at = expiry_of(default if minutes is None else minutes, now=now, latest=latest)
    request.proposals.append(
        RequestProposal(
            event_id=event.id, by_id=by_id, made_by_id=actor_id, place_id=place_id, message=message[:1000],
            made_at=now, slots=[ProposedSlot(slot_id=slot.slot_id, event_id=event.id) for slot in chosen],
        )
    )  # fmt: skip


def _request(
    session: Session, event: Event, from_id: int, to_id: int, actor_id: int, now: dt.datetime
) -> MeetingRequest:
    return MeetingRequest(
        event_id=event.id, from_id=from_id, to_id=to_id, status=RequestStatus.OPEN, asked_by_id=actor_id,
        asked_at=now, is_countered=False,
    )  # fmt: skip


def _add(session: Session, request: MeetingRequest) -> None:
    session.add(request)
    try:
        session.flush()
    except IntegrityError as error:  # the same was asked in this very moment
        raise Stale() from error


def _check_not_asked(session: Session, from_id: int, to_id: int) -> None:
    pairs = ((from_id, to_id), (to_id, from_id))
    open_now = session.execute(
        sa.select(MeetingRequest.from_id).where(
            sa.tuple_(MeetingRequest.from_id, MeetingRequest.to_id).in_(pairs),
            MeetingRequest.status == RequestStatus.OPEN,
        )
    ).all()
    if (from_id,) in open_now:
        raise CannotAsk(N_("You have asked them already; their answer is still open."))
    if open_now:
        raise CannotAsk(N_("They have asked you already. You find their request in your agenda."))


def _check_number_of_open(session: Session, event: Event, own: Participation) -> None:
    if open_requests(session, participation_id=own.id) >= event.most_requests:
        raise TooManyOpen(most=event.most_requests)
