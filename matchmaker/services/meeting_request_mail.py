"""Tells people about requests for meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Event, MeetingRequest, Organisation, Participation, Person, Slot
from matchmaker.services.outbox import queue_mail


def tell_asked(
    session: Session, *, event: Event, request: MeetingRequest, slot_starts_at: dt.datetime, now: dt.datetime
) -> None:
    """Tell the managers of the asked side who asks, when, and until when they can answer."""
    _tell(
        session, kind="request_received", event=event, request=request, now=now, own_id=request.to_id,
        people=_answering(session, request.to_id), message=request.message,
        expires_at=request.expires_at.isoformat(), starts_at=slot_starts_at.isoformat(),
    )  # fmt: skip


def tell_asker(
    session: Session, *, kind: str, event: Event, request: MeetingRequest, now: dt.datetime
) -> None:
    """Tell whoever asked (else the managers of the asking side) what became of the request."""
    asker = session.get(Person, request.asked_by_id) if request.asked_by_id else None
    is_own = asker is not None and session.scalar(
        sa.select(Delegate.id).where(
            Delegate.participation_id == request.from_id, Delegate.person_id == asker.id
        )
    )
    people = [asker] if asker is not None and is_own else _answering(session, request.from_id)
    starts_at = session.get_one(Slot, request.slot_id).starts_at
    _tell(
        session, kind=kind, event=event, request=request, now=now, own_id=request.from_id, people=people,
        reason=request.answer, starts_at=starts_at.isoformat(),
    )  # fmt: skip


def _answering(session: Session, participation_id: int) -> Sequence[Person]:
    """The managers of a participation; where it has none, all its delegates."""
    delegates = session.execute(
        sa.select(Person, Delegate.is_manager)
        .join(Delegate, Delegate.person_id == Person.id)
        .where(Delegate.participation_id == participation_id)
        .order_by(Delegate.id)
    ).all()
    managers = [person for person, is_manager in delegates if is_manager]
    return managers or [person for person, _is_manager in delegates]


def _tell(
    session: Session,
    *,
    kind: str,
    event: Event,
    request: MeetingRequest,
    people: Sequence[Person],
    own_id: int,
    now: dt.datetime,
    **more: Any,
) -> None:
    names = dict(
        session.execute(
            sa.select(Participation.id, Organisation.name)
            .join(Organisation, Organisation.id == Participation.organisation_id)
            .where(Participation.id.in_((request.from_id, request.to_id)))
        ).all()
    )
    partner_id = request.from_id if own_id == request.to_id else request.to_id
    for person in people:
        queue_mail(
            session,
            kind=kind,
            key=f"{kind}:{request.id}:{person.id}",
            person=person,
            arguments={
                "event": event.name,
                "event_zone": event.time_zone,
                "event_slug": event.slug,
                "participation_id": own_id,
                "request_id": request.id,
                "own": names[own_id],
                "partner": names[partner_id],
                **more,
            },
            event_id=event.id,
            participation_id=own_id,
            now=now,
        )
