"""Carries out the plan of an import, in the one transaction of its caller."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    Delegate,
    Entry,
    EntryKind,
    Event,
    Organisation,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.audit import record
from matchmaker.services.country import usual_language, usual_zone
from matchmaker.services.delegate import come_back
from matchmaker.services.organisation import domain_of, name_key
from matchmaker.services.participant_import import ImportPlan, PlannedRow, RowAction
from matchmaker.services.participant_known import (
    organisations_by_name,
    participations_by_number,
    people_by_email,
)
from matchmaker.services.participant_row import DelegateRow, FirmRow


class ImportHasErrors(Conflict):
    """Some rows are wrong, and nobody said that they may be left out."""

    message = N_("%(count)s rows have errors. Nothing was imported: correct them, or leave them out.")


@dataclass(frozen=True)
class ImportResult:
    """How many rows were created, updated and left alone; the participations that were created."""

    created: int
    updated: int
    kept: int
    erased: int
    skipped: int
    participations: tuple[Participation, ...] = ()


@dataclass
class _Work:
    """What the rows of one import share."""

    event: Event
    now: dt.datetime
    source: str
    origin: Origin
    brought_by_id: int | None
    includes: bool
    people: dict[str, Person]
    organisations: dict[str, list[Organisation]]
    taken: set[int]


def apply_import(
    session: Session,
    *,
    event: Event,
    plan: ImportPlan,
    source: str,
    actor_id: int | None,
    now: dt.datetime,
    includes_unconfirmed: bool = False,
    skips_bad_rows: bool = False,
    origin: Origin = Origin.IMPORTED,
    brought_by_id: int | None = None,
) -> ImportResult:
    """Make the participations of a plan: invited, unconfirmed, with their source written down.

    Raises ImportHasErrors when rows are wrong and `skips_bad_rows` is not set. With
    `includes_unconfirmed` they are used in rounds at once, marked "not confirmed" to partners.
    """
    if plan.errors and not skips_bad_rows:
        raise ImportHasErrors(count=plan.bad_rows)
    work = _Work(
        event=event,
        now=now,
        source=source[:300],
        origin=origin,
        brought_by_id=brought_by_id,
        includes=includes_unconfirmed,
        **_present(session, event, plan),
    )
    numbers = {row.participation_id for row in plan.rows if row.participation_id}
    known = participations_by_number(session, numbers=numbers)
    made = []
    for row in plan.rows:
        if row.action == RowAction.CREATE:
            made.append(_create(session, work, row))
        elif row.action == RowAction.UPDATE and row.participation_id:
            _update(session, work, row, known[row.participation_id])
        elif row.action == RowAction.KEEP_CONFIRMED and row.participation_id:
            _keep(row, known[row.participation_id])
    session.flush()
    _note(session, work, plan, made, actor_id)
    return ImportResult(
        created=plan.count(RowAction.CREATE),
        updated=plan.count(RowAction.UPDATE),
        kept=plan.count(RowAction.KEEP_CONFIRMED) + plan.count(RowAction.KEEP_WITHDRAWN),
        erased=plan.count(RowAction.SKIP_ERASED),
        skipped=plan.bad_rows,
        participations=tuple(made),
    )


def _present(session: Session, event: Event, plan: ImportPlan) -> dict[str, Any]:
    """What rows may lean on: people by address, organisations by name, those in the event already."""
    emails = {d.email for row in plan.rows for d in row.firm.delegates if d.email}
    names = {name_key(row.firm.name) for row in plan.rows if row.action == RowAction.CREATE}
    taken = sa.select(Participation.organisation_id).where(Participation.event_id == event.id)
    return {
        "people": people_by_email(session, emails=emails),
        "organisations": organisations_by_name(session, keys=names),
        "taken": set(session.scalars(taken)),
    }


def _note(
    session: Session, work: _Work, plan: ImportPlan, made: list[Participation], actor_id: int | None
) -> None:
    updated = [row.participation_id for row in plan.rows if row.action == RowAction.UPDATE]
    record(
        session,
        actor_id=actor_id,
        action="import_participants",
        subject="event",
        subject_id=work.event.id,
        event_id=work.event.id,
        now=work.now,
        source=work.source,
        created=len(made),
        updated=len(updated),
        created_ids=[participation.id for participation in made],
        updated_ids=updated,
    )


def _create(session: Session, work: _Work, row: PlannedRow) -> Participation:
    participation = Participation(
        event_id=work.event.id,
        organisation=_organisation(session, work, row),
        group_id=row.group_id,
        status=ParticipationStatus.APPROVED if work.includes else ParticipationStatus.INVITED,
        origin=work.origin,
        external_id=row.firm.external_id,
        source=work.source,
        brought_by_id=work.brought_by_id,
        is_included_unconfirmed=work.includes,
        created_at=work.now,
        updated_at=work.now,
        **row.firm.profile,
        **row.firm.limits,
    )
    participation.entries = _entries(row.firm, set(EntryKind))
    session.add(participation)
    contacts = row.firm.delegates or (DelegateRow(),)
    for number, contact in enumerate(contacts):
        _add_delegate(session, work, participation, row.firm, contact, is_manager=number == 0)
    return participation


def _update(session: Session, work: _Work, row: PlannedRow, participation: Participation) -> None:
    """Take over what the file has columns for; the rest stays as it is."""
    given = row.firm.given
    for name, value in {**row.firm.profile, **row.firm.limits}.items():
        if name in given:
            setattr(participation, name, value)
    participation.group_id = row.group_id
    participation.external_id = row.firm.external_id or participation.external_id
    participation.source = work.source
    participation.updated_at = work.now
    if work.includes:
        participation.is_included_unconfirmed = True
        participation.status = ParticipationStatus.APPROVED
    replaced = {kind for kind in EntryKind if any(name.startswith(kind.value) for name in given)}
    if replaced:
        kept = [entry for entry in participation.entries if entry.kind not in replaced]
        participation.entries = [*kept, *_entries(row.firm, replaced)]
    _update_delegates(session, work, row.firm, participation)


def _keep(row: PlannedRow, participation: Participation) -> None:
    """A firm that answered keeps its own words; only the organiser's number for it is taken over."""
    participation.external_id = participation.external_id or row.firm.external_id


def _update_delegates(session: Session, work: _Work, firm: FirmRow, participation: Participation) -> None:
    known = {delegate.person.email: delegate.person for delegate in participation.delegates}
    nameless = next(
        (d.person for d in participation.delegates if d.person.email is None and d.left_at is None), None
    )
    _bring_back(session, firm, participation)
    for number, contact in enumerate(firm.delegates):
        person = known.get(contact.email) if contact.email else nameless
        if person is None and contact.email and nameless is not None and number == 0:
            if contact.email in work.people:
                _add_delegate(session, work, participation, firm, contact, is_manager=True)
                continue
            # the address of somebody who had none
            nameless.email = contact.email
            work.people[contact.email] = nameless
            person = nameless
        if person is None:
            _add_delegate(session, work, participation, firm, contact, is_manager=False)
        elif person.password_hash is None and person.email_confirmed_at is None:
            _correct(person, contact)


def _bring_back(session: Session, firm: FirmRow, participation: Participation) -> None:
    """Whoever had left and is named again sits again; the first manages it where nobody does."""
    named = [contact.email for contact in firm.delegates if contact.email]
    for delegate in participation.delegates:
        if delegate.left_at is not None and delegate.person.email in named:
            is_first = delegate.person.email == named[0]
            come_back(session, delegate)
            delegate.is_manager = is_first and not any(d.is_manager for d in participation.delegates)


def _correct(person: Person, contact: DelegateRow) -> None:
    """Whoever has an account keeps the own words; other contacts are what the file says."""
    person.name = contact.name or person.name
    person.job_title = contact.job_title or person.job_title
    person.time_zone = contact.time_zone or person.time_zone
    person.language = contact.language or person.language


def _add_delegate(
    session: Session,
    work: _Work,
    participation: Participation,
    firm: FirmRow,
    contact: DelegateRow,
    *,
    is_manager: bool,
) -> None:
    person = work.people.get(contact.email or "")
    if person is None:
        country, region = str(firm.profile["country"]), str(firm.profile["region"])
        person = Person(
            email=contact.email,
            name=contact.name or firm.name,
            job_title=contact.job_title,
            language=contact.language or usual_language(country),
            time_zone=contact.time_zone or usual_zone(country, region) or work.event.time_zone,
            created_at=work.now,
        )
        session.add(person)
        if contact.email:
            work.people[contact.email] = person
    if any(delegate.person is person for delegate in participation.delegates):
        return
    participation.delegates.append(
        Delegate(event_id=work.event.id, person=person, is_manager=is_manager, created_at=work.now)
    )


def _entries(firm: FirmRow, kinds: set[EntryKind]) -> list[Entry]:
    language = str(firm.profile["language"])
    return [
        Entry(
            kind=entry.kind,
            title=entry.title,
            text=entry.text,
            topics=list(entry.topics),
            language=entry.language or language,
            position=position,
        )
        for position, entry in enumerate(firm.entries)
        if entry.kind in kinds
    ]


def _organisation(session: Session, work: _Work, row: PlannedRow) -> Organisation:
    """The one known organisation of this name and country that is not in the event yet, else a new one."""
    key, country = name_key(row.firm.name), str(row.firm.profile["country"])
    known = [
        organisation
        for organisation in work.organisations.get(key, [])
        if organisation.id not in work.taken and organisation.country in ("", country)
    ]
    if len(known) == 1:
        work.taken.add(known[0].id)
        return known[0]
    email = next((person.email for person in row.firm.delegates if person.email), None)
    organisation = Organisation(
        name=row.firm.name,
        name_key=key,
        kind=row.kind,
        country=country,
        region=str(row.firm.profile["region"]),
        city=row.firm.city,
        website=str(row.firm.profile["website"]),
        mail_domain=domain_of(email),
        created_at=work.now,
    )
    session.add(organisation)
    return organisation
