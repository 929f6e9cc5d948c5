"""Erases a person's account: meetings are handed over or cancelled, everything personal is deleted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    Delegate,
    Event,
    EventRole,
    EventRoleKind,
    InstallationRight,
    Meeting,
    MeetingStatement,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    OutboxMail,
    Person,
    PersonRight,
    Seat,
    Slot,
)
from matchmaker.services.account import check_password
from matchmaker.services.audit import record
from matchmaker.services.delegate import forget_delegate
from matchmaker.services.delegate_removal import mend_without
from matchmaker.services.erased_address import forget_address
from matchmaker.services.meeting import OPEN_STATUSES, end_meeting
from matchmaker.services.withdrawal import withdraw


@dataclass(frozen=True)
class Erasure:
    """What erasing an account would touch, to be shown before it is done."""

    meetings: int
    participations: int
    only_organiser_of: tuple[str, ...]
    is_last_administrator: bool

    @property
    def is_possible(self) -> bool:
        """Whether nobody else is left without somebody in charge."""
        return not self.only_organiser_of and not self.is_last_administrator


def plan_erasure(session: Session, *, person_id: int, now: dt.datetime) -> Erasure:
    """What erasing this account would touch, and what stands against it."""
    return Erasure(
        meetings=len(_coming_meetings(session, person_id, now)),
        participations=len(_delegates(session, person_id)),
        only_organiser_of=_only_organiser_of(session, person_id, now),
        is_last_administrator=_is_last_administrator(session, person_id),
    )


def erase_account(session: Session, *, person_id: int, password: str, now: dt.datetime) -> None:
    """Delete the person and everything personal; later imports respect it.

    Coming meetings go to a free colleague, move or are cancelled, with one mail to each person concerned.
    An event keeps an organiser and the installation an administrator, or Conflict is raised.
    """
    person = check_password(session, person_id=person_id, password=password)
    plan = plan_erasure(session, person_id=person_id, now=now)
    if plan.is_last_administrator:
        raise Conflict(N_("You are the last administrator. Give the right to somebody else first."))
    if plan.only_organiser_of:
        raise Conflict(
            N_("You are the only organiser of %(events)s. Add another organiser there first."),
            events=", ".join(plan.only_organiser_of),
        )
    for delegate in _delegates(session, person_id):
        _leave_event(session, delegate, now)
    _leave_organisations(session, person_id)
    if person.email:
        forget_address(session, email=person.email, now=now)
    session.execute(sa.delete(OutboxMail).where(OutboxMail.person_id == person_id))
    session.flush()
    # said for nobody else's eyes, so it must not outlive the account
    session.execute(
        sa.update(MeetingStatement).where(MeetingStatement.said_by_id == person_id).values(usefulness=None)
    )
    # log-ins, links, rights, roles and consents go with the row; what others did together with the
    # person stays, without a name
    session.execute(sa.delete(Person).where(Person.id == person_id))
    session.expunge(person)
    record(session, actor_id=None, action="erase_account", subject="person", subject_id=None, now=now)


def _delegates(session: Session, person_id: int) -> list[Delegate]:
    return list(
        session.scalars(sa.select(Delegate).where(Delegate.person_id == person_id).order_by(Delegate.id))
    )


def _coming_meetings(
    session: Session, person_id: int, now: dt.datetime, delegate_id: int | None = None
) -> list[Meeting]:
    coming = (
        sa.select(Meeting)
        .join(Seat, Seat.meeting_id == Meeting.id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Seat.person_id == person_id, Meeting.status.in_(OPEN_STATUSES), Slot.ends_at > now)
        .order_by(Meeting.id)
    )
    if delegate_id is not None:
        coming = coming.where(Seat.delegate_id == delegate_id)
    return list(session.scalars(coming))


def _leave_event(session: Session, delegate: Delegate, now: dt.datetime) -> None:
    event = session.get_one(Event, delegate.event_id)
    person_id, participation_id = delegate.person_id, delegate.participation_id
    change = mend_without(
        session, event=event, delegate=delegate, actor_id=person_id, now=now, is_named=False
    )
    # an erasure is not undone: what that would take is personal too
    session.delete(change)
    for meeting in _coming_meetings(session, person_id, now, delegate.id):  # what runs at this moment
        end_meeting(
            session, event=event, meeting=meeting, by=participation_id, reason="", actor_id=person_id, now=now
        )
    session.execute(sa.delete(Seat).where(Seat.delegate_id == delegate.id))
    others = session.scalar(
        sa.select(sa.func.count()).where(
            Delegate.participation_id == participation_id, Delegate.id != delegate.id
        )
    )
    if not others:
        withdraw(session, event=event, participation_ids=[participation_id], actor_id=person_id, now=now)
    forget_delegate(session, delegate=delegate, now=now)


def _leave_organisations(session: Session, person_id: int) -> None:
    """Leave every organisation; where the last manager goes, the longest-standing colleague takes over."""
    own = session.scalars(
        sa.select(OrganisationMember).where(OrganisationMember.person_id == person_id)
    ).all()
    for member in own:
        colleagues = session.scalars(
            sa.select(OrganisationMember)
            .where(
                OrganisationMember.organisation_id == member.organisation_id,
                OrganisationMember.person_id != person_id,
                OrganisationMember.status == MemberStatus.ACTIVE,
            )
            .order_by(OrganisationMember.created_at, OrganisationMember.person_id)
        ).all()
        if colleagues and all(colleague.role != MemberRole.MANAGER for colleague in colleagues):
            colleagues[0].role = MemberRole.MANAGER
        session.delete(member)


def _only_organiser_of(session: Session, person_id: int, now: dt.datetime) -> tuple[str, ...]:
    others = sa.select(EventRole.event_id).where(
        EventRole.kind == EventRoleKind.ORGANISER, EventRole.person_id != person_id
    )
    return tuple(
        session.scalars(
            sa.select(Event.name)
            .join(EventRole, EventRole.event_id == Event.id)
            .where(
                EventRole.person_id == person_id,
                EventRole.kind == EventRoleKind.ORGANISER,
                Event.ends_on >= now.date(),
                Event.id.not_in(others),
            )
            .order_by(Event.name)
        )
    )


def _is_last_administrator(session: Session, person_id: int) -> bool:
    holders = session.scalars(
        sa.select(PersonRight.person_id).where(PersonRight.right == InstallationRight.ADMINISTRATOR)
    ).all()
    return list(holders) == [person_id]
