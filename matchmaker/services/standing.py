"""Reads from rows what a person may do."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    EventRole,
    EventRoleKind,
    InstallationRight,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    Participation,
    ParticipationStatus,
    PersonRight,
)
from matchmaker.permissions import Standing


def read_standing(
    session: Session,
    *,
    person_id: int | None,
    event_id: int | None = None,
    organisation_id: int | None = None,
) -> Standing:
    """What the rows say of this person, for one event or one organisation where one is given."""
    if person_id is None:
        return Standing(person_id=None)
    rights = set(session.scalars(sa.select(PersonRight.right).where(PersonRight.person_id == person_id)))
    members = session.execute(
        sa.select(OrganisationMember.organisation_id, OrganisationMember.role).where(
            OrganisationMember.person_id == person_id, OrganisationMember.status == MemberStatus.ACTIVE
        )
    ).all()
    organisations = frozenset(row.organisation_id for row in members)
    managed_organisations = frozenset(
        row.organisation_id for row in members if row.role == MemberRole.MANAGER
    )
    standing = Standing(
        person_id=person_id,
        is_administrator=InstallationRight.ADMINISTRATOR in rights,
        may_create_events=InstallationRight.CREATE_EVENTS in rights,
        organisations=organisations,
        organisations_managed=managed_organisations,
        organisations_hosted=_hosted(session, person_id, organisation_id),
    )
    return standing if event_id is None else _with_event(session, standing, event_id)


def _hosted(session: Session, person_id: int, organisation_id: int | None) -> frozenset[int]:
    """The organisation, if it takes part in an event whose participations this person manages."""
    if organisation_id is None:
        return frozenset()
    role = session.scalar(
        sa.select(EventRole.event_id)
        .join(Participation, Participation.event_id == EventRole.event_id)
        .where(
            Participation.organisation_id == organisation_id,
            EventRole.person_id == person_id,
            sa.or_(
                EventRole.kind == EventRoleKind.ORGANISER,
                sa.and_(EventRole.kind == EventRoleKind.CO_ORGANISER, EventRole.can_manage_participations),
            ),
        )
        .limit(1)
    )
    return frozenset() if role is None else frozenset({organisation_id})


def _with_event(session: Session, standing: Standing, event_id: int) -> Standing:
    person_id = standing.person_id
    role = session.scalar(
        sa.select(EventRole).where(EventRole.event_id == event_id, EventRole.person_id == person_id)
    )
    delegates = session.execute(
        sa.select(Delegate.participation_id, Delegate.is_manager).where(
            Delegate.event_id == event_id, Delegate.person_id == person_id, Delegate.left_at.is_(None)
        )
    ).all()
    of_organisations = session.scalars(
        sa.select(Participation.id).where(
            Participation.event_id == event_id,
            Participation.organisation_id.in_(standing.organisations_managed),
        )
    )
    managed = {row.participation_id for row in delegates if row.is_manager} | set(of_organisations)
    brought: frozenset[int] = frozenset()
    if role is not None and role.kind == "enabler":
        brought = frozenset(
            session.scalars(
                sa.select(Participation.id).where(
                    Participation.event_id == event_id,
                    Participation.brought_by_id == person_id,
                    Participation.status != ParticipationStatus.WITHDRAWN,
                )
            )
        )
    return Standing(
        person_id=person_id,
        is_administrator=standing.is_administrator,
        may_create_events=standing.may_create_events,
        organisations=standing.organisations,
        organisations_managed=standing.organisations_managed,
        organisations_hosted=standing.organisations_hosted,
        event_role=role.kind.value if role else None,
        edits_event=bool(role and role.can_edit_event),
        manages_participations=bool(role and role.can_manage_participations),
        runs_rounds=bool(role and role.can_run_rounds),
        managed=frozenset(managed),
        delegated=frozenset(row.participation_id for row in delegates),
        brought=brought,
    )
