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
from matchmaker.services.gone import Closed, Gone
from matchmaker.services.impact import impact_of_place
from matchmaker.services.place import delete_place, find_place
from matchmaker.services.place_closure import close_place
from matchmaker.services.removal import take_out
from matchmaker.services.round_place import Span
from matchmaker.services.session_hit import hit_by


def remove_block(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Delete a block; what is there moves where it can, the rest is cancelled. None: nobody was hit."""
    block = find_block(session, event_id=event_id, block_id=block_id)
    event, gone = find_event(session, event_id=event_id), Gone(frozenset(slot.id for slot in block.slots))
    is_hit = impact_of_block(session, event_id=event_id, block_id=block_id).is_blocking
    change = None
    if is_hit or hit_by(session, event=event, gone=gone, now=now):
        change = take_out(
            session,
            event=event,
            gone=gone,
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
    event, gone = find_event(session, event_id=event_id), Gone(frozenset(recut.going))
    change = None
    if recut.going and (recut.impact.is_blocking or hit_by(session, event=event, gone=gone, now=now)):
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
            event=event,
            gone=gone,
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
    """Delete a place; what is there moves where it can, the rest is cancelled. None: nobody was hit."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    event, gone = find_event(session, event_id=event_id), Gone(place_id=place.id)
    is_hit = impact_of_place(session, event_id=event_id, place_id=place_id).is_blocking
    change = None
    if is_hit or hit_by(session, event=event, gone=gone, now=now):
        change = take_out(
            session,
            event=event,
            gone=gone,
            name=place.name,
            actor_id=actor_id,
            now=now,
            hold=hold,
        )
    delete_place(session, event_id=event_id, place_id=place_id, actor_id=actor_id, now=now)
    return change


def shut_place(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Close a place for a time. Meetings there wait for a repair, which knows how much may change.

    Roundtables and masterclasses, which a repair leaves alone, move where they can. None: none is hit.
    """
    event = find_event(session, event_id=event_id)
    closure = close_place(
        session, event_id=event_id, place_id=place_id, starts_at=starts_at, ends_at=ends_at,
        actor_id=actor_id, now=now,
    )  # fmt: skip
    gone = Gone(closed=Closed(place_id, Span(starts_at, ends_at)))
    if not hit_by(session, event=event, gone=gone, now=now):
        return None
    name = find_place(session, event_id=event_id, place_id=place_id).name
    change = take_out(session, event=event, gone=gone, name=name, actor_id=actor_id, now=now, hold=hold)
    # undone, the place is open again, too
    change.before = {**change.before, "moved": {**change.before["moved"], "closure": closure.id}}
    session.flush()
    return change
