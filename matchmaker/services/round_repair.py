"""A repair as it is offered: ways to mend a published round, each with what it gains and whom it moves."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Meeting, MeetingStatus, Round, Slot
from matchmaker.services.round_kept import KeptMeeting, as_kept

MOVABLE = (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED)


@dataclass(frozen=True)
class Placing:
    """A meeting that moves: where it is to be, and the version that was seen when this was worked out."""

    meeting_id: int
    version: int
    slot_id: int
    place_id: int | None
    delegate_ids: tuple[int, ...]


@dataclass(frozen=True)
class Dropped:
    """A meeting that has to go."""

    meeting_id: int
    version: int


@dataclass(frozen=True)
class Added:
    """A meeting that was not there, by ids."""

    a_id: int
    b_id: int
    slot_id: int
    place_id: int | None
    delegate_ids: tuple[int, ...]
    fit: float
    value: float


@dataclass(frozen=True)
class RepairPlan:
    """One way to repair: everything that it changes."""

    placings: tuple[Placing, ...]
    dropped: tuple[Dropped, ...]
    added: tuple[Added, ...]

    def __bool__(self) -> bool:
        return bool(self.placings or self.dropped or self.added)


def pack_plans(plans: Sequence[RepairPlan]) -> bytes:
    """The plans as compressed JSON."""
    return zlib.compress(json.dumps([asdict(plan) for plan in plans]).encode())


def unpack_plans(packed: bytes | None) -> tuple[RepairPlan, ...]:
    """What `pack_plans` wrote."""
    if packed is None:
        return ()

    def rows(kind: Any, values: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(
            kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in value.items()})
            for value in values
        )

    return tuple(
        RepairPlan(
            rows(Placing, plan["placings"]), rows(Dropped, plan["dropped"]), rows(Added, plan["added"])
        )
        for plan in json.loads(zlib.decompress(packed))
    )


def read_repaired(
    session: Session, *, round_: Round, now: dt.datetime
) -> tuple[tuple[KeptMeeting, ...], dict[int, int]]:
    """The meetings that a repair may move, and the version of each.

    They were made by rounds, are not locked and lie ahead; what two sides arranged themselves stays. The
    nearer a meeting and the firmer, the more it counts to leave it where it is.
    """
    rows = session.execute(
        sa.select(Meeting, Slot.starts_at)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == round_.event_id,
            Meeting.round_id.is_not(None),
            Meeting.is_locked.is_(False),
            Meeting.status.in_(MOVABLE),
            Slot.starts_at > now,
        )
        .options(selectinload(Meeting.sitters))
        .order_by(Meeting.id)
    ).all()
    found = tuple(as_kept(row, weight=_weight(row.status, starts_at - now)) for row, starts_at in rows)
    return found, {row.id: row.version for row, _ in rows}


def _weight(status: MeetingStatus, ahead: dt.timedelta) -> int:
    near = 3 if ahead < dt.timedelta(days=1) else 2 if ahead < dt.timedelta(days=3) else 1
    return near * (2 if status == MeetingStatus.CONFIRMED else 1)
