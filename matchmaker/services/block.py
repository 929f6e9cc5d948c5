"""Blocks of time and the slots that they are cut into."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from matchmaker.errors import N_, Conflict, Invalid, NotFound, Stale
from matchmaker.models import Block, EventSession, Shift, Slot
from matchmaker.services.audit import record
from matchmaker.services.booth_session import Span, check_lanes, check_stand
from matchmaker.services.event import check_within_days, find_event
from matchmaker.services.impact import Impact, InUse, forget_ended, impact_of_slots

SHORTEST_SLOT, LONGEST_SLOT, LONGEST_PAUSE = 5, 480, 240
MOST_SLOTS = 500


@dataclass(frozen=True)
class BlockDetails:
    """What an organiser says of a block; with a place it is a booth session of that capacity.

    Moments are in UTC; lengths in minutes. `capacity` None takes the place's own.
    """

    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    slot_minutes: int
    pause_minutes: int = 0
    place_id: int | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class Recut:
    """What a change does to a block's slots: numbers kept and added, and who is hit by those that go."""

    kept: int
    added: int
    going: tuple[int, ...]
    impact: Impact


def cut(details: BlockDetails) -> tuple[Span, ...]:
    """The slots of a block: as many of one length, with the pause between them, as fit."""
    length = dt.timedelta(minutes=details.slot_minutes)
    step = length + dt.timedelta(minutes=details.pause_minutes)
    count = (details.ends_at - details.starts_at + (step - length)) // step
    starts = (details.starts_at + number * step for number in range(count))
    return tuple((start, start + length) for start in starts)


def details_of(block: Block) -> BlockDetails:
    """What was said of a block."""
    return BlockDetails(
        name=block.name,
        starts_at=block.starts_at,
        ends_at=block.ends_at,
        slot_minutes=block.slot_minutes,
        pause_minutes=block.pause_minutes,
        place_id=block.place_id,
        capacity=block.capacity,
    )


def find_block(session: Session, *, event_id: int, block_id: int) -> Block:
    """The block of this event with its slots; raises NotFound."""
    block = session.scalar(
        sa.select(Block)
        .where(Block.id == block_id, Block.event_id == event_id)
        .options(selectinload(Block.slots), selectinload(Block.place))
    )
    if block is None:
        raise NotFound()
    return block


def blocks_of(session: Session, *, event_id: int) -> list[Block]:
    """The event's blocks with slots and place, in their order in time."""
    return list(
        session.scalars(
            sa.select(Block)
            .where(Block.event_id == event_id)
            .options(selectinload(Block.slots), selectinload(Block.place))
            .order_by(Block.starts_at, Block.id)
        )
    )


def add_block(
    session: Session, *, event_id: int, details: BlockDetails, actor_id: int, now: dt.datetime
) -> Block:
    """Add a block and cut it into slots."""
    _check_details(session, event_id, details)
    block = Block(event_id=event_id, **vars(details))
    session.add(block)
    session.flush()
    session.add_all(
        Slot(event_id=event_id, block_id=block.id, starts_at=start, ends_at=end)
        for start, end in cut(details)
    )
    session.flush()
    _record(session, "add_block", block, actor_id, now)
    return block


def preview_edit(session: Session, *, event_id: int, block_id: int, details: BlockDetails) -> Recut:
    """What `edit_block` would do to the slots of the block, without doing it."""
    block = find_block(session, event_id=event_id, block_id=block_id)
    wanted = set(cut(details))
    present = {(slot.starts_at, slot.ends_at): slot for slot in block.slots}
    going = tuple(slot.id for span, slot in present.items() if span not in wanted)
    impact = impact_of_slots(session, event_id=event_id, slot_ids=going)
    if not impact.is_blocking and details.place_id != block.place_id:
        # meetings of a booth session happen at its stand, those of another block do not
        everywhere = impact_of_slots(session, event_id=event_id, slot_ids=[slot.id for slot in block.slots])
        impact = everywhere if everywhere.is_blocking else impact
    return Recut(len(present) - len(going), len(wanted - present.keys()), going, impact)


def edit_block(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    details: BlockDetails,
    actor_id: int,
    now: dt.datetime,
) -> Block:
    """Change a block and cut it anew; slots that stay equal keep their rows.

    Raises InUse when a slot that would go has meetings or open requests. Shifts of a booth
    session are cut to the block's new span; those wholly outside it go.
    """
    _check_details(session, event_id, details, block_id=block_id)
    recut = preview_edit(session, event_id=event_id, block_id=block_id, details=details)
    if recut.impact.is_blocking:
        raise InUse(recut.impact)
    block = find_block(session, event_id=event_id, block_id=block_id)
    check_lanes(session, block=block, capacity=details.capacity)
    _remove_slots(session, event_id, block, recut.going)
    for name, value in vars(details).items():
        setattr(block, name, value)
    present = {(slot.starts_at, slot.ends_at) for slot in block.slots}
    block.slots.extend(
        Slot(event_id=event_id, block_id=block.id, starts_at=start, ends_at=end)
        for start, end in cut(details)
        if (start, end) not in present
    )
    _trim_shifts(session, block)
    session.execute(_open_roundtables(block).values(starts_at=block.starts_at, ends_at=block.ends_at))
    session.flush()
    _record(session, "edit_block", block, actor_id, now, kept=recut.kept, added=recut.added)
    return block


def delete_block(session: Session, *, event_id: int, block_id: int, actor_id: int, now: dt.datetime) -> None:
    """Delete a block with its slots and shifts; raises InUse when meetings or open requests are hit."""
    block = find_block(session, event_id=event_id, block_id=block_id)
    waiting = session.scalar(
        sa.select(EventSession.title)
        .where(EventSession.block_id == block.id, EventSession.has_time.is_(False))
        .limit(1)
    )
    if waiting is not None:
        raise Conflict(
            N_("The roundtable %(title)s waits for a slot of this block. Change it first."), title=waiting
        )
    # those that have their slot keep its time
    session.execute(sa.update(EventSession).where(EventSession.block_id == block.id).values(block_id=None))
    _record(session, "delete_block", block, actor_id, now)
    _remove_slots(session, event_id, block, [slot.id for slot in block.slots])
    session.delete(block)
    session.flush()


def impact_of_block(session: Session, *, event_id: int, block_id: int) -> Impact:
    """Who is hit when the block goes."""
    slots = sa.select(Slot.id).where(Slot.event_id == event_id, Slot.block_id == block_id)
    return impact_of_slots(session, event_id=event_id, slot_ids=session.scalars(slots).all())


def overlapping(blocks: list[Block], *, details: BlockDetails, but: int | None = None) -> list[Block]:
    """The blocks that run at the same time as this one would and at no other place of their own.

    People may be in one place only, so this is worth a warning; at a stand and elsewhere at the
    same time is what a fair looks like.
    """
    return [
        block
        for block in blocks
        if block.id != but
        and block.starts_at < details.ends_at
        and details.starts_at < block.ends_at
        and block.place_id == details.place_id
    ]


def _check_details(
    session: Session, event_id: int, details: BlockDetails, *, block_id: int | None = None
) -> None:
    event = find_event(session, event_id=event_id)
    if not details.name:
        raise Invalid(N_("Give the block a name."), field="name")
    if not SHORTEST_SLOT <= details.slot_minutes <= LONGEST_SLOT:
        raise Invalid(
            N_("A slot lasts between %(least)s and %(most)s minutes."),
            field="slot_minutes",
            least=SHORTEST_SLOT,
            most=LONGEST_SLOT,
        )
    if not 0 <= details.pause_minutes <= LONGEST_PAUSE:
        raise Invalid(
            N_("A pause lasts at most %(most)s minutes."), field="pause_minutes", most=LONGEST_PAUSE
        )
    check_within_days(event, details.starts_at, details.ends_at)
    count = len(cut(details))
    if count == 0:
        raise Invalid(N_("Not even one slot of this length fits into the block."), field="slot_minutes")
    if count > MOST_SLOTS:
        raise Invalid(
            N_("A block has at most %(most)s slots. Make them longer or the block shorter."),
            field="slot_minutes",
            most=MOST_SLOTS,
        )
    if details.place_id is None and details.capacity is not None:
        raise Invalid(N_("Only a booth session has a capacity. Choose its place."), field="capacity")
    if details.place_id is not None:
        check_stand(
            session,
            event_id=event_id,
            place_id=details.place_id,
            capacity=details.capacity,
            span=(details.starts_at, details.ends_at),
            but=block_id,
        )


def _open_roundtables(block: Block) -> sa.Update:
    """Those that a round has not given a slot of this block yet."""
    return (
        sa.update(EventSession)
        .where(EventSession.block_id == block.id, EventSession.has_time.is_(False))
        .execution_options(synchronize_session="fetch")
    )


def _remove_slots(
    session: Session, event_id: int, block: Block, slot_ids: list[int] | tuple[int, ...]
) -> None:
    going = set(slot_ids)
    forget_ended(session, event_id=event_id, slot_ids=going)
    block.slots = [slot for slot in block.slots if slot.id not in going]
    try:
        session.flush()
    except IntegrityError as error:  # a meeting was made there in this very moment
        raise Stale() from error


def _trim_shifts(session: Session, block: Block) -> None:
    if block.place_id is None:
        session.execute(sa.delete(Shift).where(Shift.block_id == block.id, Shift.event_id == block.event_id))
        return
    shifts = session.scalars(
        sa.select(Shift).where(Shift.block_id == block.id, Shift.event_id == block.event_id)
    )
    for shift in shifts:
        if shift.ends_at <= block.starts_at or shift.starts_at >= block.ends_at:
            session.delete(shift)
        else:
            shift.starts_at = max(shift.starts_at, block.starts_at)
            shift.ends_at = min(shift.ends_at, block.ends_at)


def _record(
    session: Session, action: str, block: Block, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=block.event_id,
        action=action,
        subject="block",
        subject_id=block.id,
        now=now,
        name=block.name,
        **details,
    )
