"""The rota of a booth session: which partner holds the stand when, and with which staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import (
    Block,
    Delegate,
    Meeting,
    Participation,
    ParticipationStatus,
    Person,
    Shift,
    ShiftStaff,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.block import find_block
from matchmaker.services.booth_session import Span
from matchmaker.services.impact import InUse, impact_of_meetings, is_living


class StaffBusy(Conflict):
    """Nobody is on duty in two places at once."""

    message = N_("%(name)s is on duty elsewhere at that time.")


@dataclass(frozen=True)
class ShiftDetails:
    """Who holds the stand from when to when; without staff, all delegates of the partner do."""

    participation_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    staff: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Turn:
    """A shift as it is read: the partner's name and the names of its staff."""

    shift: Shift
    partner: str
    staff: tuple[str, ...]


@dataclass(frozen=True)
class Rota:
    """The shifts of a booth session, when nobody is on duty, and when several partners are."""

    block: Block
    turns: tuple[Turn, ...]
    gaps: tuple[Span, ...]
    shared: tuple[Span, ...]


def find_shift(session: Session, *, event_id: int, block_id: int, shift_id: int) -> Shift:
    """The shift of this block of this event, with its staff; raises NotFound."""
    shift = session.scalar(
        sa.select(Shift)
        .where(Shift.id == shift_id, Shift.block_id == block_id, Shift.event_id == event_id)
        .options(selectinload(Shift.staff))
    )
    if shift is None:
        raise NotFound()
    return shift


def read_rota(session: Session, *, event_id: int, block_id: int) -> Rota:
    """The rota of a booth session; raises NotFound for a block without a stand."""
    block = find_block(session, event_id=event_id, block_id=block_id)
    if block.place_id is None:
        raise NotFound(N_("This block has no stand. Choose one to give it a rota."))
    shifts = session.scalars(
        sa.select(Shift)
        .where(Shift.block_id == block.id, Shift.event_id == event_id)
        .options(selectinload(Shift.staff))
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    partners = _partners(session, event_id, {shift.participation_id for shift in shifts})
    turns = tuple(
        Turn(shift, partner.organisation.name, _staff_names(shift, partner))
        for shift in shifts
        for partner in (partners[shift.participation_id],)
    )
    spans = [(shift.starts_at, shift.ends_at) for shift in shifts]
    return Rota(block, turns, _spans_with(block, spans, 0, 0), _spans_with(block, spans, 2, len(spans)))


def possible_partners(session: Session, *, event_id: int) -> list[Participation]:
    """The participations that can hold a stand, with their delegates, by name."""
    rows = session.scalars(
        sa.select(Participation)
        .where(
            Participation.event_id == event_id,
            Participation.status.in_((ParticipationStatus.APPROVED, ParticipationStatus.REGISTERED)),
        )
        .options(
            joinedload(Participation.organisation),
            selectinload(Participation.delegates).joinedload(Delegate.person),
        )
    )
    return sorted(rows, key=lambda row: row.organisation.name.casefold())


def add_shift(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    details: ShiftDetails,
    actor_id: int,
    now: dt.datetime,
) -> Shift:
    """Give a partner a turn at the stand."""
    block = read_rota(session, event_id=event_id, block_id=block_id).block
    _check_details(session, block, details, shift_id=None)
    shift = Shift(
        event_id=event_id,
        block_id=block.id,
        participation_id=details.participation_id,
        starts_at=details.starts_at,
        ends_at=details.ends_at,
    )
    shift.staff = [ShiftStaff(delegate_id=number, event_id=event_id) for number in sorted(details.staff)]
    session.add(shift)
    session.flush()
    _record(session, "add_shift", shift, actor_id, now)
    return shift


def edit_shift(
    session: Session,
    *,
    event_id: int,
    block_id: int,
    shift_id: int,
    details: ShiftDetails,
    actor_id: int,
    now: dt.datetime,
) -> Shift:
    """Change a turn; raises InUse when the partner has meetings at the stand that it would leave."""
    shift = find_shift(session, event_id=event_id, block_id=block_id, shift_id=shift_id)
    block = find_block(session, event_id=event_id, block_id=block_id)
    _check_details(session, block, details, shift_id=shift.id)
    stays = details.participation_id == shift.participation_id
    _check_meetings(session, shift, keep=(details.starts_at, details.ends_at) if stays else None)
    shift.participation_id = details.participation_id
    shift.starts_at, shift.ends_at = details.starts_at, details.ends_at
    kept = [row for row in shift.staff if row.delegate_id in details.staff]
    present = {row.delegate_id for row in kept}
    shift.staff = kept + [
        ShiftStaff(delegate_id=number, event_id=event_id) for number in sorted(details.staff - present)
    ]
    session.flush()
    _record(session, "edit_shift", shift, actor_id, now)
    return shift


def delete_shift(
    session: Session, *, event_id: int, block_id: int, shift_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Take a turn away; raises InUse when the partner has meetings at the stand in it."""
    shift = find_shift(session, event_id=event_id, block_id=block_id, shift_id=shift_id)
    _check_meetings(session, shift, keep=None)
    _record(session, "delete_shift", shift, actor_id, now)
    session.delete(shift)
    session.flush()


def _check_details(session: Session, block: Block, details: ShiftDetails, *, shift_id: int | None) -> None:
    if details.ends_at <= details.starts_at:
        raise Invalid(N_("The end must be after the start."), field="ends_at")
    if details.starts_at < block.starts_at or details.ends_at > block.ends_at:
        raise Invalid(N_("The shift must lie within the booth session."), field="starts_at")
    partner = session.scalar(
        sa.select(Participation).where(
            Participation.id == details.participation_id,
            Participation.event_id == block.event_id,
            Participation.status != ParticipationStatus.WITHDRAWN,
        )
    )
    if partner is None:
        raise Invalid(N_("Choose a partner from the list."), field="participation_id")
    own = set(session.scalars(sa.select(Delegate.id).where(Delegate.participation_id == partner.id)))
    if details.staff - own:
        raise Invalid(N_("Staff must be delegates of the partner."), field="staff")
    at_once = sa.and_(
        Shift.event_id == block.event_id,
        Shift.id != (shift_id or 0),
        Shift.starts_at < details.ends_at,
        Shift.ends_at > details.starts_at,
    )
    if session.scalar(
        sa.select(Shift.id).where(at_once, Shift.block_id == block.id, Shift.participation_id == partner.id)
    ):
        raise Conflict(N_("This partner already holds the stand at a part of that time."), field="starts_at")
    _check_staff(session, at_once, details.staff)


def _check_staff(session: Session, at_once: sa.ColumnElement[bool], staff: Collection[int]) -> None:
    """Raise StaffBusy when one of these people is on duty elsewhere, for whichever partner."""
    people = sa.select(Delegate.person_id).where(Delegate.id.in_(staff))
    name = session.scalar(
        sa.select(Person.name)
        .join(Delegate, Delegate.person_id == Person.id)
        .join(ShiftStaff, ShiftStaff.delegate_id == Delegate.id)
        .join(Shift, Shift.id == ShiftStaff.shift_id)
        .where(at_once, Person.id.in_(people))
        .limit(1)
    )
    if name is not None:
        raise StaffBusy(field="staff", name=name)


def _check_meetings(session: Session, shift: Shift, *, keep: Span | None) -> None:
    """Raise InUse when the partner's meetings at the stand in this shift would lie outside `keep`."""
    rows = session.execute(
        sa.select(Meeting.id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == shift.event_id,
            Slot.block_id == shift.block_id,
            Slot.starts_at >= shift.starts_at,
            Slot.ends_at <= shift.ends_at,
            sa.or_(
                Meeting.participation_a_id == shift.participation_id,
                Meeting.participation_b_id == shift.participation_id,
            ),
            is_living(),
        )
    )
    hit = [row.id for row in rows if keep is None or row.starts_at < keep[0] or row.ends_at > keep[1]]
    if hit:
        raise InUse(impact_of_meetings(session, event_id=shift.event_id, meeting_ids=hit))


def _partners(session: Session, event_id: int, numbers: set[int]) -> dict[int, Participation]:
    rows = session.scalars(
        sa.select(Participation)
        .where(Participation.event_id == event_id, Participation.id.in_(numbers))
        .options(
            joinedload(Participation.organisation),
            selectinload(Participation.delegates).joinedload(Delegate.person),
        )
    )
    return {row.id: row for row in rows}


def _staff_names(shift: Shift, partner: Participation) -> tuple[str, ...]:
    numbers = {row.delegate_id for row in shift.staff}
    return tuple(d.person.name for d in partner.delegates if d.id in numbers)


def _spans_with(block: Block, spans: list[Span], least: int, most: int) -> tuple[Span, ...]:
    """The parts of the block in which between `least` and `most` shifts run, joined where they touch."""
    edges = sorted({block.starts_at, block.ends_at, *(edge for span in spans for edge in span)})
    found: list[Span] = []
    for start, end in pairwise(edges):
        count = sum(1 for span in spans if span[0] <= start and end <= span[1])
        if least <= count <= most:
            is_next = bool(found) and found[-1][1] == start
            found[-1:] = [(found[-1][0], end)] if is_next else [*found[-1:], (start, end)]
    return tuple(found)


def _record(
    session: Session, action: str, shift: Shift, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=shift.event_id,
        action=action,
        subject="shift",
        subject_id=shift.id,
        now=now,
        participation_id=shift.participation_id,
        starts_at=shift.starts_at.isoformat(),
        ends_at=shift.ends_at.isoformat(),
        **details,
    )
