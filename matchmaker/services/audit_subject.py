"""Whom an audit entry is about, by the names of today: both sides of a meeting, a person, a firm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from matchmaker.models import (
    AuditEntry,
    Delegate,
    Meeting,
    MeetingRequest,
    Organisation,
    Participation,
    Person,
)

Names = Mapping[int, str]
Column = InstrumentedAttribute[int]


def subjects_of(session: Session, *, entries: Sequence[AuditEntry]) -> Names:
    """Entry -> whom it is about; one query per kind of subject. What is gone meanwhile has no name."""
    readers: dict[str, Callable[[Session, Collection[int]], Names]] = {
        "meeting": _sides_of(Meeting, Meeting.participation_a_id, Meeting.participation_b_id, " – "),
        "meeting_request": _sides_of(MeetingRequest, MeetingRequest.from_id, MeetingRequest.to_id, " → "),
        "delegate": _delegates,
        "participation": _participations,
    }
    found: dict[int, str] = {}
    for subject, read in readers.items():
        about = {entry.id: entry.subject_id for entry in entries if entry.subject == subject}
        numbers = {number for number in about.values() if number is not None}
        names = read(session, numbers) if numbers else {}
        found |= {
            entry: names[number] for entry, number in about.items() if number is not None and number in names
        }
    return found


def _sides_of(
    table: type[Meeting] | type[MeetingRequest], one: Column, other: Column,
    between: str,
) -> Callable[[Session, Collection[int]], Names]:  # fmt: skip
    def read(session: Session, numbers: Collection[int]) -> Names:
        a, b = aliased(Participation), aliased(Participation)
        firm_a, firm_b = aliased(Organisation), aliased(Organisation)
        rows = session.execute(
            sa.select(table.id, firm_a.name, firm_b.name)
            .join(a, a.id == one)
            .join(b, b.id == other)
            .join(firm_a, firm_a.id == a.organisation_id)
            .join(firm_b, firm_b.id == b.organisation_id)
            .where(table.id.in_(sorted(numbers)))
        )
        return {number: f"{first}{between}{second}" for number, first, second in rows}

    return read


def _delegates(session: Session, numbers: Collection[int]) -> Names:
    rows = session.execute(
        sa.select(Delegate.id, Person.name)
        .join(Person, Person.id == Delegate.person_id)
        .where(Delegate.id.in_(sorted(numbers)))
    )
    return dict(rows.all())


def _participations(session: Session, numbers: Collection[int]) -> Names:
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_(sorted(numbers)))
    )
    return dict(rows.all())
