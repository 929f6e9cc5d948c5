"""The life of a participation: registered and approved; which of them rounds use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from matchmaker.models import (
    Approval,
    Delegate,
    Event,
    EventStatus,
    Group,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Origin,
    Participation,
    ParticipationStatus,
)
from matchmaker.services.audit import record
from matchmaker.services.chunks import chunks
from matchmaker.services.delegate import come_back
from matchmaker.services.participation_mail import tell_approved, tell_organisers
from matchmaker.services.profile import start_profile


class RegistrationClosed(Conflict):
    """The event does not take registrations."""

    message = N_("Registration for this event is not open.")


def participations_for_rounds(event_id: int) -> sa.Select[Participation]:
    """Those that rounds use: approved, wanting suggestions, and confirmed or expressly included."""
    return sa.select(Participation).where(
        Participation.event_id == event_id,
        Participation.status == ParticipationStatus.APPROVED,
        Participation.is_opted_out.is_(False),
        sa.or_(Participation.confirmed_at.is_not(None), Participation.is_included_unconfirmed.is_(True)),
    )


def find_participation(session: Session, *, event_id: int, participation_id: int) -> Participation:
    """The participation of this number, looked up through its event; raises NotFound."""
    participation = session.scalar(
        sa.select(Participation).where(
            Participation.id == participation_id, Participation.event_id == event_id
        )
    )
    if participation is None:
        raise NotFound()
    return participation


def groups_for(session: Session, *, event: Event, kind: str) -> list[Group]:
    """The groups that an organisation of this kind can join: its own, else those for any, else all."""
    groups = session.scalars(
        sa.select(Group).where(Group.event_id == event.id).order_by(Group.position)
    ).all()
    own = [group for group in groups if group.kind == kind]
    return own or [group for group in groups if not group.kind] or list(groups)


def register(
    session: Session,
    *,
    event: Event,
    organisation_id: int,
    actor_id: int,
    now: dt.datetime,
    group_id: int | None = None,
) -> Participation:
    """Register an organisation of the acting person; a second time gives the same participation.

    It starts as a copy of the organisation's last participation, with the acting person as its
    manager, and is approved at once where the event says so.
    """
    if event.status != EventStatus.OPEN or event.ends_on < now.date():
        raise RegistrationClosed()
    member = session.get(OrganisationMember, (organisation_id, actor_id))
    if member is None or member.status != MemberStatus.ACTIVE:
        raise NotAllowed(N_("You do not belong to this organisation yet."))
    organisation = session.get_one(Organisation, organisation_id)
    participation, is_new = create_participation(
        session,
        event=event,
        organisation=organisation,
        group=_chosen_group(session, event, organisation, group_id),
        origin=Origin.SELF,
        now=now,
    )
    is_confirmed = not is_new and participation.confirmed_at is not None
    if is_confirmed and participation.status != ParticipationStatus.WITHDRAWN:
        return participation
    # a firm that was imported and comes of its own will confirms its profile by that
    is_approved = not is_new and participation.status == ParticipationStatus.APPROVED
    if not is_approved:
        participation.status = ParticipationStatus.REGISTERED
    participation.confirmed_at = participation.confirmed_at or now
    participation.is_included_unconfirmed = False
    participation.updated_at = now
    ensure_delegate(session, participation=participation, person_id=actor_id, is_manager=True, now=now)
    session.flush()
    record_change(session, "register", participation, actor_id=actor_id, now=now)
    if is_approved:
        return participation
    if event.approval == Approval.AUTOMATIC:
        approve(session, event=event, participation_ids=[participation.id], actor_id=None, now=now)
    else:
        tell_organisers(session, event=event, participation=participation, now=now)
    return participation


def create_participation(
    session: Session,
    *,
    event: Event,
    organisation: Organisation,
    group: Group,
    origin: Origin,
    now: dt.datetime,
    source: str = "",
    brought_by_id: int | None = None,
) -> tuple[Participation, bool]:
    """The organisation's participation, and whether it was made now (of two at once, one makes it)."""
    insert = dialect_insert(session, Participation).values(
        event_id=event.id,
        organisation_id=organisation.id,
        group_id=group.id,
        status=ParticipationStatus.INVITED,
        origin=origin,
        source=source,
        brought_by_id=brought_by_id,
        created_at=now,
        updated_at=now,
    )
    made = session.scalar(
        insert.on_conflict_do_nothing(index_elements=["event_id", "organisation_id"]).returning(
            Participation.id
        )
    )
    participation = session.scalars(
        sa.select(Participation).where(
            Participation.event_id == event.id, Participation.organisation_id == organisation.id
        )
    ).one()
    if made is not None:
        start_profile(session, participation=participation, organisation=organisation)
    return participation, made is not None


def ensure_delegate(
    session: Session, *, participation: Participation, person_id: int, is_manager: bool, now: dt.datetime
) -> Delegate:
    """The person's seat in the participation, made where there is none; a manager stays one."""
    delegate = session.scalar(
        sa.select(Delegate).where(
            Delegate.participation_id == participation.id, Delegate.person_id == person_id
        )
    )
    if delegate is None:
        delegate = Delegate(
            event_id=participation.event_id,
            participation_id=participation.id,
            person_id=person_id,
            is_manager=is_manager,
            created_at=now,
        )
        session.add(delegate)
    delegate.is_manager = delegate.is_manager or is_manager
    come_back(session, delegate)
    return delegate


def approve(
    session: Session,
    *,
    event: Event,
    participation_ids: Collection[int],
    actor_id: int | None,
    now: dt.datetime,
) -> int:
    """Approve these participations of the event, also withdrawn ones, and tell those who confirmed.

    Gives how many were changed; those already approved stay as they are and are not told again.
    """
    changed = [
        participation
        for participation in of_event(session, event_id=event.id, participation_ids=participation_ids)
        if participation.status != ParticipationStatus.APPROVED
    ]
    for participation in changed:
        participation.status = ParticipationStatus.APPROVED
        participation.updated_at = now
        record_change(session, "approve", participation, actor_id=actor_id, now=now)
    session.flush()
    tell_approved(session, event=event, participations=[p for p in changed if p.confirmed_at], now=now)
    return len(changed)


def record_change(
    session: Session,
    action: str,
    participation: Participation,
    *,
    actor_id: int | None,
    now: dt.datetime,
    behalf_of_id: int | None = None,
    **details: object,
) -> None:
    """Write down a change of a participation."""
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="participation",
        subject_id=participation.id,
        event_id=participation.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
        **details,
    )


def of_event(
    session: Session, *, event_id: int, participation_ids: Collection[int]
) -> Sequence[Participation]:
    """Those of these participations that belong to the event, in the order of their numbers."""
    found: list[Participation] = []
    for few in chunks(sorted(participation_ids)):
        found += session.scalars(
            sa.select(Participation)
            .where(Participation.event_id == event_id, Participation.id.in_(few))
            .order_by(Participation.id)
        )
    return found


def _chosen_group(session: Session, event: Event, organisation: Organisation, group_id: int | None) -> Group:
    groups = groups_for(session, event=event, kind=organisation.kind)
    if group_id is None and len(groups) == 1:
        return groups[0]
    for group in groups:
        if group.id == group_id:
            return group
    raise Invalid(N_("Choose the group in which you take part."), field="group")
