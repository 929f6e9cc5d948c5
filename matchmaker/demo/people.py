"""Seeds the demonstration's people and organisations, and their participations in an event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matchmaker.demo.content import DemoDelegate, DemoOrganisation
from matchmaker.models import (
    Delegate,
    Entry,
    Event,
    InstallationRight,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
    PersonRight,
)
from matchmaker.services.organisation import name_key
from matchmaker.services.password import set_password

PASSWORD = "maple coal barge harbour"
THIN_UNCONFIRMED = "moose-moonbeam"
AWAITING_APPROVAL = "werkstatt-nirgendwo"


@dataclass(frozen=True)
class Team:
    """The people who run the demonstration."""

    administrator: Person
    organiser: Person
    co_organiser: Person
    enabler: Person

    @property
    def people(self) -> tuple[Person, ...]:
        """All of them."""
        return (self.administrator, self.organiser, self.co_organiser, self.enabler)


def seed_team(session: Session, now: dt.datetime) -> Team:
    """An administrator, an organiser with the right to create events, a co-organiser, an enabler."""
    team = Team(
        administrator=_person("Service operator", "admin@matchmaker.example", "Europe/Berlin", now),
        organiser=_person("Event office", "organiser@matchmaker.example", "Europe/Berlin", now),
        co_organiser=_person("Event desk", "co-organiser@matchmaker.example", "Europe/Berlin", now),
        enabler=_person("Accelerator desk", "enabler@matchmaker.example", "America/Toronto", now),
    )
    rights = {
        team.administrator: InstallationRight.ADMINISTRATOR,
        team.organiser: InstallationRight.CREATE_EVENTS,
    }
    for person, right in rights.items():
        person.rights = [PersonRight(right=right, granted_at=now)]
    set_password(team.organiser, PASSWORD)
    for person in team.people:
        person.password_hash = team.organiser.password_hash
    session.add_all(team.people)
    session.flush()
    return team


def seed_organisations(
    session: Session, organisations: list[DemoOrganisation], *, team: Team, now: dt.datetime
) -> dict[str, Organisation]:
    """Every organisation with its people; all share the demonstration's password."""
    rows = {}
    for demo in organisations:
        organisation = Organisation(
            name=demo.name,
            name_key=name_key(demo.name),
            kind=demo.kind,
            country=demo.country,
            region=demo.region,
            city=demo.city,
            website=demo.website,
            mail_domain=demo.delegates[0].mail.partition("@")[2],
            is_invented=demo.is_invented,
            created_at=now,
        )
        people = [_delegate_person(delegate, now) for delegate in demo.delegates]
        for person in people:
            person.password_hash = team.organiser.password_hash
        session.add_all(people)
        session.flush()
        organisation.members = [
            OrganisationMember(
                person_id=person.id,
                role=MemberRole.MEMBER if position else MemberRole.MANAGER,
                status=MemberStatus.ACTIVE,
                created_at=now,
            )
            for position, person in enumerate(people)
        ]
        rows[demo.key] = organisation
    session.add_all(rows.values())
    session.flush()
    return rows


def seed_participation(
    session: Session,
    demo: DemoOrganisation,
    organisation: Organisation,
    *,
    event: Event,
    group_id: int,
    brought_by: Person | None,
    now: dt.datetime,
) -> Participation:
    """One organisation at one event, with its offers, needs and delegates."""
    is_unconfirmed = demo.key == THIN_UNCONFIRMED
    status = ParticipationStatus.APPROVED
    if demo.key == AWAITING_APPROVAL:
        status = ParticipationStatus.REGISTERED
    elif is_unconfirmed:
        status = ParticipationStatus.INVITED
    origin = Origin.ENABLER if brought_by else Origin.SELF
    participation = Participation(
        event_id=event.id,
        organisation_id=organisation.id,
        group_id=group_id,
        status=status,
        origin=Origin.IMPORTED if is_unconfirmed else origin,
        source="List of the demonstration" if is_unconfirmed else "",
        brought_by_id=brought_by.id if brought_by else None,
        confirmed_at=None if is_unconfirmed else now,
        description=demo.description,
        language=demo.language,
        sector=demo.sector,
        stage=demo.stage,
        size=demo.size,
        country=demo.country,
        region=demo.region,
        languages=list(demo.languages),
        website=demo.website,
        wanted_kinds=list(demo.wanted_kinds),
        created_at=now,
        updated_at=now,
    )
    participation.entries = [
        Entry(
            kind=entry.kind,
            title=entry.title,
            text=entry.text,
            language=entry.language,
            topics=list(entry.topics),
            position=position,
        )
        for position, entry in enumerate(demo.entries)
    ]
    participation.delegates = [
        Delegate(person_id=member.person_id, is_manager=member.role == MemberRole.MANAGER, created_at=now)
        for member in organisation.members
    ]
    session.add(participation)
    session.flush()
    return participation


def _delegate_person(delegate: DemoDelegate, now: dt.datetime) -> Person:
    return _person(delegate.role, delegate.mail, delegate.time_zone, now)


def _person(name: str, email: str, time_zone: str, now: dt.datetime) -> Person:
    return Person(
        name=name,
        email=email,
        language="en",
        time_zone=time_zone,
        email_confirmed_at=now,
        privacy_version="demonstration",
        privacy_shown_at=now,
        created_at=now,
    )
