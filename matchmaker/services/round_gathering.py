"""The sessions whose seats a round gives, as it sees them: when and where, who sits, who would like to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Attendance, Availability, Delegate, EventSession, SeatWish, SessionKind, Slot
from matchmaker.services.seat import busy_spans
from matchmaker.services.seat_wanted import Span

WISHED, WISHED_VERY_MUCH = 600, 1000
"""What a seat is worth to the round, in thousandths like the value of a pair: a seat that somebody would
like is worth a good meeting, one that somebody would like very much is worth the best there is."""


@dataclass(frozen=True)
class GatheringInput:
    """A session that a round may hold, frozen.

    is_open    the round picks its time among `slot_ids`, the coming slots of its block; else it is fixed
    place_ids  it needs one of these; empty: it needs none, or has its place
    seated     participation -> its delegate who has a seat; `others` are people beyond those
    wishes     participation -> what a seat is worth, without those who have one
    free       the delegates who have nothing else at its fixed time
    """

    session_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    least: int
    most: int
    host_id: int | None
    needs_host: bool
    is_open: bool = False
    slot_ids: tuple[int, ...] = ()
    place_ids: tuple[int, ...] = ()
    place_id: int | None = None
    host_delegate_id: int | None = None
    seated: Mapping[int, int] = field(default_factory=dict)
    others: int = 0
    wishes: Mapping[int, int] = field(default_factory=dict)
    free: frozenset[int] = frozenset()

    @property
    def is_held(self) -> bool:
        """Whether people sit in it already, so that it stays as it is."""
        return self.host_delegate_id is not None if self.needs_host else bool(self.seated or self.others)


@dataclass(frozen=True)
class Sitter:
    """A delegate who attends a session."""

    delegate_id: int
    person_id: int
    participation_id: int


def read_gatherings(
    session: Session, *, event_id: int, participation_ids: Collection[int], now: dt.datetime
) -> tuple[GatheringInput, ...]:
    """The event's sessions to come whose seats a round gives, in order of number.

    `participation_ids` take part in the round; people of others who have a seat keep it all the same.
    """
    rows = session.scalars(
        sa.select(EventSession)
        .where(EventSession.event_id == event_id, EventSession.is_by_round.is_(True))
        .options(selectinload(EventSession.places))
        .order_by(EventSession.id)
    ).all()
    rows = [row for row in rows if row.ends_at > now and not (row.has_time and row.starts_at <= now)]
    if not rows:
        return ()
    wishes: dict[int, dict[int, int]] = defaultdict(dict)
    said = sa.select(SeatWish).where(SeatWish.event_id == event_id, SeatWish.given_back_at.is_(None))
    for wish in session.scalars(said):
        value = WISHED_VERY_MUCH if wish.is_strong else WISHED
        wishes[wish.session_id][wish.participation_id] = value
    sitting = _sitting(session, event_id)
    slots = session.scalars(
        sa.select(Slot)
        .where(Slot.event_id == event_id, Slot.starts_at > now)
        .order_by(Slot.starts_at, Slot.id)
    ).all()
    free = _free_at(session, event_id, [row for row in rows if row.has_time])
    known = frozenset(participation_ids)
    return tuple(_gathering(row, sitting[row.id], wishes[row.id], slots, free, known) for row in rows)


def _gathering(
    row: EventSession,
    sitting: Sequence[Sitter],
    wishes: Mapping[int, int],
    slots: Sequence[Slot],
    free: Mapping[int, frozenset[int]],
    known: frozenset[int],
) -> GatheringInput:
    people: dict[int, list[Sitter]] = defaultdict(list)
    for sitter in sitting:
        people[sitter.person_id].append(sitter)
    host: int | None = None
    seated: dict[int, int] = {}
    others = 0
    for ways in people.values():
        own = next((way for way in ways if way.participation_id == row.host_id), None)
        guest = next((w for w in ways if w.participation_id in known - seated.keys()), None)
        if own is not None:
            host = own.delegate_id if host is None else host
        elif guest is not None:
            seated[guest.participation_id] = guest.delegate_id
        else:
            others += 1
    is_roundtable = row.kind == SessionKind.ROUNDTABLE
    return GatheringInput(
        session_id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        least=row.least or 1,
        most=row.seats or 0,
        host_id=row.host_id,
        needs_host=is_roundtable,
        is_open=not row.has_time,
        slot_ids=() if row.has_time else tuple(slot.id for slot in slots if slot.block_id == row.block_id),
        place_ids=() if row.place_id is not None else tuple(place.place_id for place in row.places),
        place_id=row.place_id,
        host_delegate_id=host,
        seated=seated,
        others=others,
        wishes={p: value for p, value in sorted(wishes.items()) if p not in seated and p != row.host_id},
        free=free.get(row.id, frozenset()),
    )


def _sitting(session: Session, event_id: int) -> dict[int, list[Sitter]]:
    found: dict[int, list[Sitter]] = defaultdict(list)
    rows = session.execute(
        sa.select(Attendance.session_id, Delegate.id, Delegate.person_id, Delegate.participation_id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.event_id == event_id)
        .order_by(Delegate.id)
    )
    for session_id, delegate_id, person_id, participation_id in rows:
        found[session_id].append(Sitter(delegate_id, person_id, participation_id))
    return found


def _free_at(session: Session, event_id: int, rows: Sequence[EventSession]) -> dict[int, frozenset[int]]:
    """Per session: the delegates who sit nowhere else at its time and said no to no slot of it.

    Office hours do not count: who wishes for a session knows when it is.
    """
    if not rows:
        return {}
    people = session.execute(
        sa.select(Delegate.id, Delegate.person_id).where(
            Delegate.event_id == event_id, Delegate.left_at.is_(None)
        )
    ).all()
    window = Span(min(row.starts_at for row in rows), max(row.ends_at for row in rows))
    busy = busy_spans(session, person_ids={row.person_id for row in people}, window=window)
    refused: dict[int, list[Span]] = defaultdict(list)
    for delegate_id, starts_at, ends_at in session.execute(
        sa.select(Availability.delegate_id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Availability.slot_id)
        .where(Availability.event_id == event_id, Availability.is_available.is_(False))
    ):
        refused[delegate_id].append(Span(starts_at, ends_at))
    return {
        row.id: frozenset(
            delegate_id
            for delegate_id, person_id in people
            if not any(
                span.overlaps(Span(row.starts_at, row.ends_at))
                for span in (*busy.get(person_id, ()), *refused.get(delegate_id, ()))
            )
        )
        for row in rows
    }
