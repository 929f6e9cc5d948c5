"""Answers a request: accept, decline, propose something else, withdraw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotAllowed, Stale
from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    ParticipationStatus,
    RequestStatus,
)
from matchmaker.services.meeting import create_meeting, move, tell_confirmed
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_mail import sittings_of
from matchmaker.services.meeting_request import (
    NotYourTurn,
    SlotGone,
    note_request,
    offers,
    open_meeting_of,
    standing_place,
    standing_slots,
    take_request,
)
from matchmaker.services.meeting_request_ask import CannotAsk, propose
from matchmaker.services.meeting_request_mail import tell_proposal, tell_side
from matchmaker.services.meeting_slot import CommonSlot
from matchmaker.services.pair_rule import are_forbidden
from matchmaker.services.seat import PlaceTaken, claim_seats, lock_people


def accept_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    actor_id: int,
    now: dt.datetime,
    by_id: int | None = None,
    slot_id: int | None = None,
    version: int | None = None,
    meeting_version: int | None = None,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Accept, in a slot that was proposed or in another common one; the meeting is confirmed at once.

    `by_id` is the side that answers (None: whose turn it is); the versions are those that the reader
    saw. A meeting that was to be moved is moved. Raises SlotGone when the slot is no longer free for
    both; `offers` then gives the others.
    """
    request, sides = take_request(session, event=event, request_id=request_id, version=version, now=now)
    _check_turn(request, by_id)
    if any(side.status != ParticipationStatus.APPROVED for side in sides.values()):
        raise CannotAsk(N_("One of the two no longer takes part in this event."))
    if are_forbidden(session, request.from_id, request.to_id):
        raise CannotAsk()
    proposed = standing_slots(request)
    wanted = slot_id or proposed[0]
    found = offers(session, event=event, request=request, now=now)
    slot = next((slot for slot in found if slot.slot_id == wanted), None)
    if slot is None:
        raise SlotGone()
    place_id = _place(slot, standing_place(request) if wanted in proposed else None)
    if request.moves_id is None:
        check_limits(session, event=event, participations=sides.values())
        meeting = _seat(session, event, request, slot, place_id, now)
        _close(request, RequestStatus.ACCEPTED, now)
    else:
        _lock_meeting(session, request.moves_id)
        _close(request, RequestStatus.ACCEPTED, now)
        meeting = _move(session, event, request, slot, place_id, meeting_version, actor_id, behalf_of_id, now)
    request.meeting_id = meeting.id
    note_request(session, "accept_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    if request.moves_id is None:
        tell_confirmed(session, event=event, meeting=meeting, now=now)
    return meeting


def counter_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    slot_ids: Sequence[int],
    place_id: int | None,
    message: str,
    actor_id: int,
    now: dt.datetime,
    by_id: int | None = None,
    minutes: int | None = None,
    version: int | None = None,
    behalf_of_id: int | None = None,
) -> MeetingRequest:
    """Propose other times or another place instead; now the other side answers."""
    request, _sides = take_request(session, event=event, request_id=request_id, version=version, now=now)
    _check_turn(request, by_id)
    slots = offers(session, event=event, request=request, now=now)
    propose(
        session, event=event, request=request, by_id=request.answering_id, slots=slots, slot_ids=slot_ids,
        place_id=place_id, message=message, minutes=minutes, actor_id=actor_id, now=now,
    )  # fmt: skip
    request.is_countered = not request.is_countered
    note_request(session, "counter_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_proposal(session, kind="request_countered", event=event, request=request, now=now)
    return request


def decline_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    reason: str,
    actor_id: int,
    now: dt.datetime,
    by_id: int | None = None,
    version: int | None = None,
    behalf_of_id: int | None = None,
) -> None:
    """Say no, with a reason or without, for the side that answers or was asked; the other one is told."""
    request, _sides = take_request(session, event=event, request_id=request_id, version=version, now=now)
    side = request.answering_id if by_id is None else by_id
    if side not in (request.answering_id, request.to_id):
        raise NotYourTurn()
    _close(request, RequestStatus.DECLINED, now)
    request.answer = reason[:500]
    note_request(session, "decline_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    tell_side(
        session, kind="request_declined", event=event, request=request, own_id=request.other_side(side),
        now=now,
    )  # fmt: skip


def withdraw_request(
    session: Session,
    *,
    event: Event,
    request_id: int,
    actor_id: int,
    now: dt.datetime,
    by_id: int | None = None,
    behalf_of_id: int | None = None,
) -> None:
    """Take an open request back, whoever answers next."""
    request, _sides = take_request(session, event=event, request_id=request_id, version=None, now=now)
    if by_id not in (None, request.from_id):
        raise NotAllowed()
    _close(request, RequestStatus.WITHDRAWN, now)
    note_request(session, "withdraw_request", request, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)


def end_talks(
    session: Session, *, event: Event, own_id: int, other_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Take back what a side has on the table with another, as when it comes to say never.

    What the other side asked stays open and hidden until it expires: nobody is told of a veto.
    """
    for request in session.scalars(
        sa.select(MeetingRequest).where(
            sa.tuple_(MeetingRequest.from_id, MeetingRequest.to_id).in_(
                ((own_id, other_id), (other_id, own_id))
            ),
            MeetingRequest.status == RequestStatus.OPEN,
            MeetingRequest.expires_at > now,
        )
    ).all():
        if request.from_id == own_id:
            withdraw_request(session, event=event, request_id=request.id, actor_id=actor_id, now=now)
        elif request.is_countered:
            decline_request(
                session, event=event, request_id=request.id, reason="", by_id=own_id, actor_id=actor_id,
                now=now,
            )  # fmt: skip


def _check_turn(request: MeetingRequest, by_id: int | None) -> None:
    if by_id not in (None, request.answering_id):
        raise NotYourTurn()


def _close(request: MeetingRequest, status: RequestStatus, now: dt.datetime) -> None:
    request.status = status
    request.answered_at = now


def _place(slot: CommonSlot, wanted: int | None) -> int | None:
    if wanted is None:
        return slot.place_ids[0]
    if wanted not in slot.place_ids:
        raise PlaceTaken()
    return wanted


def _seat(
    session: Session,
    event: Event,
    request: MeetingRequest,
    slot: CommonSlot,
    place_id: int | None,
    now: dt.datetime,
) -> Meeting:
    if open_meeting_of(session, request.from_id, request.to_id) is not None:
        raise Conflict(N_("You have a meeting with them already."))
    delegate_ids = (slot.own_delegates[0], slot.other_delegates[0])
    people = session.scalars(sa.select(Delegate.person_id).where(Delegate.id.in_(delegate_ids)))
    # before the meeting's own row: a publication locks in this order too
    lock_people(session, person_ids=people.all())
    try:
        meeting = create_meeting(
            session, event=event, sides=(request.from_id, request.to_id), slot_id=slot.slot_id,
            place_id=place_id, delegate_ids=delegate_ids, status=MeetingStatus.CONFIRMED, now=now,
        )  # fmt: skip
    except IntegrityError as error:  # the pair's one open meeting was made in this moment
        raise Stale() from error
    claim_seats(session, meeting=meeting)
    return meeting


def _lock_meeting(session: Session, meeting_id: int) -> None:
    """People, then the meeting, then what was asked about it: whoever cancels or moves it does it so too."""
    people = {sitting.person.id for sitting in sittings_of(session, meeting_id=meeting_id)}
    lock_people(session, person_ids=people)
    row = sa.select(Meeting.id).where(Meeting.id == meeting_id)
    session.execute(row.with_for_update(key_share=True)).all()


def _move(
    session: Session,
    event: Event,
    request: MeetingRequest,
    slot: CommonSlot,
    place_id: int | None,
    version: int | None,
    actor_id: int,
    behalf_of_id: int | None,
    now: dt.datetime,
) -> Meeting:
    """Move the meeting; where it was, its seats and place come free in the same moment."""
    meeting = session.get_one(Meeting, request.moves_id, populate_existing=True)
    keeps_place = standing_place(request) is None and meeting.place_id in slot.place_ids
    return move(
        session, event=event, meeting_id=meeting.id, slot_id=slot.slot_id,
        place_id=meeting.place_id if keeps_place else place_id,
        version=meeting.version if version is None else version,
        actor_id=actor_id, behalf_of_id=behalf_of_id, now=now,
    )  # fmt: skip
