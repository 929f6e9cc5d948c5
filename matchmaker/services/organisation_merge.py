"""Merges two organisations that are one: its people, registrations, offers and needs move to the other."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    Entry,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.audit import record
from matchmaker.services.outbox import queue_mail


@dataclass(frozen=True)
class MergePlan:
    """What would move from one organisation to the other, and what stands against it.

    `both_at` are participations of the first at events where the second takes part too.
    """

    source: Organisation
    target: Organisation
    members: Sequence[OrganisationMember]
    entries: Sequence[Entry]
    participations: Sequence[Participation]
    both_at: Sequence[Participation]

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.both_at


def find_duplicates(
    session: Session, *, event_id: int | None = None, limit: int = 50
) -> list[list[Organisation]]:
    """Organisations of one name (legal forms aside) or one mail domain, of one event or of all."""
    known = sa.select(Organisation).where(Organisation.merged_into_id.is_(None))
    if event_id is not None:
        known = known.where(
            Organisation.id.in_(
                sa.select(Participation.organisation_id).where(Participation.event_id == event_id)
            )
        )
    groups: dict[tuple[int, ...], list[Organisation]] = {}
    for column in (Organisation.name_key, Organisation.mail_domain):
        chosen = known.with_only_columns(column)
        twice = chosen.where(column != "").group_by(column).having(sa.func.count() > 1).limit(limit)
        rows = session.scalars(known.where(column.in_(twice)).order_by(Organisation.id)).all()
        alike: dict[str, list[Organisation]] = defaultdict(list)
        for row in rows:
            alike[getattr(row, column.key)].append(row)
        groups.update({tuple(row.id for row in group): group for group in alike.values()})
    return sorted(groups.values(), key=lambda group: group[0].name.casefold())[:limit]


def plan_merge(session: Session, *, source_id: int, target_id: int) -> MergePlan:
    """What merging would do; raises NotFound for an organisation that is gone or the same one."""
    source, target = session.get(Organisation, source_id), session.get(Organisation, target_id)
    if source is None or target is None or source_id == target_id:
        raise NotFound()
    if source.merged_into_id is not None or target.merged_into_id is not None:
        raise NotFound(N_("This organisation was merged into another one already."))
    # a registration that was withdrawn stays behind where the other one has its own
    own = session.scalars(
        sa.select(Participation)
        .where(Participation.organisation_id == source_id)
        .options(joinedload(Participation.event))
    ).all()
    taken = set(
        session.scalars(sa.select(Participation.event_id).where(Participation.organisation_id == target_id))
    )
    clashing = [row for row in own if row.event_id in taken]
    return MergePlan(
        source=source,
        target=target,
        members=session.scalars(
            sa.select(OrganisationMember)
            .where(OrganisationMember.organisation_id == source_id)
            .options(joinedload(OrganisationMember.person))
        ).all(),
        entries=session.scalars(sa.select(Entry).where(Entry.organisation_id == source_id)).all(),
        participations=[row for row in own if row.event_id not in taken],
        both_at=[row for row in clashing if row.status != ParticipationStatus.WITHDRAWN],
    )


def merge(
    session: Session, *, source_id: int, target_id: int, actor_id: int, now: dt.datetime
) -> Organisation:
    """Move everything of the first organisation to the second; managers of both are told.

    Raises Conflict while both take part in the same event.
    """
    # both rows are locked in one order, so that two merges at once cannot cross
    session.execute(
        sa.select(Organisation.id)
        .where(Organisation.id.in_([source_id, target_id]))
        .order_by(Organisation.id)
        .with_for_update()
    )
    plan = plan_merge(session, source_id=source_id, target_id=target_id)
    if not plan.is_possible:
        raise Conflict(
            N_("Both take part in %(events)s. Withdraw the registration of %(name)s there first."),
            events=", ".join(row.event.name for row in plan.both_at),
            name=plan.source.name,
        )
    people = _managers(session, [source_id, target_id])
    for row in plan.participations:
        row.organisation_id = target_id
    for entry in plan.entries:
        entry.organisation_id = target_id
    _move_members(session, plan.members, target_id)
    plan.source.merged_into_id = target_id
    plan.target.mail_domain = plan.target.mail_domain or plan.source.mail_domain
    session.flush()
    record(
        session,
        actor_id=actor_id,
        action="merge",
        subject="organisation",
        subject_id=target_id,
        now=now,
        source_id=source_id,
        participations=[row.id for row in plan.participations],
    )
    for person in people:
        queue_mail(
            session,
            kind="organisations_merged",
            key=f"organisations-merged:{source_id}:{target_id}:{person.id}:{now.isoformat()}",
            person=person,
            arguments={
                "source": plan.source.name,
                "target": plan.target.name,
                "organisation_id": target_id,
            },
            now=now,
        )
    return plan.target


def _move_members(session: Session, members: Sequence[OrganisationMember], target_id: int) -> None:
    for member in members:
        there = session.get(OrganisationMember, (target_id, member.person_id))
        if there is None:
            session.add(
                OrganisationMember(
                    organisation_id=target_id,
                    person_id=member.person_id,
                    role=member.role,
                    status=member.status,
                    created_at=member.created_at,
                )
            )
        elif member.status == MemberStatus.ACTIVE:
            is_manager = MemberRole.MANAGER in (member.role, there.role)
            there.status = MemberStatus.ACTIVE
            there.role = MemberRole.MANAGER if is_manager else MemberRole.MEMBER
        session.delete(member)


def _managers(session: Session, organisation_ids: Sequence[int]) -> Sequence[Person]:
    return session.scalars(
        sa.select(Person)
        .where(
            Person.id.in_(
                sa.select(OrganisationMember.person_id).where(
                    OrganisationMember.organisation_id.in_(organisation_ids),
                    OrganisationMember.role == MemberRole.MANAGER,
                    OrganisationMember.status == MemberStatus.ACTIVE,
                )
            ),
            Person.password_hash.is_not(None),
        )
        .order_by(Person.id)
    ).all()
