"""Who is hit when slots or places go: the meetings and requests that refer to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    SEATED,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Participation,
    RequestStatus,
    Round,
    RoundStatus,
)

# a draft counts while its round can still be published
PUBLISHABLE = (RoundStatus.QUEUED, RoundStatus.COMPUTING, RoundStatus.DRAFT)
SHOWN = 50


class InUse(Conflict):
    """Meetings or open requests stand in the way; `impact` tells which."""

    message = N_(
        "%(meetings)s meetings and %(requests)s open requests are hit. Move or cancel them first; "
        "they are listed below."
    )

    def __init__(self, impact: Impact) -> None:
        self.impact = impact
        super().__init__(meetings=impact.count, requests=impact.open_requests)


@dataclass(frozen=True)
class HitMeeting:
    """A meeting that is hit, as plain values, which outlive the transaction that was undone."""

    id: int
    starts_at: dt.datetime
    side_a: str
    side_b: str
    place: str
    status: MeetingStatus


@dataclass(frozen=True)
class Impact:
    """What is hit: living meetings (the first `SHOWN` of `count`), open requests, and what has ended."""

    meetings: tuple[HitMeeting, ...] = ()
    count: int = 0
    open_requests: int = 0
    ended: int = 0

    @property
    def is_blocking(self) -> bool:
        """Whether somebody would lose a meeting or an open request."""
        return bool(self.count or self.open_requests)


def impact_of_slots(session: Session, *, event_id: int, slot_ids: Collection[int]) -> Impact:
    """What refers to these slots of the event."""
    if not slot_ids:
        return Impact()
    requests = sa.and_(MeetingRequest.event_id == event_id, MeetingRequest.slot_id.in_(slot_ids))
    return _impact(session, sa.and_(Meeting.event_id == event_id, Meeting.slot_id.in_(slot_ids)), requests)


def impact_of_place(session: Session, *, event_id: int, place_id: int) -> Impact:
    """Which meetings are at this place of the event."""
    return _impact(session, sa.and_(Meeting.event_id == event_id, Meeting.place_id == place_id), None)


def impact_of_meetings(session: Session, *, event_id: int, meeting_ids: Collection[int]) -> Impact:
    """The living ones among these meetings."""
    return _impact(session, sa.and_(Meeting.event_id == event_id, Meeting.id.in_(meeting_ids)), None)


def is_living() -> sa.ColumnElement[bool]:
    """The condition for a meeting that takes place, took place, or may yet be published."""
    drafts = sa.and_(
        Meeting.status == MeetingStatus.DRAFT,
        sa.or_(
            Meeting.round_id.is_(None),
            Meeting.round_id.in_(sa.select(Round.id).where(Round.status.in_(PUBLISHABLE))),
        ),
    )
    return sa.or_(Meeting.status.in_(SEATED), drafts)


def forget_ended(session: Session, *, event_id: int, slot_ids: Collection[int]) -> None:
    """Delete what has ended at these slots, so that the slots can go; raises InUse when anything lives."""
    impact = impact_of_slots(session, event_id=event_id, slot_ids=slot_ids)
    if impact.is_blocking:
        raise InUse(impact)
    if not impact.ended:
        return
    ended = sa.select(Meeting.id).where(Meeting.event_id == event_id, Meeting.slot_id.in_(slot_ids))
    session.execute(
        sa.delete(MeetingRequest).where(
            MeetingRequest.event_id == event_id,
            MeetingRequest.slot_id.in_(slot_ids),
            MeetingRequest.status != RequestStatus.OPEN,
        )
    )
    # a request for another slot may have led to a meeting at this one
    session.execute(
        sa.delete(MeetingRequest)
        .where(MeetingRequest.event_id == event_id, MeetingRequest.meeting_id.in_(ended))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.delete(Meeting)
        .where(Meeting.event_id == event_id, Meeting.slot_id.in_(slot_ids))
        .execution_options(synchronize_session=False)
    )


def _impact(
    session: Session, meetings: sa.ColumnElement[bool], requests: sa.ColumnElement[bool] | None
) -> Impact:
    living = sa.and_(meetings, is_living())
    shown = session.scalars(
        sa.select(Meeting)
        .where(living)
        .options(
            joinedload(Meeting.participation_a).joinedload(Participation.organisation),
            joinedload(Meeting.participation_b).joinedload(Participation.organisation),
            joinedload(Meeting.slot),
            joinedload(Meeting.place),
        )
        .order_by(Meeting.slot_id, Meeting.id)
        .limit(SHOWN)
    ).all()
    count = _count(session, Meeting, living)
    total = _count(session, Meeting, meetings)
    open_requests = answered = 0
    if requests is not None:
        open_requests = _count(
            session, MeetingRequest, sa.and_(requests, MeetingRequest.status == RequestStatus.OPEN)
        )
        answered = _count(session, MeetingRequest, requests) - open_requests
    return Impact(tuple(map(_as_hit, shown)), count, open_requests, total - count + answered)


def read_hit(session: Session, *, meeting_ids: Collection[int]) -> dict[int, HitMeeting]:
    """These meetings as plain values, by number."""
    rows = session.scalars(
        sa.select(Meeting)
        .where(Meeting.id.in_(meeting_ids))
        .options(
            joinedload(Meeting.participation_a).joinedload(Participation.organisation),
            joinedload(Meeting.participation_b).joinedload(Participation.organisation),
            joinedload(Meeting.slot),
            joinedload(Meeting.place),
        )
    )
    return {row.id: _as_hit(row) for row in rows}


def _as_hit(meeting: Meeting) -> HitMeeting:
    return HitMeeting(
        id=meeting.id,
        starts_at=meeting.slot.starts_at,
        side_a=meeting.participation_a.organisation.name,
        side_b=meeting.participation_b.organisation.name,
        place=meeting.place.name if meeting.place else "",
        status=meeting.status,
    )


def _count(
    session: Session, table: type[Meeting] | type[MeetingRequest], condition: sa.ColumnElement[bool]
) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(condition)) or 0
