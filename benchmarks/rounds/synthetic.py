"""Makes an event of N participations from real startup descriptions (../shared/data/yc_companies.csv).

Every second participation is a startup that offers what the company does; the others are buyers
that look for what another company does. Nothing is random: the same N gives the same event.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    Entry,
    EntryKind,
    Event,
    Group,
    Organisation,
    OrganisationKind,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
)

# how far ahead in the file a buyer's need is taken from: coprime to the file's length
STRIDE = 1_117


def read_companies(path: Path) -> list[dict[str, str]]:
    """The companies that say something of themselves."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["one_liner"].strip()]


def add_participations(
    session: Session,
    *,
    event: Event,
    startups: Group,
    corporates: Group,
    companies: list[dict[str, str]],
    count: int,
    now: dt.datetime,
) -> None:
    """Add `count` approved participations with one delegate each."""
    for number in range(count):
        is_startup = number % 2 == 0
        company = companies[number % len(companies)]
        wanted = companies[(number * STRIDE + 7) % len(companies)]
        kind = OrganisationKind.STARTUP if is_startup else OrganisationKind.CORPORATE
        name = f"{company['name']} {number}"
        organisation = Organisation(name=name, name_key=name.casefold(), kind=kind, created_at=now)
        person = Person(
            email=f"desk@synthetic{number}.example",
            name=f"Desk {number}",
            time_zone="Europe/Berlin" if number % 3 else "America/Toronto",
            email_confirmed_at=now,
            created_at=now,
        )
        session.add_all((organisation, person))
        session.flush()
        participation = Participation(
            event_id=event.id,
            organisation_id=organisation.id,
            group_id=startups.id if is_startup else corporates.id,
            status=ParticipationStatus.APPROVED,
            origin=Origin.ORGANISER,
            confirmed_at=now,
            description=company["description"][:1000],
            language="en",
            sector=company["industries"].split("|")[0],
            languages=["en"],
            created_at=now,
            updated_at=now,
        )
        participation.entries = _entries(company, wanted, is_startup=is_startup)
        participation.delegates = [Delegate(person_id=person.id, is_manager=True, created_at=now)]
        session.add(participation)
    session.flush()


def _entries(company: dict[str, str], wanted: dict[str, str], *, is_startup: bool) -> list[Entry]:
    industry = company["industries"].split("|")[-1]
    if is_startup:
        texts = (
            (EntryKind.OFFER, company["one_liner"]),
            (EntryKind.NEED, f"Pilot customers in {industry}"),
        )
    else:
        texts = (
            (EntryKind.NEED, wanted["one_liner"]),
            (EntryKind.OFFER, f"Pilot projects and purchases in {wanted['industries'].split('|')[-1]}"),
        )
    return [Entry(kind=kind, title=text[:200], language="en", topics=[]) for kind, text in texts]
