"""Whom a repair would hit: its meetings with names, times and places before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Delegate, Meeting, MeetingStatus, Place, Slot
from matchmaker.services.round_repair import RepairPlan
from matchmaker.services.round_review import names_of

SHOWN = 200


@dataclass(frozen=True)
class Spot:
    """When and where."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str


@dataclass(frozen=True)
class PreviewLine:
    """A meeting that is moved, dropped (no `after`) or new (no `before`)."""

    a_name: str
    b_name: str
    status: MeetingStatus | None
    before: Spot | None
    after: Spot | None


@dataclass(frozen=True)
class Preview:
    """The first `SHOWN` of `count` meetings that change, and how many people would get a mail."""

    lines: tuple[PreviewLine, ...]
    count: int
    people: int


def preview_of(session: Session, *, event_id: int, plan: RepairPlan) -> Preview:
    """What the plan changes, in order of time."""
    touched = [one.meeting_id for one in plan.placings] + [one.meeting_id for one in plan.dropped]
    meetings = {
        row.id: row
        for row in session.scalars(
            sa.select(Meeting)
            .where(Meeting.event_id == event_id, Meeting.id.in_(touched))
            .options(selectinload(Meeting.sitters))
        )
    }
    spots = _Spots(session, event_id)
    sides = {side for row in meetings.values() for side in (row.participation_a_id, row.participation_b_id)}
    sides |= {side for one in plan.added for side in (one.a_id, one.b_id)}
    names = names_of(session, sides)
    lines = []
    for placing in plan.placings:
        row = meetings.get(placing.meeting_id)
        if row is not None:
            after = spots.at(placing.slot_id, placing.place_id)
            lines.append(_line(row, names, spots, after))
    lines += [
        _line(meetings[one.meeting_id], names, spots, None)
        for one in plan.dropped
        if one.meeting_id in meetings
    ]
    for one in plan.added:
        after = spots.at(one.slot_id, one.place_id)
        lines.append(PreviewLine(names.get(one.a_id, "?"), names.get(one.b_id, "?"), None, None, after))
    lines.sort(key=_begins)
    sitting = {sitter.delegate_id for row in meetings.values() for sitter in row.sitters}
    sitting |= {number for one in plan.placings for number in one.delegate_ids}
    sitting |= {number for one in plan.added for number in one.delegate_ids}
    return Preview(tuple(lines[:SHOWN]), len(lines), _people(session, event_id, sitting))


def _line(row: Meeting, names: dict[int, str], spots: _Spots, after: Spot | None) -> PreviewLine:
    return PreviewLine(
        names.get(row.participation_a_id, "?"),
        names.get(row.participation_b_id, "?"),
        row.status,
        spots.at(row.slot_id, row.place_id),
        after,
    )


def _begins(line: PreviewLine) -> float:
    spot = line.before or line.after
    return spot.starts_at.timestamp() if spot else 0.0


class _Spots:
    """The event's slots and places, read once."""

    def __init__(self, session: Session, event_id: int) -> None:
        self._slots = {
            row.id: row for row in session.scalars(sa.select(Slot).where(Slot.event_id == event_id))
        }
        self._places = {
            row.id: row.name for row in session.scalars(sa.select(Place).where(Place.event_id == event_id))
        }

    def at(self, slot_id: int, place_id: int | None) -> Spot | None:
        """The spot; None when the slot is gone."""
        slot = self._slots.get(slot_id)
        if slot is None:
            return None
        return Spot(slot.starts_at, slot.ends_at, self._places.get(place_id or 0, ""))


def _people(session: Session, event_id: int, delegate_ids: Iterable[int]) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count(Delegate.person_id.distinct())).where(
                Delegate.event_id == event_id, Delegate.id.in_(sorted(delegate_ids))
            )
        )
        or 0
    )
