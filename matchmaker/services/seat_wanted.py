"""What meetings need to be seated: their people, their slot and their lane of a place."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Block, Delegate, Meeting, MeetingDelegate, Place, Seat, Slot
from matchmaker.services.chunks import chunks


@dataclass(frozen=True)
class Span:
    """A time in which a person sits somewhere, or a lane of a place is taken."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def ends(self) -> tuple[dt.datetime, dt.datetime]:
        """When it starts and when it ends."""
        return self.starts_at, self.ends_at

    def overlaps(self, other: Span) -> bool:
        """Whether the two share more than a boundary."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Sitter:
    """A delegate of a meeting."""

    delegate_id: int
    person_id: int
    participation_id: int


@dataclass(frozen=True)
class Wanted:
    """What one meeting needs: its slot, its lane of a place (capacity None: no claim), its people."""

    meeting_id: int
    event_id: int
    slot_id: int
    span: Span
    place_id: int | None
    capacity: int | None
    sitters: tuple[Sitter, ...]


def read_wanted(session: Session, meeting_ids: list[int]) -> list[Wanted]:
    """What the meetings need, in the order of the numbers given."""
    found: dict[int, Wanted] = {}
    for part in chunks(meeting_ids):
        sitters = _read_sitters(session, part)
        rows = session.execute(
            sa.select(Meeting.id, Meeting.event_id, Meeting.place_id, Slot, Place.capacity, Block.capacity)
            .join(Slot, Slot.id == Meeting.slot_id)
            .outerjoin(Place, Place.id == Meeting.place_id)
            # a booth session's own capacity counts at its stand
            .outerjoin(Block, (Block.id == Slot.block_id) & (Block.place_id == Meeting.place_id))
            .where(Meeting.id.in_(part))
        )
        for meeting_id, event_id, place_id, slot, place_capacity, stand_capacity in rows:
            found[meeting_id] = Wanted(
                meeting_id=meeting_id,
                event_id=event_id,
                slot_id=slot.id,
                span=Span(slot.starts_at, slot.ends_at),
                place_id=place_id,
                capacity=place_capacity if stand_capacity is None else stand_capacity,
                sitters=tuple(sitters[meeting_id]),
            )
    return [found[number] for number in meeting_ids]


def _read_sitters(session: Session, meeting_ids: Sequence[int]) -> dict[int, list[Sitter]]:
    sitters: dict[int, list[Sitter]] = defaultdict(list)
    rows = session.execute(
        sa.select(MeetingDelegate.meeting_id, Delegate.id, Delegate.person_id, Delegate.participation_id)
        .join(Delegate, Delegate.id == MeetingDelegate.delegate_id)
        .where(MeetingDelegate.meeting_id.in_(meeting_ids))
        .order_by(Delegate.id)
    )
    for meeting_id, delegate_id, person_id, participation_id in rows:
        sitters[meeting_id].append(Sitter(delegate_id, person_id, participation_id))
    return sitters


def staying(session: Session, wanted: Sequence[Wanted], fixed: Collection[int]) -> set[tuple[int, int]]:
    """(meeting, person): those who sit in it at its time already, and all of the fixed meetings."""
    slots = {want.meeting_id: want.slot_id for want in wanted}
    found = {(w.meeting_id, s.person_id) for w in wanted if w.meeting_id in fixed for s in w.sitters}
    for part in chunks(sorted(slots)):
        rows = session.execute(
            sa.select(Seat.meeting_id, Seat.person_id, Seat.slot_id).where(Seat.meeting_id.in_(part))
        )
        found |= {(meeting, person) for meeting, person, slot in rows if slots[meeting] == slot}
    return found


def spans_by_person(
    wanted: Sequence[Wanted], stays: set[tuple[int, int]]
) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    """Per person when the meetings are that it stays in."""
    spans: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for want in wanted:
        for sitter in want.sitters:
            if (want.meeting_id, sitter.person_id) in stays:
                spans[sitter.person_id].append(want.span.ends)
    return spans
