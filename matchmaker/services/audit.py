"""Writes down who did what, when, on whose behalf."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import AuditEntry, Organisation, Participation, Person
from matchmaker.services.audit_subject import subjects_of

PAGE = 50


@dataclass(frozen=True)
class Change:
    """A change as it is read: who made it, where for others for which organisation, and whom it is about."""

    entry: AuditEntry
    actor: str | None
    behalf_of: str | None
    about: str = ""


@dataclass(frozen=True)
class History:
    """One page of an event's changes, the latest first."""

    changes: tuple[Change, ...]
    page: int
    pages: int
    actors: dict[int, str]


def record(
    session: Session,
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    now: dt.datetime,
    event_id: int | None = None,
    behalf_of_id: int | None = None,
    **details: Any,
) -> None:
    """Add one audit row to the present transaction; `actor_id` of None is the service itself."""
    session.add(
        AuditEntry(
            at=now,
            actor_id=actor_id,
            event_id=event_id,
            behalf_of_id=behalf_of_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )


def read_history(session: Session, *, event_id: int, page: int = 1, actor_id: int | None = None) -> History:
    """A page of the event's changes, of one person where `actor_id` is given."""
    mine = [AuditEntry.event_id == event_id]
    people = session.execute(
        sa.select(Person.id, Person.name)
        .where(Person.id.in_(sa.select(AuditEntry.actor_id).where(*mine).distinct()))
        .order_by(Person.name)
    )
    actors = {row.id: row.name for row in people}
    if actor_id is not None:
        if actor_id not in actors:
            return History((), 1, 1, actors)
        mine.append(AuditEntry.actor_id == actor_id)
    count = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(*mine)) or 0
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    rows = session.execute(
        sa.select(AuditEntry, Person.name, Organisation.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .outerjoin(Participation, Participation.id == AuditEntry.behalf_of_id)
        .outerjoin(Organisation, Organisation.id == Participation.organisation_id)
        .where(*mine)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    about = subjects_of(session, entries=[row[0] for row in rows])
    changes = tuple(Change(entry, name, firm, about.get(entry.id, "")) for entry, name, firm in rows)
    return History(changes, page, pages, actors)
