"""Deletes or moves blocks and places of a schedule that people know, and mends what rests on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Change, Slot
from matchmaker.services.block import (
    BlockDetails,
    cut,
    delete_block,
    edit_block,
    find_block,
    impact_of_block,
    preview_edit,
)
from matchmaker.services.change import AT_ONCE
from matchmaker.services.event import find_event
from matchmaker.services.impact import impact_of_place
from matchmaker.services.mending import Gone
from matchmaker.services.place import delete_place, find_place
from matchmaker.services.removal import take_out


def remove_block(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Delete a block; its meetings move where they can, the others are cancelled. None: nobody was hit."""
    block = find_block(session, event_id=event_id, block_id=block_id)
    change = None
    if impact_of_block(session, event_id=event_id, block_id=block_id).is_blocking:
        change = take_out(
            session,
            event=find_event(session, event_id=event_id),
            gone=Gone(frozenset(slot.id for slot in block.slots)),
            name=block.name,
            actor_id=actor_id,
            now=now,
            hold=hold,
            block_id=block.id,
        )
    delete_block(session, event_id=event_id, block_id=block_id, actor_id=actor_id, now=now)
    return change


def recut_block(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    details: BlockDetails,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Change a block; meetings of slots that go move, into its new slots too. None: nobody was hit."""
    recut = preview_edit(session, event_id=event_id, block_id=block_id, details=details)
    change = None
    if recut.impact.is_blocking and recut.going:
        block = find_block(session, event_id=event_id, block_id=block_id)
        present = {slot.starts_at for slot in block.slots}
        added = [
            Slot(event_id=event_id, block_id=block_id, starts_at=start, ends_at=end)
            for start, end in cut(details)
            if start not in present  # a block has one slot at a time, also while it is cut anew
        ]
        session.add_all(added)
        session.flush()
        change = take_out(
            session,
            event=find_event(session, event_id=event_id),
            gone=Gone(frozenset(recut.going)),
            name=block.name,
            actor_id=actor_id,
            now=now,
            hold=hold,
            block_id=block_id,
            added_slot_ids=[slot.id for slot in added],
        )
        session.expire(block, ["slots"])
    kept = set(_slot_ids(session, block_id))
    edit_block(session, event_id=event_id, block_id=block_id, details=details, actor_id=actor_id, now=now)
    if change is not None:
        made = sorted(set(_slot_ids(session, block_id)) - kept)
        change.before = {**change.before, "replaced": made}
        session.flush()
    return change


def _slot_ids(session: Session, block_id: int) -> Sequence[int]:
    return session.scalars(sa.select(Slot.id).where(Slot.block_id == block_id)).all()


def remove_place(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Delete a place; its meetings move where they can, the others are cancelled. None: nobody was hit."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    change = None
    if impact_of_place(session, event_id=event_id, place_id=place_id).is_blocking:
        change = take_out(
            session,
            event=find_event(session, event_id=event_id),
            gone=Gone(place_id=place.id),
            name=place.name,
            actor_id=actor_id,
            now=now,
            hold=hold,
        )
    delete_place(session, event_id=event_id, place_id=place_id, actor_id=actor_id, now=now)
    return change
