"""Requests for meetings: what stands proposed, who answers next, who is not to see one.

An open request blocks nobody: it claims seats in the moment in which it is accepted. Whoever said
never is not shown the request and not told of it, so that it runs into its expiry like any other
that nobody answers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound, Stale
from matchmaker.models import (
    Event,
    Meeting,
    MeetingRequest,
    Participation,
    RequestStatus,
    Wish,
    WishKind,
)
from matchmaker.services.audit import record
from matchmaker.services.meeting import OPEN_STATUSES
from matchmaker.services.meeting_slot import CommonSlot, common_slots, movable_slots
from matchmaker.services.seat import SlotTaken

# how long a request may wait for its answer, in minutes; UNTIL_SLOT: until the time asked for begins
UNTIL_SLOT = 0
LIFETIMES = (15, 30, 60, 6 * 60, 12 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 10 * 24 * 60)
MOST_SLOTS = 5


class RequestClosed(Conflict):
    """The request was answered, withdrawn or has expired."""

    message = N_("This request was answered or has expired in the meantime.")


class NotYourTurn(Conflict):
    """This side made the last proposal."""

    message = N_("The other side answers next: the last proposal was yours.")


class SlotGone(SlotTaken):
    """The slot that was asked for has gone; another common one can be chosen."""

    message = N_("This slot has gone in the meantime. Choose another one.")


def find_request(session: Session, *, event_id: int, request_id: int) -> MeetingRequest:
    """The request of this event; raises NotFound."""
    request = session.scalar(
        sa.select(MeetingRequest).where(MeetingRequest.id == request_id, MeetingRequest.event_id == event_id)
    )
    if request is None:
        raise NotFound()
    return request


def take_request(
    session: Session, *, event: Event, request_id: int, version: int | None, now: dt.datetime
) -> tuple[MeetingRequest, dict[int, Participation]]:
    """The open request and its sides, locked, so that of two who answer at once one comes second.

    Raises RequestClosed, or Stale when something else was proposed since the reader saw it.
    """
    request = find_request(session, event_id=event.id, request_id=request_id)
    sides = lock_sides(session, request.from_id, request.to_id)
    session.refresh(request)
    if request.status != RequestStatus.OPEN or request.expires_at <= now:
        raise RequestClosed()
    if version is not None and request.version != version:
        raise Stale()
    return request, sides


def lock_sides(session: Session, *participation_ids: int) -> dict[int, Participation]:
    """Let those who count what these participations have take turns: open requests, limits, musts."""
    rows = session.scalars(
        sa.select(Participation)
        .where(Participation.id.in_(participation_ids))
        .order_by(Participation.id)
        .with_for_update(key_share=True)
    ).all()
    return {row.id: row for row in rows}


def standing_slots(request: MeetingRequest) -> list[int]:
    """The slots that stand proposed: those of the newest proposal."""
    newest = request.proposals[-1].slots if request.proposals else []
    return [row.slot_id for row in newest] or [request.slot_id]


def standing_place(request: MeetingRequest) -> int | None:
    """The place that stands proposed; None: wherever there is room."""
    return request.proposals[-1].place_id if request.proposals else None


def offers(session: Session, *, event: Event, request: MeetingRequest, now: dt.datetime) -> list[CommonSlot]:
    """Every slot in which the two could meet as things stand, the answering side first.

    For a meeting that is to be moved: where it could go.
    """
    own = session.get_one(Participation, request.answering_id)
    other = session.get_one(Participation, request.waiting_id)
    if request.moves_id is None:
        return common_slots(session, event=event, own=own, other=other, now=now)
    return slots_to_move_to(session, event=event, meeting_id=request.moves_id, now=now)


def slots_to_move_to(
    session: Session, *, event: Event, meeting_id: int, now: dt.datetime
) -> list[CommonSlot]:
    """Where a meeting could go: other slots, and other places of its own; nothing when it has ended."""
    meeting = session.get_one(Meeting, meeting_id)
    if meeting.status not in OPEN_STATUSES:
        return []
    own = session.get_one(Participation, meeting.participation_a_id)
    other = session.get_one(Participation, meeting.participation_b_id)
    found = movable_slots(session, event=event, meeting=meeting, own=own, other=other, now=now)
    elsewhere = [
        slot
        if slot.slot_id != meeting.slot_id
        else replace(slot, place_ids=tuple(place for place in slot.place_ids if place != meeting.place_id))
        for slot in found
    ]
    return [slot for slot in elsewhere if slot.place_ids]


def still_possible(request: MeetingRequest, slots: list[CommonSlot]) -> list[CommonSlot]:
    """Those of the proposed slots that are still free for both, at the proposed place where one was."""
    proposed, place_id = set(standing_slots(request)), standing_place(request)
    return [
        slot
        for slot in slots
        if slot.slot_id in proposed and (place_id is None or place_id in slot.place_ids)
    ]


def expiry_of(minutes: int, *, now: dt.datetime, latest: dt.datetime) -> dt.datetime:
    """When a request expires that waits for so long, at the latest when there is nothing left to accept."""
    return latest if minutes == UNTIL_SLOT else min(now + dt.timedelta(minutes=minutes), latest)


def has_vetoed(session: Session, *, from_id: int, to_id: int) -> bool:
    """Whether one participation said never to another."""
    wish = session.get(Wish, (from_id, to_id))
    return wish is not None and wish.kind == WishKind.NEVER


def is_hidden_from_asked(session: Session, request: MeetingRequest) -> bool:
    """Whether the asked side said never, and so is not shown the request."""
    return has_vetoed(session, from_id=request.to_id, to_id=request.from_id)


def open_meeting_of(session: Session, one: int, two: int) -> int | None:
    """The number of the proposed or confirmed meeting of two participations."""
    low, high = sorted((one, two))
    return session.scalar(
        sa.select(Meeting.id).where(
            Meeting.participation_a_id == low,
            Meeting.participation_b_id == high,
            Meeting.status.in_(OPEN_STATUSES),
        )
    )


def note_request(
    session: Session,
    action: str,
    request: MeetingRequest,
    *,
    actor_id: int | None,
    behalf_of_id: int | None,
    now: dt.datetime,
) -> None:
    """Write down who did what with a request."""
    session.flush()
    record(
        session, actor_id=actor_id, action=action, subject="meeting_request", subject_id=request.id, now=now,
        event_id=request.event_id, behalf_of_id=behalf_of_id,
    )  # fmt: skip
