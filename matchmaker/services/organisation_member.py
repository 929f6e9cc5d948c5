"""Who belongs to an organisation: asking to join, approving, changing roles."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    EventRole,
    EventRoleKind,
    InstallationRight,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Participation,
    Person,
    PersonRight,
)
from matchmaker.services.audit import record
from matchmaker.services.outbox import queue_mail


class LastManager(Conflict):
    """An organisation with people keeps a manager."""

    message = N_("The last manager cannot leave. Make somebody else a manager first.")


def ask_to_join(session: Session, *, organisation_id: int, person: Person, now: dt.datetime) -> bool:
    """Ask the organisation's managers to be let in; False when the person is a member already.

    Asking again is harmless; after a refusal it reopens the question.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.merged_into_id is not None:
        raise NotFound()
    member = session.get(OrganisationMember, (organisation_id, person.id))
    if member is not None and member.status == MemberStatus.ACTIVE:
        return False
    if member is None:
        member = OrganisationMember(organisation_id=organisation_id, person_id=person.id)
        session.add(member)
    elif member.status == MemberStatus.ASKED:
        return True
    member.role, member.status, member.created_at = MemberRole.MEMBER, MemberStatus.ASKED, now
    session.flush()
    note_member(session, "ask_to_join", organisation_id, person.id, actor_id=person.id, now=now)
    for approver in approvers(session, organisation_id=organisation_id):
        queue_mail(
            session,
            kind="ask_to_join",
            key=f"ask-to-join:{organisation_id}:{person.id}:{approver.id}:{now.isoformat()}",
            person=approver,
            arguments={
                "organisation": organisation.name,
                "organisation_id": organisation_id,
                "asker": person.name,
                "asker_email": person.email,
            },
            now=now,
        )
    return True


def approvers(session: Session, *, organisation_id: int) -> list[Person]:
    """Who decides about joining: its managers; without any, organisers of its events and administrators.

    Contacts that were imported and never answered are no managers yet.
    """
    can_decide = (Person.password_hash.is_not(None), Person.erased_at.is_(None))
    managers = session.scalars(
        sa.select(Person)
        .join(OrganisationMember, OrganisationMember.person_id == Person.id)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.role == MemberRole.MANAGER,
            OrganisationMember.status == MemberStatus.ACTIVE,
            *can_decide,
        )
        .order_by(Person.id)
    ).all()
    if managers:
        return list(managers)
    organisers = (
        sa.select(EventRole.person_id)
        .join(Participation, Participation.event_id == EventRole.event_id)
        .where(Participation.organisation_id == organisation_id, EventRole.kind == EventRoleKind.ORGANISER)
    )
    administrators = sa.select(PersonRight.person_id).where(
        PersonRight.right == InstallationRight.ADMINISTRATOR
    )
    return list(
        session.scalars(
            sa.select(Person)
            .where(sa.or_(Person.id.in_(organisers), Person.id.in_(administrators)), *can_decide)
            .order_by(Person.id)
        )
    )


def answer_asker(
    session: Session,
    *,
    organisation_id: int,
    person_id: int,
    is_welcome: bool,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Let a person in who asked to join, or refuse; the person is told by mail. Repeating it is harmless."""
    member = session.get(OrganisationMember, (organisation_id, person_id))
    if member is None:
        raise NotFound()
    if member.status != MemberStatus.ASKED:
        return
    member.status = MemberStatus.ACTIVE if is_welcome else MemberStatus.REFUSED
    organisation = session.get_one(Organisation, organisation_id)
    # without a manager nobody could edit the organisation: whoever is let in first becomes it
    if is_welcome and not _managers(session, organisation_id):
        member.role = MemberRole.MANAGER
    action = "let_in" if is_welcome else "refuse_to_join"
    note_member(session, action, organisation_id, person_id, actor_id=actor_id, now=now)
    queue_mail(
        session,
        kind="join_answered",
        key=f"join-answered:{organisation_id}:{person_id}:{member.created_at.isoformat()}",
        person=session.get_one(Person, person_id),
        arguments={
            "organisation": organisation.name,
            "organisation_id": organisation_id,
            "is_welcome": is_welcome,
        },
        now=now,
    )


def change_role(
    session: Session,
    *,
    organisation_id: int,
    person_id: int,
    role: MemberRole,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Make a member a manager or a manager a member; the last manager stays one."""
    member = active_member(session, organisation_id, person_id)
    if member.role == role:
        return
    if role != MemberRole.MANAGER:
        keep_a_manager(session, organisation_id, without=person_id)
    member.role = role
    note_member(session, "change_role", organisation_id, person_id, actor_id=actor_id, now=now, role=role)


def list_members(session: Session, *, organisation_id: int) -> list[OrganisationMember]:
    """Everybody of an organisation and everybody who asked, with the persons, managers first."""
    return list(
        session.scalars(
            sa.select(OrganisationMember)
            .join(OrganisationMember.person)
            .where(
                OrganisationMember.organisation_id == organisation_id,
                OrganisationMember.status != MemberStatus.REFUSED,
            )
            .order_by(OrganisationMember.status, OrganisationMember.role, Person.name, Person.id)
            .options(joinedload(OrganisationMember.person))
        )
    )


def _managers(session: Session, organisation_id: int) -> list[int]:
    return list(
        session.scalars(
            sa.select(OrganisationMember.person_id).where(
                OrganisationMember.organisation_id == organisation_id,
                OrganisationMember.role == MemberRole.MANAGER,
                OrganisationMember.status == MemberStatus.ACTIVE,
            )
        )
    )


def keep_a_manager(session: Session, organisation_id: int, *, without: int) -> None:
    """Raise LastManager when nobody else manages the organisation."""
    if not set(_managers(session, organisation_id)) - {without}:
        raise LastManager()


def active_member(session: Session, organisation_id: int, person_id: int) -> OrganisationMember:
    """The person's membership, with the organisation locked; raises NotFound for anybody else."""
    # the organisation's row is the lock: two managers who leave at once cannot both be "not the last"
    session.execute(sa.select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    member = session.get(OrganisationMember, (organisation_id, person_id))
    if member is None or member.status != MemberStatus.ACTIVE:
        raise NotFound()
    return member


def note_member(
    session: Session,
    action: str,
    organisation_id: int,
    person_id: int,
    *,
    actor_id: int,
    now: dt.datetime,
    **details: Any,
) -> None:
    """Write down what happened to a member."""
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="organisation",
        subject_id=organisation_id,
        now=now,
        person_id=person_id,
        **details,
    )
