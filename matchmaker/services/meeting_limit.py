"""Limits of a participation, checked when a meeting is made outside a round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import Event, Meeting, MeetingStatus, Organisation, Participation, Seat, Slot
from matchmaker.services.limits import limits_of

COUNTED = (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED, MeetingStatus.HELD)


class LimitReached(Conflict):
    """One side has as many meetings as it allows."""

    message = N_("%(name)s has all the meetings that its limits allow.")


@dataclass(frozen=True)
class Room:
    """What a participation's limits still allow: on which days, in which slots for which person."""

    is_full: bool
    full_days: frozenset[dt.date]
    zone: str
    in_a_row: int | None
    blocks: dict[int, tuple[int, ...]]
    seats: dict[int, frozenset[int]]

    def allows(self, slot: Slot) -> bool:
        """Whether another meeting fits the limits in all and of that day."""
        return (
            not self.is_full and slot.starts_at.astimezone(ZoneInfo(self.zone)).date() not in self.full_days
        )

    def allows_delegate(self, delegate_id: int, slot: Slot) -> bool:
        """Whether this delegate would not sit in too many consecutive slots of the block."""
        if self.in_a_row is None:
            return True
        order = self.blocks[slot.block_id]
        taken = self.seats.get(delegate_id, frozenset()) | {slot.id}
        at = order.index(slot.id)
        first = at
        while first > 0 and order[first - 1] in taken:
            first -= 1
        last = at
        while last + 1 < len(order) and order[last + 1] in taken:
            last += 1
        return last - first + 1 <= self.in_a_row


def check_limits(session: Session, *, event: Event, participations: Iterable[Participation]) -> None:
    """Raise LimitReached when one of these has all the meetings that it allows."""
    for participation in participations:
        if room_of(session, event=event, participation=participation, slots=()).is_full:
            raise LimitReached(name=session.get_one(Organisation, participation.organisation_id).name)


def room_of(session: Session, *, event: Event, participation: Participation, slots: Iterable[Slot]) -> Room:
    """Count what the participation has, against its own limits, else its group's, else the event's."""
    limits = limits_of(event, participation.group, participation)
    starts = session.scalars(
        sa.select(Slot.starts_at)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .where(
            Meeting.event_id == event.id,
            Meeting.status.in_(COUNTED),
            sa.or_(
                Meeting.participation_a_id == participation.id, Meeting.participation_b_id == participation.id
            ),
        )
    ).all()
    days = [moment.astimezone(ZoneInfo(event.time_zone)).date() for moment in starts]
    return Room(
        is_full=limits.maximum is not None and len(starts) >= limits.maximum,
        full_days=frozenset(
            day for day in days if limits.per_day is not None and days.count(day) >= limits.per_day
        ),
        zone=event.time_zone,
        in_a_row=limits.in_a_row,
        blocks=_slots_by_block(slots),
        seats=_seats_by_delegate(session, participation),
    )


def _slots_by_block(slots: Iterable[Slot]) -> dict[int, tuple[int, ...]]:
    blocks: dict[int, list[int]] = {}
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        blocks.setdefault(slot.block_id, []).append(slot.id)
    return {block: tuple(numbers) for block, numbers in blocks.items()}


def _seats_by_delegate(session: Session, participation: Participation) -> dict[int, frozenset[int]]:
    seats: dict[int, set[int]] = {}
    own = [delegate.id for delegate in participation.delegates]
    rows = session.execute(sa.select(Seat.delegate_id, Seat.slot_id).where(Seat.delegate_id.in_(own)))
    for delegate_id, slot_id in rows:
        seats.setdefault(delegate_id, set()).add(slot_id)
    return {number: frozenset(slots) for number, slots in seats.items()}
