"""The organiser's list of an event's participations: filtered, searched, a page at a time."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.models import (
    Delegate,
    Entry,
    EntryKind,
    MailStatus,
    Organisation,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.completeness import LEAST_DESCRIPTION, Completeness, completeness

PER_PAGE = 50


class InvitationState(enum.StrEnum):
    """How far the invitation of a firm has come, as far as anybody can know."""

    NOT_NEEDED = "not_needed"
    NOT_SENT = "not_sent"
    NO_ADDRESS = "no_address"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    OPENED = "opened"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class ParticipationFilter:
    """What is looked for; None, False and "" leave it open. `brought_by_id` keeps an enabler to its own."""

    text: str = ""
    status: ParticipationStatus | None = None
    group_id: int | None = None
    is_unconfirmed: bool = False
    is_thin: bool = False
    brought_by_id: int | None = None


@dataclass(frozen=True)
class ListedParticipation:
    """One row of the list."""

    participation: Participation
    whole: Completeness
    invitation: InvitationState
    error: str


@dataclass(frozen=True)
class ParticipationPage:
    """One page of the list and how many participations there are in all."""

    rows: tuple[ListedParticipation, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def list_participations(
    session: Session, *, event_id: int, wanted: ParticipationFilter, page: int
) -> ParticipationPage:
    """A page of the participations, by name of the organisation; the number of queries is constant."""
    conditions = _conditions(event_id, wanted)
    total = session.scalar(
        sa.select(sa.func.count())
        .select_from(Participation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(*conditions)
    )
    found = session.scalars(
        sa.select(Participation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(*conditions)
        .order_by(sa.func.lower(Organisation.name), Participation.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
        .options(
            joinedload(Participation.organisation),
            joinedload(Participation.group),
            selectinload(Participation.entries),
            selectinload(Participation.delegates).joinedload(Delegate.person),
        )
    ).all()
    mails = _last_invitations(session, [row.id for row in found])
    rows = tuple(_listed(row, mails.get(row.id)) for row in found)
    return ParticipationPage(rows, total or 0, page)


def matching_ids(session: Session, *, event_id: int, wanted: ParticipationFilter) -> list[int]:
    """The numbers of all participations that the filter finds."""
    statement = (
        sa.select(Participation.id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(*_conditions(event_id, wanted))
        .order_by(Participation.id)
    )
    return list(session.scalars(statement))


def count_by_status(
    session: Session, *, event_id: int, brought_by_id: int | None
) -> dict[ParticipationStatus, int]:
    """How many participations have each status."""
    scope = _conditions(event_id, ParticipationFilter(brought_by_id=brought_by_id))
    rows = session.execute(
        sa.select(Participation.status, sa.func.count()).where(*scope).group_by(Participation.status)
    )
    return {row.status: row[1] for row in rows}


def _conditions(event_id: int, wanted: ParticipationFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Participation.event_id == event_id]
    if wanted.brought_by_id is not None:
        found.append(Participation.brought_by_id == wanted.brought_by_id)
    if wanted.status is not None:
        found.append(Participation.status == wanted.status)
    if wanted.group_id is not None:
        found.append(Participation.group_id == wanted.group_id)
    if wanted.is_unconfirmed:
        found.append(Participation.confirmed_at.is_(None))
    if wanted.is_thin:
        found.append(_is_thin())
    if wanted.text:
        found.append(_holds(wanted.text))
    return found


def _is_thin() -> sa.ColumnElement[bool]:
    """The rule of `Completeness.is_thin`, for the database."""
    lacks = [
        ~sa.exists().where(Entry.participation_id == Participation.id, Entry.kind == kind)
        for kind in EntryKind
    ]
    return sa.or_(sa.func.length(Participation.description) < LEAST_DESCRIPTION, *lacks)


def _holds(text: str) -> sa.ColumnElement[bool]:
    is_called = sa.or_(
        Person.name.icontains(text, autoescape=True), Person.email.icontains(text, autoescape=True)
    )
    has = sa.exists().where(
        Delegate.participation_id == Participation.id, Delegate.person_id == Person.id, is_called
    )
    return sa.or_(
        Organisation.name.icontains(text, autoescape=True),
        Participation.external_id.icontains(text, autoescape=True),
        Participation.sector.icontains(text, autoescape=True),
        has,
    )


def _last_invitations(session: Session, numbers: Collection[int]) -> dict[int, OutboxMail]:
    mails = session.scalars(
        sa.select(OutboxMail)
        .where(OutboxMail.participation_id.in_(numbers), OutboxMail.kind.startswith("invitation"))
        .order_by(OutboxMail.id)
    )
    return {mail.participation_id or 0: mail for mail in mails}


def _listed(participation: Participation, mail: OutboxMail | None) -> ListedParticipation:
    whole = completeness(participation, participation.organisation.kind)
    error = mail.last_error if mail is not None and mail.status != MailStatus.SENT else ""
    return ListedParticipation(
        participation, whole, _invitation(participation, mail), participation.invitation_error or error
    )


def _invitation(participation: Participation, mail: OutboxMail | None) -> InvitationState:
    if participation.invitation_answered_at is not None:
        return InvitationState.YES if participation.confirmed_at else InvitationState.NO
    if participation.confirmed_at is not None or participation.status == ParticipationStatus.WITHDRAWN:
        return InvitationState.NOT_NEEDED
    if participation.invitation_opened_at is not None:
        return InvitationState.OPENED
    if participation.invitation_refused_at is not None:
        return InvitationState.REFUSED
    if participation.invitation_sent_at is not None:
        is_waiting = mail is not None and mail.status == MailStatus.PENDING
        return InvitationState.WAITING if is_waiting else InvitationState.SENT
    has_address = any(
        delegate.person.email for delegate in participation.delegates if delegate.left_at is None
    )
    return InvitationState.NOT_SENT if has_address else InvitationState.NO_ADDRESS
