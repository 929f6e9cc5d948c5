"""Lets proposed meetings expire that not both sides had accepted in time.

In time is before their slot begins and, where the waiting list proposed them, before `expires_at`.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Event, Meeting, MeetingStatus, Slot
from matchmaker.services.audit import record
from matchmaker.services.meeting_mail import sittings_of, tell_meeting
from matchmaker.services.seat import free_seats


def has_expired_meetings(session: Session, *, now: dt.datetime) -> bool:
    """Whether a proposed meeting is past its time."""
    return session.scalar(_due(now).with_only_columns(Meeting.id).limit(1)) is not None


def count_expired_meetings(session: Session, *, now: dt.datetime) -> int:
    """How many proposed meetings are past their time."""
    due = _due(now).with_only_columns(Meeting.id).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(due)) or 0


def expire_meetings(session: Session, *, now: dt.datetime) -> int:
    """End them, free their seats, and tell the side that had accepted; gives how many."""
    meetings = session.scalars(
        _due(now).order_by(Meeting.id).limit(500).with_for_update(of=Meeting, skip_locked=True)
    ).all()
    for meeting in meetings:
        meeting.status, meeting.updated_at = MeetingStatus.EXPIRED, now
        session.flush()
        record(
            session, actor_id=None, action="expire_meeting", subject="meeting", subject_id=meeting.id,
            event_id=meeting.event_id, now=now,
        )  # fmt: skip
        _tell_who_accepted(session, meeting, now)
    free_seats(session, meeting_ids=[meeting.id for meeting in meetings])
    return len(meetings)


def _tell_who_accepted(session: Session, meeting: Meeting, now: dt.datetime) -> None:
    accepted = {
        side
        for side, at in (
            (meeting.participation_a_id, meeting.accepted_a_at),
            (meeting.participation_b_id, meeting.accepted_b_at),
        )
        # a wish from before the meeting is no promise to come
        if at is not None and at > meeting.created_at
    }
    sittings = sittings_of(session, meeting_id=meeting.id)
    tell_meeting(
        session,
        kind="meeting_expired",
        event=session.get_one(Event, meeting.event_id),
        meeting=meeting,
        sittings=[sitting for sitting in sittings if sitting.participation_id in accepted],
        now=now,
        method="CANCEL",
        is_offer=meeting.expires_at is not None,
    )


def _due(now: dt.datetime) -> sa.Select[Meeting]:
    return (
        sa.select(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.status == MeetingStatus.PROPOSED,
            sa.or_(Slot.starts_at <= now, Meeting.expires_at <= now),
        )
    )
