"""A person leaves an organisation and its delegates: foreseen, done, and taken back while mails wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    Change,
    Delegate,
    Event,
    MailStatus,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Participation,
    ParticipationStatus,
)
from matchmaker.services.change import AT_ONCE
from matchmaker.services.delegate import LastManager, manages_alone, refuse_last_manager
from matchmaker.services.delegate_removal import foresee_delegate_removal, let_go
from matchmaker.services.organisation_member import active_member, keep_a_manager, note_member
from matchmaker.services.removal import Outlook
from matchmaker.services.row_dump import dump_rows, values_of
from matchmaker.services.undo import undo_change


class ManagesAlone(Conflict):
    """Registrations would be left without anybody who manages them."""

    message = N_(
        "Nobody else manages the registration for %(events)s. Make another delegate a manager there first."
    )


@dataclass(frozen=True)
class Parting:
    """An event that is not over, what becomes of the person's meetings there, and what stands against it."""

    event: Event
    participation_id: int
    outlook: Outlook
    manages_alone: bool


@dataclass(frozen=True)
class HeldDeparture:
    """A departure that can still be taken back: whose, until when, and how many mails wait."""

    organisation_id: int
    person_id: int
    name: str
    until: dt.datetime
    mails: int


def foresee_departure(
    session: Session, *, person_id: int, now: dt.datetime, organisation_id: int | None = None
) -> list[Parting]:
    """What leaving the organisation (None: every one) would do at the events that are not over."""
    found = []
    for delegate in _delegates(session, person_id, organisation_id):
        event = session.get_one(Event, delegate.event_id)
        if not _is_over(event, now):
            outlook = foresee_delegate_removal(session, event=event, delegate=delegate, now=now)
            found.append(
                Parting(event, delegate.participation_id, outlook, _stands_against(session, delegate, now))
            )
    return found


def remove_member(
    session: Session,
    *,
    organisation_id: int,
    person_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> list[Change]:
    """End a person's membership and take the person off the delegates of the organisation's participations.

    Coming meetings go to a free colleague, move or are cancelled; everybody concerned gets one mail of each
    event, due when `hold` is over, and until then `take_departure_back` undoes all of it. Raises LastManager
    where nobody else manages the organisation, ManagesAlone where nobody else manages a participation.
    """
    member = active_member(session, organisation_id, person_id)
    if member.role == MemberRole.MANAGER:
        keep_a_manager(session, organisation_id, without=person_id)
    delegates = _delegates(session, person_id, organisation_id)
    _keep_managers(session, delegates, now)
    of_person = OrganisationMember.person_id == person_id
    was = dump_rows(
        session, OrganisationMember, OrganisationMember.organisation_id == organisation_id, of_person
    )
    is_own = _is_member(session, organisation_id, actor_id)
    name = session.get_one(Organisation, organisation_id).name
    changes = []
    for delegate in delegates:
        change = let_go(
            session, event=session.get_one(Event, delegate.event_id), delegate=delegate, actor_id=actor_id,
            now=now, hold=hold, behalf_of_id=None if is_own else delegate.participation_id,
            left_organisation_id=organisation_id, left_person_id=person_id, organisation=name,
        )  # fmt: skip
        change.before = {**change.before, "member": was}
        changes.append(change)
    session.delete(member)
    session.flush()
    note_member(session, "remove_member", organisation_id, person_id, actor_id=actor_id, now=now)
    return changes


def held_departures(
    session: Session, *, actor_id: int, organisation_id: int, now: dt.datetime
) -> list[HeldDeparture]:
    """The departures from the organisation that this person made and can take back, the latest first."""
    found: dict[int, HeldDeparture] = {}
    for change in _held(session, actor_id, organisation_id, now):
        person_id = change.details["left_person_id"]
        mails = _waiting(session, change.id)
        if person_id in found:
            mails += found[person_id].mails
        name = change.details.get("name", "")
        found[person_id] = HeldDeparture(organisation_id, person_id, name, change.held_until, mails)
    return list(found.values())


def take_departure_back(
    session: Session, *, organisation_id: int, person_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Undo what this person did: membership, delegates and meetings are as before, and nobody is told.

    Raises NotFound when nothing of it is held, MailsOut or AnsweredMeanwhile as undoing any change does.
    """
    # the lock of those who remove: who takes back twice at once does it once
    session.execute(sa.select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    changes = [
        change
        for change in _held(session, actor_id, organisation_id, now)
        if change.details["left_person_id"] == person_id
    ]
    if not changes:
        raise NotFound()
    (was,) = changes[0].before["member"]
    for change in changes:
        undo_change(session, change=change, actor_id=actor_id, now=now)
    session.merge(OrganisationMember(**values_of(OrganisationMember, was)))
    session.flush()
    note_member(session, "take_departure_back", organisation_id, person_id, actor_id=actor_id, now=now)


def _delegates(session: Session, person_id: int, organisation_id: int | None) -> Sequence[Delegate]:
    own = sa.select(Delegate).join(Participation, Participation.id == Delegate.participation_id)
    own = own.where(Delegate.person_id == person_id, Delegate.left_at.is_(None))
    if organisation_id is not None:
        own = own.where(Participation.organisation_id == organisation_id)
    return session.scalars(own.order_by(Delegate.event_id, Delegate.id)).all()


def _keep_managers(session: Session, delegates: Sequence[Delegate], now: dt.datetime) -> None:
    names = []
    for delegate in delegates:
        if _needs_manager(session, delegate, now):
            try:
                refuse_last_manager(session, delegate)
            except LastManager:
                names.append(session.get_one(Event, delegate.event_id).name)
    if names:
        raise ManagesAlone(events=", ".join(names))


def _stands_against(session: Session, delegate: Delegate, now: dt.datetime) -> bool:
    return _needs_manager(session, delegate, now) and manages_alone(session, delegate)


def _needs_manager(session: Session, delegate: Delegate, now: dt.datetime) -> bool:
    """Whether the delegate manages something that somebody still has to manage."""
    side = session.get_one(Participation, delegate.participation_id)
    is_over = _is_over(session.get_one(Event, delegate.event_id), now)
    return delegate.is_manager and side.status != ParticipationStatus.WITHDRAWN and not is_over


def _is_over(event: Event, now: dt.datetime) -> bool:
    return event.ends_on < now.date()


def _is_member(session: Session, organisation_id: int, person_id: int) -> bool:
    row = session.get(OrganisationMember, (organisation_id, person_id))
    return row is not None and row.status == MemberStatus.ACTIVE


def _held(session: Session, actor_id: int, organisation_id: int, now: dt.datetime) -> list[Change]:
    events = sa.select(Participation.event_id).where(Participation.organisation_id == organisation_id)
    rows = session.scalars(
        sa.select(Change)
        .where(
            Change.event_id.in_(events), Change.made_by_id == actor_id, Change.undone_at.is_(None),
            Change.held_until > now,
        )
        .order_by(Change.id.desc())
    )  # fmt: skip
    return [row for row in rows if row.details.get("left_organisation_id") == organisation_id]


def _waiting(session: Session, change_id: int) -> int:
    waiting = sa.select(sa.func.count()).where(
        OutboxMail.change_id == change_id, OutboxMail.status == MailStatus.PENDING
    )
    return session.scalar(waiting) or 0
