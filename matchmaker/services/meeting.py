"""The life of a meeting once both sides see it: accepted, declined, cancelled, moved.

Each change compares the version that the acting person saw with the present one, so that of two
people who act at once one wins and the other sees the fresh state.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Stale
from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    MeetingStatus,
    Place,
    RequestStatus,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.meeting_mail import sittings_of, tell_meeting
from matchmaker.services.seat import claim_seats, free_seats, lock_people

OPEN_STATUSES = (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED)


class MeetingEnded(Conflict):
    """The meeting was declined or cancelled, or its time is over."""

    message = N_("This meeting no longer takes place, or it is over.")


def new_uid() -> str:
    """A random UID that calendars keep for the meeting's life; the name of its video room follows from it."""
    return f"{uuid.uuid4().hex}@matchmaker"


def find_meeting(session: Session, *, event_id: int, meeting_id: int) -> Meeting:
    """The meeting of this event; drafts are not for the two sides and answer NotFound."""
    meeting = session.scalar(sa.select(Meeting).where(Meeting.id == meeting_id, Meeting.event_id == event_id))
    if meeting is None or meeting.status == MeetingStatus.DRAFT:
        raise NotFound()
    return meeting


def accept(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int,
    version: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Accept for one side; when both have answered, the meeting is confirmed and both are told."""
    meeting = _of_side(session, event, meeting_id, participation_id)
    if _accepted_at(meeting, participation_id) is not None and meeting.status in OPEN_STATUSES:
        return meeting  # a second click changes nothing
    _check_open(session, meeting, version, now)
    if participation_id == meeting.participation_a_id:
        meeting.accepted_a_at = now
    else:
        meeting.accepted_b_at = now
    becomes_confirmed = (
        meeting.status == MeetingStatus.PROPOSED
        and meeting.accepted_a_at is not None
        and meeting.accepted_b_at is not None
    )
    if becomes_confirmed:
        meeting.status = MeetingStatus.CONFIRMED
    meeting.updated_at = now
    _note(session, "accept", meeting, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    if becomes_confirmed:
        tell_confirmed(session, event=event, meeting=meeting, now=now)
    return meeting


def decline(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int,
    version: int,
    reason: str,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Decline a proposed meeting for one side; seats and place are free again, the other side is told."""
    meeting = _of_side(session, event, meeting_id, participation_id)
    _check_open(session, meeting, version, now)
    if meeting.status != MeetingStatus.PROPOSED:
        raise Stale()
    sittings = sittings_of(session, meeting_id=meeting.id)
    _end(session, meeting, MeetingStatus.DECLINED, by=participation_id, reason=reason, now=now)
    _note(session, "decline", meeting, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    free_seats(session, meeting_ids=[meeting.id])
    others = [sitting for sitting in sittings if sitting.participation_id != participation_id]
    tell_meeting(
        session,
        kind="meeting_declined",
        event=event,
        meeting=meeting,
        sittings=others,
        now=now,
        method="CANCEL",
        reason=reason,
    )
    return meeting


def cancel(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int | None,
    version: int,
    reason: str,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Cancel a proposed or confirmed meeting; `participation_id` of None is the organiser.

    Seats and place are free again; everybody who would have sat in it is told, with an entry that
    takes the meeting out of their calendar.
    """
    if participation_id is None:
        meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    else:
        meeting = _of_side(session, event, meeting_id, participation_id)
    _check_open(session, meeting, version, now)
    end_meeting(
        session, event=event, meeting=meeting, by=participation_id, reason=reason, actor_id=actor_id, now=now,
        behalf_of_id=behalf_of_id,
    )  # fmt: skip
    return meeting


def end_meeting(
    session: Session,
    *,
    event: Event,
    meeting: Meeting,
    by: int | None,
    reason: str,
    actor_id: int | None,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Cancel a meeting that was found to be open."""
    sittings = sittings_of(session, meeting_id=meeting.id)
    _end(session, meeting, MeetingStatus.CANCELLED, by=by, reason=reason, now=now)
    _note(session, "cancel", meeting, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now)
    free_seats(session, meeting_ids=[meeting.id])
    tell_meeting(
        session, kind="meeting_cancelled", event=event, meeting=meeting, sittings=sittings, now=now,
        method="CANCEL", reason=reason, ended_by_id=by,
    )  # fmt: skip


def move(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    slot_id: int,
    place_id: int | None,
    version: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Put a meeting into another slot or place; the calendars of both sides follow.

    Raises SlotTaken or PlaceTaken when somebody is busy or the place is full then.
    """
    sittings = sittings_of(session, meeting_id=meeting_id)
    lock_people(session, person_ids={sitting.person.id for sitting in sittings})
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    _check_open(session, meeting, version, now)
    if (slot_id, place_id) == (meeting.slot_id, meeting.place_id):
        return meeting
    slot = session.scalar(sa.select(Slot).where(Slot.id == slot_id, Slot.event_id == event.id))
    if slot is None or slot.starts_at <= now:
        raise Invalid(N_("Choose a slot of this event that has not begun."), field="slot_id")
    place = session.get(Place, place_id) if place_id is not None else None
    if place_id is not None and (place is None or place.event_id != event.id):
        raise Invalid(N_("Choose a place of this event."), field="place_id")
    before = {"slot_id": meeting.slot_id, "place_id": meeting.place_id}
    meeting.slot_id, meeting.place_id = slot_id, place_id
    meeting.sequence += 1
    meeting.updated_at = now
    _note(session, "move", meeting, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now, **before)
    claim_seats(session, meeting=meeting)
    end_moves(session, meeting, now)
    tell_meeting(
        session,
        kind="meeting_moved",
        event=event,
        meeting=meeting,
        sittings=sittings,
        now=now,
        method="REQUEST",
    )
    return meeting


def create_meeting(
    session: Session,
    *,
    event: Event,
    sides: tuple[int, int],
    slot_id: int,
    place_id: int | None,
    delegate_ids: Collection[int],
    status: MeetingStatus,
    now: dt.datetime,
) -> Meeting:
    """Make a meeting of two participations with its delegates; it claims no seats yet."""
    low, high = sorted(sides)
    accepted_at = now if status == MeetingStatus.CONFIRMED else None
    meeting = Meeting(
        event_id=event.id, participation_a_id=low, participation_b_id=high, slot_id=slot_id,
        place_id=place_id, status=status, accepted_a_at=accepted_at, accepted_b_at=accepted_at, uid=new_uid(),
        created_at=now, updated_at=now,
    )  # fmt: skip
    meeting.sitters = [
        MeetingDelegate(delegate_id=number, event_id=event.id) for number in sorted(delegate_ids)
    ]
    session.add(meeting)
    session.flush()
    return meeting


def tell_confirmed(session: Session, *, event: Event, meeting: Meeting, now: dt.datetime) -> None:
    """Tell everybody who sits in it that the meeting stands, with an entry for the calendar."""
    session.flush()
    tell_meeting(
        session, kind="meeting_confirmed", event=event, meeting=meeting, now=now, method="REQUEST",
        sittings=sittings_of(session, meeting_id=meeting.id),
    )  # fmt: skip


def delegates_of(session: Session, *, meeting_id: int, participation_id: int) -> list[Delegate]:
    """Who sits for one side."""
    return list(
        session.scalars(
            sa.select(Delegate)
            .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
            .where(MeetingDelegate.meeting_id == meeting_id, Delegate.participation_id == participation_id)
            .order_by(Delegate.id)
        )
    )


def _of_side(session: Session, event: Event, meeting_id: int, participation_id: int) -> Meeting:
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    if not meeting.is_side(participation_id):
        raise NotAllowed()
    return meeting


def _accepted_at(meeting: Meeting, participation_id: int) -> dt.datetime | None:
    is_a = participation_id == meeting.participation_a_id
    return meeting.accepted_a_at if is_a else meeting.accepted_b_at


def _check_open(session: Session, meeting: Meeting, version: int, now: dt.datetime) -> None:
    """Raise MeetingEnded when nothing can be changed any more, Stale when something else was changed."""
    is_over = session.get_one(Slot, meeting.slot_id).ends_at <= now
    is_late = meeting.status == MeetingStatus.PROPOSED and (meeting.expires_at or now) < now
    if meeting.status not in OPEN_STATUSES or is_over or is_late:
        raise MeetingEnded()
    if meeting.version != version:
        raise Stale()


def _end(
    session: Session,
    meeting: Meeting,
    status: MeetingStatus,
    *,
    by: int | None,
    reason: str,
    now: dt.datetime,
) -> None:
    meeting.status = status
    meeting.ended_by_id = by
    meeting.reason = reason[:500]
    meeting.updated_at = now
    session.flush()
    end_moves(session, meeting, now)


def end_moves(session: Session, meeting: Meeting, now: dt.datetime) -> None:
    """Close what was asked about another time of it: the meeting is no longer what it was."""
    session.execute(
        sa.update(MeetingRequest)
        .where(MeetingRequest.moves_id == meeting.id, MeetingRequest.status == RequestStatus.OPEN)
        .values(status=RequestStatus.WITHDRAWN, answered_at=now, version=MeetingRequest.version + 1)
        .execution_options(synchronize_session=False)
    )


def _note(
    session: Session,
    action: str,
    meeting: Meeting,
    *,
    actor_id: int | None,
    behalf_of_id: int | None,
    now: dt.datetime,
    **details: object,
) -> None:
    session.flush()
    record(
        session, actor_id=actor_id, action=action, subject="meeting", subject_id=meeting.id, now=now,
        event_id=meeting.event_id, behalf_of_id=behalf_of_id, **details,
    )  # fmt: skip
