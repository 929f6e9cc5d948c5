"""Invites colleagues to an organisation by a link; who has no account chooses a password there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, LinkInvalid, NotFound
from matchmaker.models import (
    Link,
    LinkKind,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Person,
)
from matchmaker.services.audit import record
from matchmaker.services.link import find_link, hash_token, issue_link, use_link
from matchmaker.services.outbox import queue_mail
from matchmaker.services.password import set_password
from matchmaker.services.registration import find_registered

LIFETIME = dt.timedelta(days=14)


@dataclass(frozen=True)
class NewPerson:
    """What an invited person without an account tells of itself."""

    name: str
    password: str
    language: str
    time_zone: str
    privacy_version: str


@dataclass(frozen=True)
class Invitation:
    """An invitation that still waits; `person` is None while the address has no account."""

    link: Link
    organisation: Organisation
    person: Person | None


def invite(
    session: Session,
    *,
    organisation_id: int,
    email: str,
    role: MemberRole,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Mail an invitation; an earlier one to the same address and organisation becomes worthless."""
    email = email.lower()
    organisation = session.get_one(Organisation, organisation_id)
    inviter = session.get_one(Person, actor_id)
    known = session.scalar(sa.select(Person).where(Person.email == email))
    member = known and session.get(OrganisationMember, (organisation_id, known.id))
    if member and member.status == MemberStatus.ACTIVE and find_registered(session, email=email):
        raise Conflict(N_("%(email)s belongs to the organisation already."), field="email", email=email)
    for link in waiting_invitations(session, organisation_id=organisation_id):
        if link.email == email:
            link.revoked_at = now
    token = issue_link(
        session,
        kind=LinkKind.JOIN_ORGANISATION,
        email=email,
        lifetime=LIFETIME,
        now=now,
        organisation_id=organisation_id,
        role=role.value,
        invited_by=inviter.name,
    )
    addressee = known or Person(email=email, name="", language=inviter.language, time_zone=inviter.time_zone)
    queue_mail(
        session,
        kind="join_organisation",
        key=f"join-organisation:{hash_token(token)}",
        person=addressee,
        arguments={
            "token": token,
            "organisation": organisation.name,
            "inviter": inviter.name,
            "inviter_email": inviter.email,
            "expires_at": (now + LIFETIME).isoformat(),
        },
        now=now,
    )
    record(
        session,
        actor_id=actor_id,
        action="invite",
        subject="organisation",
        subject_id=organisation_id,
        now=now,
        role=role.value,
    )


def waiting_invitations(session: Session, *, organisation_id: int) -> list[Link]:
    """Invitations to this organisation that were neither answered nor taken back, oldest first."""
    return list(
        session.scalars(
            sa.select(Link)
            .where(
                Link.kind == LinkKind.JOIN_ORGANISATION,
                Link.arguments["organisation_id"].as_integer() == organisation_id,
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
            )
            .order_by(Link.id)
        )
    )


def take_back(
    session: Session, *, organisation_id: int, link_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Make a waiting invitation worthless; repeating it is harmless."""
    link = session.get(Link, link_id)
    if (
        link is None
        or link.kind != LinkKind.JOIN_ORGANISATION
        or link.arguments.get("organisation_id") != organisation_id
    ):
        raise NotFound()
    link.revoked_at = link.revoked_at or now
    record(
        session,
        actor_id=actor_id,
        action="take_back_invitation",
        subject="organisation",
        subject_id=organisation_id,
        now=now,
    )


def look_at_invitation(session: Session, *, token: str, now: dt.datetime) -> Invitation:
    """What an invitation's page shows; raises LinkInvalid."""
    link = find_link(session, kind=LinkKind.JOIN_ORGANISATION, token=token, now=now)
    organisation = session.get(Organisation, link.arguments["organisation_id"])
    if organisation is None or organisation.merged_into_id is not None:
        raise LinkInvalid()
    return Invitation(link, organisation, find_registered(session, email=link.email))


def accept(
    session: Session, *, token: str, new_person: NewPerson | None, now: dt.datetime
) -> tuple[Person, bool]:
    """Join the organisation; gives the person and whether its account was made now.

    The link proves the address; `new_person` is what an address without an account tells of itself.
    """
    invitation = look_at_invitation(session, token=token, now=now)
    person, is_new = invitation.person, invitation.person is None
    if person is None:
        if new_person is None:
            raise LinkInvalid()
        person = add_invited_person(session, invitation.link.email, new_person, now)
    link = use_link(session, kind=LinkKind.JOIN_ORGANISATION, token=token, now=now)
    organisation_id = invitation.organisation.id
    member = session.get(OrganisationMember, (organisation_id, person.id))
    if member is None:
        member = OrganisationMember(organisation_id=organisation_id, person_id=person.id, created_at=now)
        session.add(member)
    member.role, member.status = MemberRole(link.arguments["role"]), MemberStatus.ACTIVE
    session.flush()
    record(
        session,
        actor_id=person.id,
        action="join",
        subject="organisation",
        subject_id=organisation_id,
        now=now,
    )
    return person, is_new


def add_invited_person(session: Session, email: str, new_person: NewPerson, now: dt.datetime) -> Person:
    """Keep a person whose address a link has proved."""
    # an imported contact has a row already, with its place in events
    person = session.scalar(sa.select(Person).where(Person.email == email))
    if person is None:
        person = Person(email=email, created_at=now)
    person.name, person.language = new_person.name, new_person.language
    person.time_zone = new_person.time_zone
    set_password(person, new_person.password)
    person.email_confirmed_at = now
    person.privacy_version, person.privacy_shown_at = new_person.privacy_version, now
    session.add(person)
    session.flush()
    return person
