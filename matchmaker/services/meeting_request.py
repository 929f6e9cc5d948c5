"""Asks for a meeting outside a round, and answers.

An open request blocks nobody: it claims seats in the moment in which it is accepted. Whoever said
never is not shown the request and not told of it, so that it runs into its expiry like any other
that nobody answers.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound, Stale
from matchmaker.models import (
    Delegate,
    Event,
    GroupRule,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Participation,
    ParticipationStatus,
    RequestStatus,
    Wish,
    WishKind,
)
from matchmaker.services.audit import record
from matchmaker.services.meeting import OPEN_STATUSES, create_meeting, tell_confirmed
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_request_mail import tell_asked, tell_asker
from matchmaker.services.meeting_slot import CommonSlot, common_slots
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.seat import SlotTaken, claim_seats, lock_people

LIFETIME = dt.timedelta(days=3)
MOST_OPEN = 20


class CannotAsk(Conflict):
    """These two cannot ask one another."""

    message = N_("You cannot ask this participation for a meeting.")


class RequestClosed(Conflict):
    """The request was answered, withdrawn or has expired."""

    message = N_("This request was answered or has expired in the meantime.")


class SlotGone(SlotTaken):
    """The slot that was asked for has gone; another common one can be chosen."""

    message = N_("This slot has gone in the meantime. Choose another one.")


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
    behalf_of_id: int | None = None,
) -> MeetingRequest:
    """Ask for a meeting in one of the common free slots; the others' managers are told by mail."""
    lock_sides(session, from_id, to_id)
    own, other = pair_that_may_ask(session, event=event, from_id=from_id, to_id=to_id)
    _check_number_of_open(session, own)
    check_limits(session, event=event, participations=(own, other))
    slots = common_slots(session, event=event, own=own, other=other, now=now)
    slot = next((slot for slot in slots if slot.slot_id == slot_id), None)
    if slot is None:
        raise SlotGone(field="slot_id")
    request = MeetingRequest(
        event_id=event.id, from_id=from_id, to_id=to_id, slot_id=slot_id, message=message[:1000],
        status=RequestStatus.OPEN, asked_by_id=actor_id, asked_at=now,
        expires_at=min(now + LIFETIME, slot.starts_at),
    )  # fmt: skip
    session.add(request)
    try:
        session.flush()
    except IntegrityError as error:
        raise CannotAsk(N_("You have asked them already; their answer is still open.")) from error
    _note(session, "ask", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    if not has_vetoed(session, from_id=to_id, to_id=from_id):
        tell_asked(session, event=event, request=request, slot_starts_at=slot.starts_at, now=now)
    return request


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
    if has_vetoed(session, from_id=from_id, to_id=to_id):
        raise CannotAsk(N_("You said never to them. Change that first."))
    if _open_meeting(session, from_id, to_id) is not None:
        raise CannotAsk(N_("You have a meeting with them already."))
    return own, other


def accept_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    actor_id: int,
    now: dt.datetime,
    slot_id: int | None = None,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Accept, in the slot asked for or in another common one; the meeting is confirmed at once.

    Raises SlotGone when that slot is no longer free for both; `offers` then gives the others.
    """
    request = find_request(session, event_id=event.id, request_id=request_id)
    sides = lock_sides(session, request.from_id, request.to_id)
    own, other = sides[request.to_id], sides[request.from_id]
    session.refresh(request)
    _check_open(request, now)
    if any(side.status != ParticipationStatus.APPROVED for side in (own, other)):
        raise CannotAsk(N_("One of the two no longer takes part in this event."))
    check_limits(session, event=event, participations=(own, other))
    wanted = slot_id or request.slot_id
    slots = common_slots(session, event=event, own=own, other=other, now=now)
    slot = next((slot for slot in slots if slot.slot_id == wanted), None)
    if slot is None:
        raise SlotGone()
    meeting = _seat(session, event, request, slot, now)
    request.status = RequestStatus.ACCEPTED
    request.answered_at = now
    request.meeting_id = meeting.id
    _note(session, "accept_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_confirmed(session, event=event, meeting=meeting, now=now)
    return meeting


def decline_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    reason: str,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Say no, with a reason or without; whoever asked is told."""
    request = find_request(session, event_id=event.id, request_id=request_id)
    _check_open(request, now)
    request.status = RequestStatus.DECLINED
    request.answer = reason[:500]
    request.answered_at = now
    _note(session, "decline_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_asker(session, kind="request_declined", event=event, request=request, now=now)


def withdraw_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Take an open request back."""
    request = find_request(session, event_id=event.id, request_id=request_id)
    _check_open(request, now)
    request.status = RequestStatus.WITHDRAWN
    request.answered_at = now
    _note(session, "withdraw_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)


def expire_requests(session: Session, *, now: dt.datetime) -> int:
    """Close the requests that nobody answered in time, tell who asked, and give how many."""
    rows = session.execute(
        sa.select(MeetingRequest, Event)
        .join(Event, Event.id == MeetingRequest.event_id)
        .where(MeetingRequest.status == RequestStatus.OPEN, MeetingRequest.expires_at <= now)
        .order_by(MeetingRequest.id)
        .with_for_update(of=MeetingRequest, skip_locked=True)
    ).all()
    for request, event in rows:
        request.status = RequestStatus.EXPIRED
        request.answered_at = now
        _note(session, "expire_request", request, actor_id=None, behalf_of_id=None, now=now)
        tell_asker(session, kind="request_expired", event=event, request=request, now=now)
    return len(rows)


def has_due_requests(session: Session, *, now: dt.datetime) -> bool:
    """Whether an open request is past its time."""
    due = sa.select(MeetingRequest.id).where(
        MeetingRequest.status == RequestStatus.OPEN, MeetingRequest.expires_at <= now
    )
    return session.scalar(due.limit(1)) is not None


def find_request(session: Session, *, event_id: int, request_id: int) -> MeetingRequest:
    """The request of this event; raises NotFound."""
    request = session.scalar(
        sa.select(MeetingRequest).where(MeetingRequest.id == request_id, MeetingRequest.event_id == event_id)
    )
    if request is None:
        raise NotFound()
    return request


def offers(session: Session, *, event: Event, request: MeetingRequest, now: dt.datetime) -> list[CommonSlot]:
    """The slots in which the asked side (first) and the asking one could meet as things stand."""
    own = session.get_one(Participation, request.to_id)
    other = session.get_one(Participation, request.from_id)
    return common_slots(session, event=event, own=own, other=other, now=now)


def has_vetoed(session: Session, *, from_id: int, to_id: int) -> bool:
    """Whether one participation said never to another."""
    wish = session.get(Wish, (from_id, to_id))
    return wish is not None and wish.kind == WishKind.NEVER


def is_hidden_from_asked(session: Session, request: MeetingRequest) -> bool:
    """Whether the asked side said never, and so is not shown the request."""
    return has_vetoed(session, from_id=request.to_id, to_id=request.from_id)


def lock_sides(session: Session, *participation_ids: int) -> dict[int, Participation]:
    """Let those who count what these participations have take turns: open requests, limits."""
    rows = session.scalars(
        sa.select(Participation)
        .where(Participation.id.in_(participation_ids))
        .order_by(Participation.id)
        .with_for_update(key_share=True)
    ).all()
    return {row.id: row for row in rows}


def _seat(
    session: Session, event: Event, request: MeetingRequest, slot: CommonSlot, now: dt.datetime
) -> Meeting:
    if _open_meeting(session, request.from_id, request.to_id) is not None:
        raise Conflict(N_("You have a meeting with them already."))
    delegate_ids = (slot.own_delegates[0], slot.other_delegates[0])
    people = session.scalars(sa.select(Delegate.person_id).where(Delegate.id.in_(delegate_ids)))
    # before the meeting's own row: a publication locks in this order too
    lock_people(session, person_ids=people.all())
    try:
        meeting = create_meeting(
            session, event=event, sides=(request.from_id, request.to_id), slot_id=slot.slot_id,
            place_id=slot.place_ids[0], delegate_ids=delegate_ids,
            status=MeetingStatus.CONFIRMED, now=now,
        )  # fmt: skip
    except IntegrityError as error:  # the pair's one open meeting was made in this moment
        raise Stale() from error
    claim_seats(session, meeting=meeting)
    return meeting


def _open_meeting(session: Session, one: int, two: int) -> int | None:
    low, high = sorted((one, two))
    return session.scalar(
        sa.select(Meeting.id).where(
            Meeting.participation_a_id == low,
            Meeting.participation_b_id == high,
            Meeting.status.in_(OPEN_STATUSES),
        )
    )


def _check_open(request: MeetingRequest, now: dt.datetime) -> None:
    if request.status != RequestStatus.OPEN or request.expires_at <= now:
        raise RequestClosed()


def _check_number_of_open(session: Session, own: Participation) -> None:
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(MeetingRequest)
        .where(MeetingRequest.from_id == own.id, MeetingRequest.status == RequestStatus.OPEN)
    )
    if (count or 0) >= MOST_OPEN:
        raise CannotAsk(
            N_("You have %(most)s open requests, which is the most. Withdraw one or wait for answers."),
            most=MOST_OPEN,
        )


def _note(
    session: Session,
    action: str,
    request: MeetingRequest,
    *,
    actor_id: int | None,
    behalf_of_id: int | None,
    now: dt.datetime,
) -> None:
    session.flush()
    record(
        session, actor_id=actor_id, action=action, subject="meeting_request", subject_id=request.id, now=now,
        event_id=request.event_id, behalf_of_id=behalf_of_id,
    )  # fmt: skip
