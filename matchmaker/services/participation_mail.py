"""Mails about registration and approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Event, EventRole, EventRoleKind, Organisation, Participation, Person
from matchmaker.services.chunks import chunks
from matchmaker.services.outbox import queue_mail


def tell_organisers(
    session: Session, *, event: Event, participation: Participation, now: dt.datetime
) -> None:
    """Tell those who manage participations that somebody waits for approval."""
    organisation = session.get_one(Organisation, participation.organisation_id)
    for person in _managers_of_event(session, event.id):
        queue_mail(
            session,
            kind="participation_registered",
            key=f"participation_registered:{participation.id}:{person.id}:{now.isoformat()}",
            person=person,
            arguments={
                "event_name": event.name,
                "event_slug": event.slug,
                "organisation": organisation.name,
                "participation_id": participation.id,
            },
            event_id=event.id,
            participation_id=participation.id,
            now=now,
        )


def tell_approved(
    session: Session, *, event: Event, participations: Sequence[Participation], now: dt.datetime
) -> None:
    """Tell the managers of these participations that they are in."""
    managers = managers_of(session, [participation.id for participation in participations])
    for participation in participations:
        for person in managers.get(participation.id, []):
            queue_mail(
                session,
                kind="participation_approved",
                key=f"participation_approved:{participation.id}:{person.id}:{now.isoformat()}",
                person=person,
                arguments={
                    "event_name": event.name,
                    "event_slug": event.slug,
                    "organiser_name": event.organiser_name,
                    "participation_id": participation.id,
                },
                event_id=event.id,
                participation_id=participation.id,
                now=now,
            )


def managers_of(session: Session, participation_ids: Collection[int]) -> dict[int, list[Person]]:
    """The people who manage each of these participations."""
    managers: dict[int, list[Person]] = {}
    for few in chunks(participation_ids):
        rows = session.execute(
            sa.select(Delegate.participation_id, Person)
            .join(Person, Person.id == Delegate.person_id)
            .where(Delegate.participation_id.in_(few), Delegate.is_manager.is_(True))
            .order_by(Delegate.id)
        )
        for participation_id, person in rows:
            managers.setdefault(participation_id, []).append(person)
    return managers


def _managers_of_event(session: Session, event_id: int) -> Sequence[Person]:
    may_manage = sa.or_(
        EventRole.kind == EventRoleKind.ORGANISER,
        sa.and_(EventRole.kind == EventRoleKind.CO_ORGANISER, EventRole.can_manage_participations.is_(True)),
    )
    return session.scalars(
        sa.select(Person)
        .join(EventRole, EventRole.person_id == Person.id)
        .where(EventRole.event_id == event_id, may_manage)
        .order_by(Person.id)
    ).all()
