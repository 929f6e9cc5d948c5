"""The slots and places of an event as a round sees them: opening hours, owners, stands held in rota."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Block, Event, EventSession, Place, PlaceClosure, SessionKind, Shift, Slot


@dataclass(frozen=True)
class Span:
    """From - to."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    def holds(self, other: Span | SlotInput) -> bool:
        """Whether the other lies within."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def overlaps(self, other: Span | SlotInput) -> bool:
        """Whether the two share more than a boundary."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class ShiftInput:
    """A partner's turn at a stand; without named staff all of its delegates are on duty."""

    span: Span
    participation_id: int
    staff: frozenset[int]


@dataclass(frozen=True)
class StandInput:
    """A booth session: where, how many meetings at once (None: as many as the place holds), whose turn."""

    place_id: int
    capacity: int | None
    shifts: tuple[ShiftInput, ...]


@dataclass(frozen=True)
class SlotInput:
    """A span in which one meeting fits; with a stand, meetings happen only there."""

    id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    block_id: int
    stand: StandInput | None = None


@dataclass(frozen=True)
class PlaceInput:
    """A place, when it is open (empty: always), when a session fills it or it is closed, and whose.

    At each of the spans in `tables` a roundtable takes as much of its room as a meeting.
    """

    id: int
    kind: str
    capacity: int | None
    open: tuple[Span, ...]
    filled: tuple[Span, ...]
    owners: tuple[int, ...]
    tables: tuple[Span, ...] = ()

    def room(self, capacity: int | None, slot: Span | SlotInput) -> int | None:
        """What is left of a capacity beside the roundtables of that time."""
        if capacity is None:
            return None
        return max(0, capacity - sum(span.overlaps(slot) for span in self.tables))


@dataclass(frozen=True)
class Narrowed:
    """A place as it is to be: how many meetings it holds at once, and when it is open (empty: always)."""

    place_id: int
    capacity: int | None
    open: tuple[Span, ...]
    was_unlimited: bool = False

    def applied_to(self, places: tuple[PlaceInput, ...]) -> tuple[PlaceInput, ...]:
        """The places with this one narrowed."""
        return tuple(
            replace(place, capacity=self.capacity, open=self.open) if place.id == self.place_id else place
            for place in places
        )


def read_slots(session: Session, *, event: Event) -> tuple[SlotInput, ...]:
    """All slots of the event in order of time."""
    blocks = session.scalars(
        sa.select(Block)
        .where(Block.event_id == event.id)
        .options(selectinload(Block.shifts).selectinload(Shift.staff))
    )
    stands = {block.id: _stand(block) for block in blocks}
    rows = session.scalars(sa.select(Slot).where(Slot.event_id == event.id).order_by(Slot.starts_at, Slot.id))
    return tuple(
        SlotInput(row.id, row.starts_at, row.ends_at, row.block_id, stands[row.block_id]) for row in rows
    )


def _stand(block: Block) -> StandInput | None:
    if block.place_id is None:
        return None
    shifts = tuple(
        ShiftInput(
            span=Span(shift.starts_at, shift.ends_at),
            participation_id=shift.participation_id,
            staff=frozenset(member.delegate_id for member in shift.staff),
        )
        for shift in block.shifts
    )
    return StandInput(block.place_id, block.capacity, shifts)


def read_places(session: Session, *, event: Event) -> tuple[PlaceInput, ...]:
    """All places of the event."""
    filled: dict[int, list[Span]] = defaultdict(list)
    tables: dict[int, list[Span]] = defaultdict(list)
    sessions = session.scalars(
        sa.select(EventSession).where(EventSession.event_id == event.id, EventSession.place_id.is_not(None))
    )
    for row in sessions:
        if row.place_id is not None:
            taken = tables if row.kind == SessionKind.ROUNDTABLE else filled
            taken[row.place_id].append(Span(row.starts_at, row.ends_at))
    for closure in session.scalars(sa.select(PlaceClosure).where(PlaceClosure.event_id == event.id)):
        filled[closure.place_id].append(Span(closure.starts_at, closure.ends_at))
    places = session.scalars(
        sa.select(Place)
        .where(Place.event_id == event.id)
        .options(selectinload(Place.opening_hours), selectinload(Place.owners))
        .order_by(Place.id)
    )
    return tuple(
        PlaceInput(
            id=place.id,
            kind=place.kind.value,
            capacity=place.capacity,
            open=tuple(Span(hours.starts_at, hours.ends_at) for hours in place.opening_hours),
            filled=tuple(filled[place.id]),
            owners=tuple(sorted(owner.participation_id for owner in place.owners)),
            tables=tuple(tables[place.id]),
        )
        for place in places
    )
