"""What the organiser sees of the waiting list: slots and seats that came free, and who got each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    Event,
    FreedSeat,
    FreedSlot,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Slot,
)

PER_PAGE = 50
SHOWN = 100


@dataclass(frozen=True)
class FreedSeatLine:
    """A seat that came free: who got it, if it was dealt with and somebody could take it."""

    freed_at: dt.datetime
    is_dealt: bool
    given_to: str


@dataclass(frozen=True)
class FreedLine:
    """A slot that came free: whose meeting ended and how, and the offer with what became of it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    ended_id: int
    ended: tuple[str, str]
    ended_as: MeetingStatus
    dealt_at: dt.datetime
    offer_id: int | None
    offered: tuple[str, str] | None
    offer_status: MeetingStatus | None
    answer_until: dt.datetime | None


@dataclass(frozen=True)
class FreedPage:
    """One page of the list, the newest first."""

    lines: tuple[FreedLine, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def list_freed(session: Session, *, event: Event, page: int) -> FreedPage:
    """The slots with which the waiting list has dealt; the wishes behind an offer are not shown."""
    chosen = sa.select(FreedSlot).where(FreedSlot.event_id == event.id)
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    ended, offer = aliased(Meeting), aliased(Meeting)
    rows = session.execute(
        sa.select(FreedSlot, ended, offer, Slot)
        .join(ended, ended.id == FreedSlot.meeting_id)
        .outerjoin(offer, offer.id == FreedSlot.offer_id)
        .join(Slot, Slot.id == ended.slot_id)
        .where(FreedSlot.event_id == event.id)
        .order_by(FreedSlot.dealt_at.desc(), FreedSlot.meeting_id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    names = _names(
        session, [meeting for _freed, one, two, _slot in rows for meeting in (one, two) if meeting]
    )
    lines = (
        FreedLine(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            ended_id=was.id,
            ended=(names[was.participation_a_id], names[was.participation_b_id]),
            ended_as=was.status,
            dealt_at=freed.dealt_at,
            offer_id=freed.offer_id,
            offered=(names[new.participation_a_id], names[new.participation_b_id]) if new else None,
            offer_status=new.status if new else None,
            answer_until=new.expires_at if new else None,
        )
        for freed, was, new, slot in rows
    )
    return FreedPage(tuple(lines), total, page)


def freed_seats_of(session: Session, *, event_id: int, session_id: int) -> list[FreedSeatLine]:
    """The seats of a session that came free or were asked for, the newest first."""
    rows = session.execute(
        sa.select(FreedSeat, Organisation.name)
        .outerjoin(Participation, Participation.id == FreedSeat.given_to_id)
        .outerjoin(Organisation, Organisation.id == Participation.organisation_id)
        .where(FreedSeat.event_id == event_id, FreedSeat.session_id == session_id)
        .order_by(FreedSeat.freed_at.desc(), FreedSeat.id.desc())
        .limit(SHOWN)
    )
    return [FreedSeatLine(row.freed_at, row.dealt_at is not None, name or "") for row, name in rows]


def _names(session: Session, meetings: list[Meeting]) -> dict[int, str]:
    sides = {side for row in meetings for side in (row.participation_a_id, row.participation_b_id)}
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_(sides))
    )
    return dict(rows.all())
