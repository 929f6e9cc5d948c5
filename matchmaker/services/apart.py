"""Which participations must not sit at one table: a never of one is final, and so is the organiser's word."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Wish, WishKind
from matchmaker.services.pair_rule import forbidden_pairs


def kept_apart(
    session: Session, *, event_id: int, participation_ids: Collection[int]
) -> frozenset[tuple[int, int]]:
    """The pairs among these that are kept apart, smaller number first; who wanted it is not told."""
    numbers = set(participation_ids)
    said = session.execute(
        sa.select(Wish.from_id, Wish.to_id).where(Wish.event_id == event_id, Wish.kind == WishKind.NEVER)
    )
    pairs = {(min(one, two), max(one, two)) for one, two in said}
    pairs |= forbidden_pairs(session, event_id=event_id)
    return frozenset(pair for pair in pairs if numbers >= set(pair))
