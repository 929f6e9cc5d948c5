"""Where roundtables are held: each takes as much room of its place as a meeting; other sessions fill it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import EventSession, Place, PlaceClaim, SessionKind, Slot


class TableInTheWay(Conflict):
    """A session would fill the place at which a roundtable is held."""

    message = N_("The roundtable %(title)s is held at this place at that time. Choose another place or time.")


def has_room(
    session: Session, *, place_id: int, starts_at: dt.datetime, ends_at: dt.datetime, session_id: int
) -> bool:
    """Whether the place is there and holds one more roundtable at that time."""
    place = session.get(Place, place_id)
    if place is None:
        return False
    others = session.scalars(
        sa.select(EventSession.kind).where(
            EventSession.place_id == place_id,
            EventSession.id != session_id,
            EventSession.starts_at < ends_at,
            EventSession.ends_at > starts_at,
        )
    ).all()
    if any(kind != SessionKind.ROUNDTABLE for kind in others):
        return False
    lanes = session.scalars(
        sa.select(PlaceClaim.lane)
        .join(Slot, Slot.id == PlaceClaim.slot_id)
        .where(PlaceClaim.place_id == place_id, Slot.starts_at < ends_at, Slot.ends_at > starts_at)
        .distinct()
    ).all()
    return place.capacity is None or len(lanes) + len(others) < place.capacity


def tables_at(
    session: Session, *, place_ids: Collection[int]
) -> list[tuple[int, int, dt.datetime, dt.datetime]]:
    """The roundtables that are held at these places: place, session, from, to."""
    rows = session.scalars(
        sa.select(EventSession).where(
            EventSession.place_id.in_(place_ids), EventSession.kind == SessionKind.ROUNDTABLE
        )
    )
    return [(row.place_id or 0, row.id, row.starts_at, row.ends_at) for row in rows]


def refuse_where_tables_are(
    session: Session, *, place_id: int, starts_at: dt.datetime, ends_at: dt.datetime, session_id: int | None
) -> None:
    """Raise TableInTheWay when a roundtable is held at the place at that time."""
    title = session.scalar(
        sa.select(EventSession.title).where(
            EventSession.place_id == place_id,
            EventSession.id != (session_id or 0),
            EventSession.kind == SessionKind.ROUNDTABLE,
            EventSession.starts_at < ends_at,
            EventSession.ends_at > starts_at,
        )
    )
    if title is not None:
        raise TableInTheWay(field="place_id", title=title)
