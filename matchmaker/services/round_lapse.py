"""What was changed by hand since a round's certificate was made, which then speaks of something else."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    SEATED,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Round,
    RoundStatus,
    Slot,
)

SHOWN = 20
ENDED = (MeetingStatus.DECLINED, MeetingStatus.CANCELLED, MeetingStatus.EXPIRED)


class HandChange(enum.StrEnum):
    """What became of a meeting."""

    MOVED = "moved"
    ENDED = "ended"
    ADDED = "added"


@dataclass(frozen=True)
class Changed:
    """A meeting that is no longer as the certificate knows it."""

    meeting_id: int
    change: HandChange
    a_name: str
    b_name: str
    starts_at: dt.datetime
    at: dt.datetime


@dataclass(frozen=True)
class Lapse:
    """How many meetings were changed since, the latest of them, and how many publication left out."""

    count: int
    latest: tuple[Changed, ...]
    lost: int

    def __bool__(self) -> bool:
        return bool(self.count or self.lost)


def moved_before(session: Session, *, event_id: int) -> dict[str, int]:
    """How often each standing meeting had been moved already, as it is kept with a certificate."""
    rows = session.execute(
        sa.select(Meeting.id, Meeting.sequence).where(
            Meeting.event_id == event_id, Meeting.status.in_(SEATED), Meeting.sequence > 0
        )
    )
    return {str(number): sequence for number, sequence in rows}


def certified_at(round_: Round) -> dt.datetime | None:
    """When what is stored with the round was worked out."""
    told = round_.figures.get("certified_at")
    return dt.datetime.fromisoformat(told) if told else round_.finished_at


def read_lapse(session: Session, *, round_: Round) -> Lapse:
    """What was moved, ended or added in the event since the round's certificate, the latest first."""
    since = certified_at(round_)
    if round_.status != RoundStatus.PUBLISHED or since is None:
        return Lapse(0, (), 0)
    moved_then: dict[str, int] = round_.figures.get("baseline") or {}
    a, b = aliased(Organisation), aliased(Organisation)
    one, other = aliased(Participation), aliased(Participation)
    rows = session.execute(
        sa.select(Meeting, Slot.starts_at, a.name, b.name)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(one, one.id == Meeting.participation_a_id)
        .join(other, other.id == Meeting.participation_b_id)
        .join(a, a.id == one.organisation_id)
        .join(b, b.id == other.organisation_id)
        .where(Meeting.id.in_(_may_have_changed(round_.event_id, since)))
        .order_by(Meeting.updated_at.desc(), Meeting.id)
    )
    found = [
        Changed(meeting.id, change, a_name, b_name, starts_at, meeting.updated_at)
        for meeting, starts_at, a_name, b_name in rows
        if (change := _change(meeting, since, moved_then)) is not None
    ]
    lost: Any = round_.figures.get("lost_at_publication", 0)
    return Lapse(len(found), tuple(found[:SHOWN]), int(lost))


def _may_have_changed(event_id: int, since: dt.datetime) -> sa.Select[int]:
    """Publication touches every meeting, so only what a hand leaves behind is read: few rows of many.

    Three questions, because one with "or" would read every meeting of the event.
    """
    of_event = sa.select(Meeting.id).where(Meeting.event_id == event_id)
    ended = of_event.where(Meeting.status.in_(ENDED), Meeting.created_at <= since, Meeting.updated_at > since)
    added = of_event.where(Meeting.status.in_(SEATED), Meeting.created_at > since)
    moved = of_event.where(Meeting.status.in_(SEATED), Meeting.sequence > 0, Meeting.updated_at > since)
    found = sa.union(ended, added, moved).subquery()
    return sa.select(found.c.id)


def _change(meeting: Meeting, since: dt.datetime, moved_then: dict[str, int]) -> HandChange | None:
    is_new = meeting.created_at > since
    if meeting.status in ENDED:
        return None if is_new else HandChange.ENDED
    if is_new:
        return HandChange.ADDED
    return HandChange.MOVED if meeting.sequence > moved_then.get(str(meeting.id), 0) else None
