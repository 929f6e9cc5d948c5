"""What a block at a shared stand must keep to."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import Block, PlaceClaim, Slot
from matchmaker.services.place import find_place

Span = tuple[dt.datetime, dt.datetime]


def check_stand(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    capacity: int | None,
    span: Span,
    but: int | None = None,
) -> None:
    """Raise Invalid unless the stand holds that many meetings and has no other booth session then.

    One at a time, so that the stand's capacity is counted once; `but` is the block being changed.
    """
    place = find_place(session, event_id=event_id, place_id=place_id)
    if capacity is not None and capacity < 1:
        raise Invalid(N_("Write a whole number, 1 or more."), field="capacity")
    if capacity is not None and place.capacity is not None and capacity > place.capacity:
        raise Invalid(
            N_("%(place)s holds at most %(capacity)s meetings at once."),
            field="capacity",
            place=place.name,
            capacity=place.capacity,
        )
    clash = session.scalar(
        sa.select(Block)
        .where(
            Block.event_id == event_id,
            Block.place_id == place.id,
            Block.id != (but or 0),
            Block.starts_at < span[1],
            Block.ends_at > span[0],
        )
        .limit(1)
    )
    if clash is not None:
        raise Invalid(
            N_("%(place)s already has the booth session %(name)s at that time."),
            field="place_id",
            place=place.name,
            name=clash.name,
        )


def check_lanes(session: Session, *, block: Block, capacity: int | None) -> None:
    """Raise Conflict when more meetings are at the stand at once than it would hold."""
    if block.place_id is None or capacity is None:
        return
    lanes = session.scalar(
        sa.select(sa.func.max(PlaceClaim.lane))
        .join(Slot, Slot.id == PlaceClaim.slot_id)
        .where(Slot.block_id == block.id, PlaceClaim.event_id == block.event_id)
    )
    if lanes is not None and lanes > capacity:
        raise Conflict(
            N_("Up to %(count)s meetings are there at once already."), field="capacity", count=lanes
        )
