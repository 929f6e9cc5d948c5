"""The open requests of a participation, in and out, and the soft holds that they are in its calendar."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import (
    Event,
    MeetingRequest,
    Organisation,
    Participation,
    ParticipationStatus,
    RequestProposal,
    RequestStatus,
    Slot,
    Wish,
    WishKind,
)
from matchmaker.services.meeting_request import standing_slots


@dataclass(frozen=True)
class AgendaRequest:
    """An open request, in or out, with the slots that stand proposed in order of time."""

    request: MeetingRequest
    slots: tuple[Slot, ...]
    message: str
    partner_id: int
    partner_name: str
    is_incoming: bool
    needs_answer: bool

    @property
    def starts_at(self) -> dt.datetime:
        """When the first of the proposed slots begins."""
        return self.slots[0].starts_at

    @property
    def ends_at(self) -> dt.datetime:
        """When the first of the proposed slots ends."""
        return self.slots[0].ends_at


@dataclass(frozen=True)
class SoftHold:
    """A slot that somebody has proposed or was asked for: not taken, only spoken of."""

    row: AgendaRequest
    starts_at: dt.datetime
    ends_at: dt.datetime


def read_requests(session: Session, *, event: Event, participation_id: int) -> list[AgendaRequest]:
    """Open requests in and out, by expiry; those of somebody whom this side vetoed stay hidden."""
    is_incoming = MeetingRequest.to_id == participation_id
    partner_id_of = sa.case((is_incoming, MeetingRequest.from_id), else_=MeetingRequest.to_id)
    rows = session.execute(
        sa.select(MeetingRequest, Participation.id, Organisation.name)
        .join(Participation, Participation.id == partner_id_of)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            MeetingRequest.event_id == event.id,
            MeetingRequest.status == RequestStatus.OPEN,
            Participation.status != ParticipationStatus.WITHDRAWN,
            sa.or_(MeetingRequest.from_id == participation_id, is_incoming & ~is_vetoed_by_asked()),
        )
        .options(selectinload(MeetingRequest.proposals).selectinload(RequestProposal.slots))
        .order_by(MeetingRequest.expires_at, MeetingRequest.id)
    ).all()
    slots = _slots(session, [request for request, _id, _name in rows])
    return [
        AgendaRequest(
            request=request,
            slots=tuple(slots[request.id]),
            message=request.proposals[-1].message if request.proposals else request.message,
            partner_id=partner_id,
            partner_name=name,
            is_incoming=request.to_id == participation_id,
            needs_answer=request.answering_id == participation_id,
        )
        for request, partner_id, name in rows
    ]


def is_vetoed_by_asked() -> sa.ColumnElement[bool]:
    """The condition for a request that the asked side is not to see."""
    return (
        sa.exists()
        .where(
            Wish.from_id == MeetingRequest.to_id,
            Wish.to_id == MeetingRequest.from_id,
            Wish.kind == WishKind.NEVER,
        )
        .correlate(MeetingRequest)
    )


def soft_holds(rows: Sequence[AgendaRequest]) -> list[SoftHold]:
    """Every slot that the requests speak of; several can speak of one, and none is blocked by it."""
    return [SoftHold(row, slot.starts_at, slot.ends_at) for row in rows for slot in row.slots]


def held_softly(rows: Sequence[AgendaRequest]) -> dict[int, tuple[str, ...]]:
    """Slot -> with whom it is spoken of, for those who choose a time."""
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        for slot in row.slots:
            names[slot.id].append(row.partner_name)
    return {slot_id: tuple(sorted(found)) for slot_id, found in names.items()}


def _slots(session: Session, requests: Sequence[MeetingRequest]) -> dict[int, list[Slot]]:
    wanted = {request.id: set(standing_slots(request)) for request in requests}
    numbers = sorted(set().union(*wanted.values()))
    rows = session.scalars(sa.select(Slot).where(Slot.id.in_(numbers)).order_by(Slot.starts_at)).all()
    return {number: [row for row in rows if row.id in slots] for number, slots in wanted.items()}
