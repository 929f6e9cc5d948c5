"""What happens at each place: its meetings in order of time, and whose turn it is at a shared stand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import Block, Event, Organisation, Participation, Place, PlaceClaim, Shift
from matchmaker.services.agenda import AgendaMeeting, read_meetings
from matchmaker.services.place import places_of


@dataclass(frozen=True)
class PlanMeeting:
    """A meeting at the place, in one of its lanes (None: the place has no limit)."""

    row: AgendaMeeting
    lane: int | None

    @property
    def starts_at(self) -> dt.datetime:
        """When it begins."""
        return self.row.starts_at


@dataclass(frozen=True)
class PlanShift:
    """A partner's turn at the stand."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    name: str


@dataclass(frozen=True)
class PlacePlan:
    """One place with what happens there."""

    place: Place
    meetings: tuple[PlanMeeting, ...]
    shifts: tuple[PlanShift, ...]


def read_place_plans(session: Session, *, event: Event, place_id: int | None = None) -> list[PlacePlan]:
    """The plans of the event's places (or of one; raises NotFound), by kind and name, in few queries."""
    places = [p for p in places_of(session, event_id=event.id) if place_id in (None, p.id)]
    if place_id is not None and not places:
        raise NotFound()
    lanes = dict(
        session.execute(
            sa.select(PlaceClaim.meeting_id, PlaceClaim.lane).where(PlaceClaim.event_id == event.id)
        ).all()
    )
    meetings: dict[int, list[PlanMeeting]] = defaultdict(list)
    seen: set[int] = set()
    for row in read_meetings(session, event=event):
        if row.place is None or row.has_ended or row.meeting.id in seen:
            continue  # each meeting once, from the view of its first side
        seen.add(row.meeting.id)
        meetings[row.place.id].append(PlanMeeting(row, lanes.get(row.meeting.id)))
    shifts = _shifts(session, event)
    return [PlacePlan(place, tuple(meetings[place.id]), tuple(shifts[place.id])) for place in places]


def _shifts(session: Session, event: Event) -> dict[int, list[PlanShift]]:
    rows = session.execute(
        sa.select(Block.place_id, Shift.starts_at, Shift.ends_at, Organisation.name)
        .join(Block, Block.id == Shift.block_id)
        .join(Participation, Participation.id == Shift.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Shift.event_id == event.id, Block.place_id.is_not(None))
        .order_by(Shift.starts_at, Organisation.name)
    )
    found: dict[int, list[PlanShift]] = defaultdict(list)
    for place_id, starts_at, ends_at, name in rows:
        if place_id is not None:
            found[place_id].append(PlanShift(starts_at, ends_at, name))
    return found
