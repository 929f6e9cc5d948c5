"""Where roundtables and masterclasses go that lose their place, its room or hours, or their slot.

Who sits in one stays. It keeps its time where another place will do: one of those among which its round may
choose, else one of the same kind that is nobody's and holds as many meetings. A roundtable moves else to the
nearest slot of its block (of any block, when its own goes) in which everybody at it can come; otherwise it is
called off. A masterclass, whose time the organiser has set, keeps its time and waits for another place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Attendance, Block, Event, EventSession, Place, SessionKind, SessionPlace, Slot
from matchmaker.services.audit import record
from matchmaker.services.availability import available_slots
from matchmaker.services.gone import Gone
from matchmaker.services.left_session import MOVED, OFF, Leaving, LeftSession, Then
from matchmaker.services.pause import pauses_of
from matchmaker.services.round_place import SlotInput, Span, read_slots
from matchmaker.services.row_dump import Rows, dump_rows
from matchmaker.services.seat import lock_places
from matchmaker.services.seat_mail import host_name
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.session_hit import hit_by
from matchmaker.services.session_room import Rooms


def foresee_moving(
    session: Session, *, event: Event, gone: Gone, now: dt.datetime
) -> tuple[LeftSession, ...]:
    """The coming roundtables and masterclasses that are hit and where each goes; changes nothing."""
    rows = hit_by(session, event=event, gone=gone, now=now)
    if not rows:
        return ()
    slots = [
        slot
        for slot in read_slots(session, event=event)
        if slot.stand is None and slot.starts_at > now and slot.id not in gone.slot_ids
    ]
    rooms = Rooms(session, event, gone)
    found: list[LeftSession] = []
    for row in rows:
        then = _then(session, event, row, gone, slots, rooms, found)
        if then is not None:
            rooms.take(row, then.place_id, Span(then.starts_at, then.ends_at))
        found.append(_foreseen(session, row, then))
    return tuple(found)


def lock_sessions_hit(session: Session, *, event: Event, gone: Gone, now: dt.datetime) -> None:
    """Let others wait who take seats in what is hit; people are locked after sessions (see attendance.py)."""
    numbers = [row.id for row in hit_by(session, event=event, gone=gone, now=now)]
    lock_sessions(session, session_ids=numbers)


def move_sessions(session: Session, *, event: Event, gone: Gone, actor_id: int, now: dt.datetime) -> Leaving:
    """Move or call off what is hit; the caller has locked sessions and people. `move_back` undoes it."""
    if hit_by(session, event=event, gone=gone, now=now):
        # which place has room is read, so those who choose take turns
        places = sa.select(Place.id).where(Place.event_id == event.id)
        lock_places(session, place_ids=session.scalars(places).all())
    moved = foresee_moving(session, event=event, gone=gone, now=now)
    before = {"offered": _offered_at(session, gone), "of_block": _of_blocks(session, gone)}
    kept = []
    for one in moved:
        row = session.get_one(EventSession, one.session_id)
        was = state_of(session, row)
        if one.then is not None:
            row.starts_at, row.ends_at, row.place_id = one.then.starts_at, one.then.ends_at, one.then.place_id
            row.block_id = _block_then(session, row, gone)
        else:
            _call_off(session, row, gone, now)
        row.sequence += 1  # calendars are told of a new state
        session.flush()
        kept.append({"id": row.id, "before": was, "after": state_of(session, row)})
        record(
            session, actor_id=actor_id, action="move_session" if one.then else "call_off_session",
            subject="session", subject_id=row.id, event_id=event.id, now=now, title=row.title,
        )  # fmt: skip
    return Leaving(moved, {**before, "sessions": kept})


def _offered_at(session: Session, gone: Gone) -> Rows:
    """At which sessions the place that goes may be chosen: that goes with it."""
    return dump_rows(session, SessionPlace, SessionPlace.place_id == gone.place_id)


def _of_blocks(session: Session, gone: Gone) -> list[list[int]]:
    """(session, block) of the blocks that lose slots: a block that goes is forgotten by those it held."""
    blocks = sa.select(Slot.block_id).where(Slot.id.in_(sorted(gone.slot_ids)))
    rows = sa.select(EventSession.id, EventSession.block_id).where(EventSession.block_id.in_(blocks))
    return [[number, block_id] for number, block_id in session.execute(rows) if block_id is not None]


def _then(
    session: Session,
    event: Event,
    row: EventSession,
    gone: Gone,
    slots: Sequence[SlotInput],
    rooms: Rooms,
    planned: Sequence[LeftSession],
) -> Then | None:
    """Where it goes; None: nowhere."""
    if gone.session_id is not None:
        return None
    now_at = Span(row.starts_at, row.ends_at)
    keeps_time = not _loses_slot(row, gone, session)
    if keeps_time:
        fits, place_id = rooms.find(row, now_at)
        if fits or row.kind != SessionKind.ROUNDTABLE:
            return Then(row.starts_at, row.ends_at, place_id, _name(session, place_id))
    if row.block_id is None or row.kind != SessionKind.ROUNDTABLE:
        return None
    sitting = {one.delegate_id for one in row.attendances}
    free = available_slots(session, event=event, delegates=sitting, movable_session=row.id)
    pauses = pauses_of(session, event=event, delegate_ids=sitting, without_session=row.id)
    beside = [
        Span(one.then.starts_at, one.then.ends_at)
        for one in planned
        if one.then is not None and one.staying & sitting
    ]
    own = [slot for slot in slots if slot.block_id == row.block_id]
    length = row.ends_at - row.starts_at
    for slot in sorted(
        own or [slot for slot in slots if slot.ends_at - slot.starts_at >= length],
        key=lambda slot: (abs(slot.starts_at - row.starts_at), slot.starts_at, slot.id),
    ):
        span = Span(slot.starts_at, slot.ends_at)
        can = all(
            slot.id in free.get(number, ()) and pauses.allows(number, span.starts_at, span.ends_at)
            for number in sitting
        )
        if not can or any(other.overlaps(span) for other in beside):
            continue
        fits, place_id = rooms.find(row, span)
        if fits:
            return Then(span.starts_at, span.ends_at, place_id, _name(session, place_id))
    return None


def _loses_slot(row: EventSession, gone: Gone, session: Session) -> bool:
    if not gone.slot_ids or row.block_id is None:
        return False
    at = sa.select(Slot.id).where(
        Slot.id.in_(sorted(gone.slot_ids)), Slot.block_id == row.block_id, Slot.starts_at == row.starts_at
    )
    return session.scalar(at.limit(1)) is not None


def _foreseen(session: Session, row: EventSession, then: Then | None) -> LeftSession:
    sitting = frozenset(one.delegate_id for one in row.attendances)
    one = LeftSession(
        session_id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=_name(session, row.place_id),
        host=host_name(session, row),
        fate=OFF,
        leaving=frozenset(),
        losing=sitting,
    )
    return one if then is None else replace(one, fate=MOVED, losing=frozenset(), staying=sitting, then=then)


def _name(session: Session, place_id: int | None) -> str:
    return "" if place_id is None else session.get_one(Place, place_id).name


def _block_then(session: Session, row: EventSession, gone: Gone) -> int | None:
    """The block whose slot it has now: its own, unless that loses all its slots."""
    if row.block_id is None:
        return None
    own = sa.select(Slot.block_id).where(
        Slot.event_id == row.event_id, Slot.starts_at == row.starts_at, Slot.ends_at == row.ends_at,
        Slot.id.not_in(sorted(gone.slot_ids)),
    )  # fmt: skip
    blocks = session.scalars(own.order_by(Slot.block_id)).all()
    return row.block_id if row.block_id in blocks or not blocks else blocks[0]


def _call_off(session: Session, row: EventSession, gone: Gone, now: dt.datetime) -> None:
    """Nobody sits in it; a later round may hold it, in its block or, when that goes, in another one."""
    session.execute(
        sa.delete(Attendance)
        .where(Attendance.session_id == row.id)
        .execution_options(synchronize_session=False)
    )
    row.place_id, row.stays_with = None, None
    if row.block_id is not None:
        block = _block_left(session, row, gone, now)
        row.block_id = None if block is None else block.id
        if block is not None:
            row.starts_at, row.ends_at, row.has_time = block.starts_at, block.ends_at, False
    session.flush()
    session.expire(row, ["attendances"])


def _block_left(session: Session, row: EventSession, gone: Gone, now: dt.datetime) -> Block | None:
    """A block with a coming slot: its own if that has one, else the first."""
    left = (
        sa.select(Block)
        .join(Slot, Slot.block_id == Block.id)
        .where(
            Block.event_id == row.event_id, Block.place_id.is_(None), Slot.starts_at > now,
            Slot.id.not_in(sorted(gone.slot_ids)),
        )
        .order_by(Block.id != row.block_id, Slot.starts_at, Block.id)
    )  # fmt: skip
    return session.scalars(left.options(selectinload(Block.slots)).limit(1)).first()


def state_of(session: Session, row: EventSession) -> dict[str, Any]:
    """When and where it is, and who sits in it, as plain values."""
    return {
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "place_id": row.place_id,
        "has_time": row.has_time,
        "block_id": row.block_id,
        "stays_with": row.stays_with,
        "attendance": dump_rows(session, Attendance, Attendance.session_id == row.id),
    }
