"""The organiser's list of an event's meetings: filtered, a page at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import Event, Meeting, MeetingStatus, Organisation, Participation, Place, Slot

PER_PAGE = 50


@dataclass(frozen=True)
class MeetingFilter:
    """What is looked for; None and "" leave it open."""

    text: str = ""
    status: MeetingStatus | None = None
    place_id: int | None = None
    block_id: int | None = None


@dataclass(frozen=True)
class ListedMeeting:
    """One row of the list."""

    meeting: Meeting
    starts_at: dt.datetime
    ends_at: dt.datetime
    place_name: str
    name_a: str
    name_b: str


@dataclass(frozen=True)
class MeetingPage:
    """One page of the list and how many meetings there are in all."""

    rows: tuple[ListedMeeting, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def list_meetings(session: Session, *, event: Event, wanted: MeetingFilter, page: int) -> MeetingPage:
    """A page of the meetings that have left the draft, in order of time."""
    statement = _statement(event, wanted)
    total = session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = session.execute(statement.limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return MeetingPage(tuple(_listed(row) for row in rows), total, page)


def all_meetings(session: Session, *, event: Event, wanted: MeetingFilter) -> list[ListedMeeting]:
    """Every meeting that the filter finds, as exports need it."""
    return [_listed(row) for row in session.execute(_statement(event, wanted))]


def count_by_status(session: Session, *, event: Event) -> dict[MeetingStatus, int]:
    """How many meetings stand where."""
    rows = session.execute(
        sa.select(Meeting.status, sa.func.count())
        .where(Meeting.event_id == event.id, Meeting.status != MeetingStatus.DRAFT)
        .group_by(Meeting.status)
    )
    return dict(rows.all())


def _listed(row: sa.Row[Meeting, dt.datetime, dt.datetime, str | None, str, str]) -> ListedMeeting:
    meeting, starts_at, ends_at, place_name, name_a, name_b = row
    return ListedMeeting(meeting, starts_at, ends_at, place_name or "", name_a, name_b)


def _statement(
    event: Event, wanted: MeetingFilter
) -> sa.Select[Meeting, dt.datetime, dt.datetime, str | None, str, str]:
    side_a, side_b = aliased(Participation), aliased(Participation)
    firm_a, firm_b = aliased(Organisation), aliased(Organisation)
    statement = (
        sa.select(Meeting, Slot.starts_at, Slot.ends_at, Place.name, firm_a.name, firm_b.name)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .join(side_a, side_a.id == Meeting.participation_a_id)
        .join(firm_a, firm_a.id == side_a.organisation_id)
        .join(side_b, side_b.id == Meeting.participation_b_id)
        .join(firm_b, firm_b.id == side_b.organisation_id)
        .where(Meeting.event_id == event.id, Meeting.status != MeetingStatus.DRAFT)
        .order_by(Slot.starts_at, Place.name, Meeting.id)
    )
    if wanted.text:
        pattern = f"%{wanted.text.lower()}%"
        statement = statement.where(
            sa.or_(sa.func.lower(firm_a.name).like(pattern), sa.func.lower(firm_b.name).like(pattern))
        )
    if wanted.status is not None:
        statement = statement.where(Meeting.status == wanted.status)
    if wanted.place_id is not None:
        statement = statement.where(Meeting.place_id == wanted.place_id)
    if wanted.block_id is not None:
        statement = statement.where(Slot.block_id == wanted.block_id)
    return statement
