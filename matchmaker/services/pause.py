"""The pause that people have between two meetings, wherever a meeting is placed outside a round."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Event, Participation, Seat, Slot

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Pauses:
    """Per delegate how long the person is free between two meetings, and when the person meets already."""

    lengths: Mapping[int, dt.timedelta]
    meets: Mapping[int, tuple[Span, ...]]

    def allows(self, delegate_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Whether a meeting then leaves the delegate's pause before and after every other."""
        pause = self.lengths.get(delegate_id, dt.timedelta())
        return not any(
            is_too_near((starts_at, ends_at), other, pause) for other in self.meets.get(delegate_id, ())
        )

    def length(self, delegate_id: int) -> dt.timedelta:
        """How long this delegate is free between two meetings."""
        return self.lengths.get(delegate_id, dt.timedelta())


def is_too_near(one: Span, other: Span, pause: dt.timedelta) -> bool:
    """Whether two meetings overlap, or leave less than the pause between them."""
    return one[0] < other[1] + pause and other[0] < one[1] + pause


def pauses_of(
    session: Session, *, event: Event, delegate_ids: Collection[int], without: Collection[int] = ()
) -> Pauses:
    """The pauses of these delegates; a person who sits for several participations has the longest.

    The meetings `without` count as if they were not there: those that are to be placed anew.
    """
    people = dict(
        session.execute(
            sa.select(Delegate.id, Delegate.person_id).where(Delegate.id.in_(list(delegate_ids)))
        ).all()
    )
    lengths = _lengths(session, event, set(people.values()))
    if not any(lengths.values()):
        return Pauses({}, {})
    meets = _meets(session, event.id, set(people.values()), without)
    return Pauses(
        {number: lengths[person] for number, person in people.items()},
        {number: tuple(meets[person]) for number, person in people.items()},
    )


def _lengths(session: Session, event: Event, person_ids: set[int]) -> dict[int, dt.timedelta]:
    minutes = sa.func.coalesce(Participation.pause, event.pause or 0)
    rows = session.execute(
        sa.select(Delegate.person_id, sa.func.max(minutes))
        .join(Participation, Participation.id == Delegate.participation_id)
        .where(Delegate.event_id == event.id, Delegate.person_id.in_(person_ids))
        .group_by(Delegate.person_id)
    )
    return {person_id: dt.timedelta(minutes=most) for person_id, most in rows}


def _meets(
    session: Session, event_id: int, person_ids: set[int], without: Collection[int]
) -> dict[int, list[Span]]:
    rows = session.execute(
        sa.select(Seat.person_id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(
            Seat.event_id == event_id,
            Seat.person_id.in_(person_ids),
            Seat.meeting_id.not_in(list(without)),
        )
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for person_id, starts_at, ends_at in rows:
        found[person_id].append((starts_at, ends_at))
    return found
