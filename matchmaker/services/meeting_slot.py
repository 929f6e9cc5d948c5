"""The slots in which two participations could meet: somebody of both free, a place open, limits kept."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    SEATED,
    Event,
    EventFormat,
    Meeting,
    Participation,
    PlaceClaim,
    PlaceKind,
    Seat,
    Slot,
)
from matchmaker.services.availability import available_slots
from matchmaker.services.meeting_limit import Room, room_of
from matchmaker.services.pause import Pauses, pauses_of
from matchmaker.services.round_place import Narrowed, PlaceInput, SlotInput, read_places, read_slots
from matchmaker.services.seat_wanted import Span

# at a table before in a room, and on site before on a screen
KINDS = tuple(kind.value for kind in (PlaceKind.BOOTH, PlaceKind.TABLE, PlaceKind.ROOM, PlaceKind.VIDEO))


@dataclass(frozen=True)
class CommonSlot:
    """A slot in which the two can meet: who is free on each side, best first, and where."""

    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    own_delegates: tuple[int, ...]
    other_delegates: tuple[int, ...]
    place_ids: tuple[int | None, ...]


def common_slots(
    session: Session, *, event: Event, own: Participation, other: Participation, now: dt.datetime
) -> list[CommonSlot]:
    """Every coming slot in which the two could meet as things stand, in order of time."""
    rows = {slot.id: slot for slot in session.scalars(sa.select(Slot).where(Slot.event_id == event.id))}
    free = available_slots(
        session, event=event, delegates=[d.id for side in (own, other) for d in side.delegates]
    )
    rooms = [room_of(session, event=event, participation=side, slots=rows.values()) for side in (own, other)]
    busy = meetings_per_delegate(session, free)
    pauses = pauses_of(session, event=event, delegate_ids=free)
    choice = Places(session, event)
    found = []
    for slot in read_slots(session, event=event):
        row = rows[slot.id]
        if slot.starts_at <= now or not all(room.allows(row) for room in rooms):
            continue
        own_free, other_free = (
            _free_delegates(side, room, row, slot, free, busy, pauses)
            for side, room in zip((own, other), rooms, strict=True)
        )
        places = choice.for_pair(slot, {own.id, other.id}) if own_free and other_free else ()
        if places:
            found.append(CommonSlot(slot.id, slot.starts_at, slot.ends_at, own_free, other_free, places))
    return found


def movable_slots(
    session: Session,
    *,
    event: Event,
    meeting: Meeting,
    own: Participation,
    other: Participation,
    now: dt.datetime,
) -> list[CommonSlot]:
    """Where this meeting could go: slots in which those who sit in it are free, and its own slot's places.

    Everybody keeps the pause between meetings, but in its own slot, where the meeting stands already.
    Limits in all are no obstacle, because the meeting counts already.
    """
    sitting = {sitter.delegate_id for sitter in meeting.sitters}
    free = available_slots(session, event=event, delegates=sorted(sitting))
    pauses = pauses_of(session, event=event, delegate_ids=sitting, without=[meeting.id])
    choice = Places(session, event)
    found = []
    for slot in read_slots(session, event=event):
        is_own = slot.id == meeting.slot_id
        if slot.starts_at <= now or not (
            is_own
            or all(
                slot.id in free[number] and pauses.allows(number, slot.starts_at, slot.ends_at)
                for number in sitting
            )
        ):
            continue
        places = choice.for_pair(slot, {own.id, other.id})
        if is_own and meeting.place_id not in places:
            places = (meeting.place_id, *places)
        if places:
            found.append(CommonSlot(slot.id, slot.starts_at, slot.ends_at, (), (), places))
    return found


def _free_delegates(
    side: Participation,
    room: Room,
    row: Slot,
    slot: SlotInput,
    free: dict[int, frozenset[int]],
    busy: dict[int, int],
    pauses: Pauses,
) -> tuple[int, ...]:
    """Who can sit for a side: at its own stand only those on duty; whoever has fewest meetings first."""
    on_stand = on_duty(side, slot)
    able = [
        delegate.id
        for delegate in side.delegates
        if slot.id in free.get(delegate.id, frozenset())
        and delegate.id in on_stand
        and room.allows_delegate(delegate.id, row)
        and pauses.allows(delegate.id, slot.starts_at, slot.ends_at)
    ]
    return tuple(sorted(able, key=lambda number: (busy[number], number)))


def on_duty(side: Participation, slot: SlotInput) -> set[int]:
    """The delegates who can sit for a side in the slot: at its own stand those of its shift."""
    everybody = {delegate.id for delegate in side.delegates}
    if slot.stand is None:
        return everybody
    turns = [s for s in slot.stand.shifts if s.participation_id == side.id and s.span.holds(slot)]
    staff = {number for turn in turns for number in turn.staff}
    return staff or everybody


def meetings_per_delegate(session: Session, delegate_ids: Iterable[int]) -> dict[int, int]:
    """In how many meetings each of them sits; 0 for whoever sits in none."""
    counts: dict[int, int] = defaultdict(int)
    rows = session.execute(
        sa.select(Seat.delegate_id, sa.func.count())
        .where(Seat.delegate_id.in_(list(delegate_ids)))
        .group_by(Seat.delegate_id)
    )
    counts.update(rows.all())
    return counts


def _meetings_at(session: Session, place_id: int) -> Sequence[sa.Row[int, int, dt.datetime, dt.datetime]]:
    return session.execute(
        sa.select(sa.literal(place_id), Meeting.id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.place_id == place_id, Meeting.status.in_(SEATED))
    ).all()


class Places:
    """The event's places and what is claimed of them, read once; says where a pair could meet."""

    def __init__(
        self,
        session: Session,
        event: Event,
        *,
        narrowed: Narrowed | None = None,
        movable: Collection[int] = (),
        tables: Sequence[tuple[int | None, dt.datetime, dt.datetime]] = (),
    ) -> None:
        """With a place `narrowed` as it is to be, and without what the `movable` meetings claim.

        The `tables` are roundtables and masterclasses that will be at these places by then.
        """
        self._event = event
        self._places = read_places(session, event=event)
        if narrowed is not None:
            self._places = narrowed.applied_to(self._places)
        self._slots = read_slots(session, event=event)
        self._claims: dict[int, list[Span]] = defaultdict(list)
        rows: Sequence[sa.Row[int, int, dt.datetime, dt.datetime]] = session.execute(
            sa.select(PlaceClaim.place_id, PlaceClaim.meeting_id, Slot.starts_at, Slot.ends_at)
            .join(Slot, Slot.id == PlaceClaim.slot_id)
            .where(PlaceClaim.event_id == event.id)
        ).all()
        if narrowed is not None and narrowed.was_unlimited:
            # without a limit nothing was claimed there
            rows = [*rows, *_meetings_at(session, narrowed.place_id)]
        for place_id, meeting_id, starts_at, ends_at in rows:
            if meeting_id not in movable:
                self._claims[place_id].append(Span(starts_at, ends_at))
        for where, starts_at, ends_at in tables:
            if where is not None:
                self._claims[where].append(Span(starts_at, ends_at))

    def for_pair(self, slot: SlotInput, sides: set[int]) -> tuple[int | None, ...]:
        """Places with room for these two in the slot, the own booth first; None: the event's video link."""
        fitting = [place for place in self._places if self._admits(place, slot, sides)]
        fitting.sort(key=lambda place: (not place.owners, KINDS.index(place.kind), place.id))
        if fitting or slot.stand is not None:
            return tuple(place.id for place in fitting)
        has_video_room = any(place.kind == PlaceKind.VIDEO for place in self._places)
        can_do_without = self._event.format != EventFormat.ON_SITE and not has_video_room
        return (None,) if can_do_without and self._event.video_link else ()

    def _admits(self, place: PlaceInput, slot: SlotInput, sides: set[int]) -> bool:
        if place.open and not any(span.holds(slot) for span in place.open):
            return False
        if any(span.overlaps(slot) for span in place.filled):
            return False
        hosts, capacity = self._rule(place, slot)
        if hosts is not None and not hosts & sides:
            return False
        taken = sum(1 for span in self._claims[place.id] if span.overlaps(Span(slot.starts_at, slot.ends_at)))
        return capacity is None or taken < capacity

    @property
    def places(self) -> tuple[PlaceInput, ...]:
        """The event's places, in order of their numbers."""
        return self._places

    def left(self, place: PlaceInput, slot: SlotInput) -> tuple[set[int] | None, int | None]:
        """Whom the place admits in the slot (None: anybody) and how many more meetings (None: any number)."""
        is_open = not place.open or any(span.holds(slot) for span in place.open)
        if not is_open or any(span.overlaps(slot) for span in place.filled):
            return None, 0
        hosts, capacity = self._rule(place, slot)
        if capacity is None:
            return hosts, None
        taken = sum(span.overlaps(Span(slot.starts_at, slot.ends_at)) for span in self._claims[place.id])
        return hosts, max(0, capacity - taken)

    def _rule(self, place: PlaceInput, slot: SlotInput) -> tuple[set[int] | None, int | None]:
        """Whom the place admits in the slot (None: anybody), and how many meetings at once."""
        owners = set(place.owners) if place.owners else None
        if slot.stand is None:
            return owners, 0 if self._is_stand_then(place, slot) else place.room(place.capacity, slot)
        if slot.stand.place_id != place.id:
            return owners, 0
        capacity = place.room(place.capacity if slot.stand.capacity is None else slot.stand.capacity, slot)
        if not slot.stand.shifts:
            return owners, capacity
        return {shift.participation_id for shift in slot.stand.shifts if shift.span.holds(slot)}, capacity

    def _is_stand_then(self, place: PlaceInput, slot: SlotInput) -> bool:
        span = Span(slot.starts_at, slot.ends_at)
        return any(
            other.stand is not None
            and other.stand.place_id == place.id
            and span.overlaps(Span(other.starts_at, other.ends_at))
            for other in self._slots
        )
