"""Closes the requests that nobody answered in time; what is due is read from rows."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Event, MeetingRequest, RequestStatus
from matchmaker.services.meeting_request import note_request
from matchmaker.services.meeting_request_mail import tell_side


def expire_requests(session: Session, *, now: dt.datetime) -> int:
    """Close the requests that nobody answered in time, tell who waited, and give how many."""
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
        note_request(session, "expire_request", request, actor_id=None, behalf_of_id=None, now=now)
        tell_side(
            session, kind="request_expired", event=event, request=request, own_id=request.waiting_id, now=now
        )
    return len(rows)


def has_due_requests(session: Session, *, now: dt.datetime) -> bool:
    """Whether an open request is past its time."""
    due = sa.select(MeetingRequest.id).where(
        MeetingRequest.status == RequestStatus.OPEN, MeetingRequest.expires_at <= now
    )
    return session.scalar(due.limit(1)) is not None
