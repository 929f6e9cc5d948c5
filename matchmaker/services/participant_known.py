"""What of an import is there already: participations, people, organisations, in few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import Delegate, Organisation, Participation, ParticipationStatus, Person
from matchmaker.services.chunks import chunks


@dataclass(frozen=True)
class Known:
    """A participation that is there already."""

    id: int
    external_id: str | None
    is_confirmed: bool
    status: ParticipationStatus


@dataclass(frozen=True)
class Present:
    """The participations of an event by what a row can name.

    Somebody who has left (`left`: address and participation) stands for a firm only beside its name: for
    another one the person may have come again.
    """

    by_external_id: Mapping[str, Known]
    by_email: Mapping[str, Known]
    by_name: Mapping[str, Known]
    by_left: Mapping[tuple[str, str], Known]
    left: frozenset[tuple[str, int]]


def present_participations(session: Session, *, event_id: int, brought_by_id: int | None) -> Present:
    """The participations of an event (of one enabler, where given) by number, address and name."""
    scope = [Participation.event_id == event_id]
    if brought_by_id is not None:
        scope.append(Participation.brought_by_id == brought_by_id)
    rows = session.execute(
        sa.select(
            Participation.id,
            Participation.external_id,
            Participation.confirmed_at,
            Participation.status,
            Organisation.name_key,
        )
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(*scope)
        .order_by(Participation.id)
    ).all()
    known = {row.id: Known(row.id, row.external_id, row.confirmed_at is not None, row.status) for row in rows}
    names = Counter(row.name_key for row in rows)
    name_of = {row.id: row.name_key for row in rows}
    addresses = session.execute(
        sa.select(Person.email, Delegate.participation_id, Delegate.left_at.is_(None))
        .join(Delegate, Delegate.person_id == Person.id)
        .join(Participation, Participation.id == Delegate.participation_id)
        .where(*scope, Person.email.is_not(None))
        .order_by(Delegate.id.desc())
    ).all()
    left = {(email or "", number) for email, number, is_there in addresses if not is_there}
    return Present(
        by_external_id={row.external_id: known[row.id] for row in rows if row.external_id},
        by_email={email or "": known[number] for email, number, is_there in addresses if is_there},
        by_name={row.name_key: known[row.id] for row in rows if names[row.name_key] == 1},
        by_left={(email, name_of[number]): known[number] for email, number in sorted(left, reverse=True)},
        left=frozenset(left),
    )


def foreign_external_ids(
    session: Session, *, event_id: int, brought_by_id: int | None
) -> frozenset[str | None]:
    """External ids that are taken by participations which this enabler did not bring."""
    if brought_by_id is None:
        return frozenset()
    return frozenset(
        session.scalars(
            sa.select(Participation.external_id).where(
                Participation.event_id == event_id,
                Participation.external_id.is_not(None),
                Participation.brought_by_id.is_distinct_from(brought_by_id),
            )
        )
    )


def people_by_email(session: Session, *, emails: Collection[str]) -> dict[str, Person]:
    """The people who have these addresses."""
    found: dict[str, Person] = {}
    for few in chunks(sorted(emails)):
        for person in session.scalars(sa.select(Person).where(Person.email.in_(few))):
            found[person.email or ""] = person
    return found


def organisations_by_name(session: Session, *, keys: Collection[str]) -> dict[str, list[Organisation]]:
    """The organisations that have these names (in the form of `name_key`), merged ones excepted."""
    found: dict[str, list[Organisation]] = {}
    for few in chunks(sorted(keys)):
        rows = session.scalars(
            sa.select(Organisation).where(
                Organisation.name_key.in_(few), Organisation.merged_into_id.is_(None)
            )
        )
        for organisation in rows:
            found.setdefault(organisation.name_key, []).append(organisation)
    return found


def participations_by_number(session: Session, *, numbers: Collection[int]) -> dict[int, Participation]:
    """These participations with their entries, delegates and people."""
    found: dict[int, Participation] = {}
    for few in chunks(sorted(numbers)):
        rows = session.scalars(
            sa.select(Participation)
            .where(Participation.id.in_(few))
            .options(
                selectinload(Participation.entries),
                selectinload(Participation.delegates).joinedload(Delegate.person),
            )
        )
        found.update((row.id, row) for row in rows)
    return found
