"""What the contact of an imported firm does with its invitation: look, say yes, say no, be erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.errors import LinkInvalid
from matchmaker.models import (
    Approval,
    Delegate,
    Entry,
    EntryKind,
    Event,
    Link,
    LinkKind,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.audit import record
from matchmaker.services.delegate import has_account
from matchmaker.services.delegate_removal import let_go, remove_delegate
from matchmaker.services.erasure import erase_invited
from matchmaker.services.link import find_link, use_link
from matchmaker.services.organisation import website_address
from matchmaker.services.organisation_invitation import NewPerson
from matchmaker.services.organisation_member import ask_to_join
from matchmaker.services.participation import record_change
from matchmaker.services.participation_mail import tell_organisers
from matchmaker.services.password import set_password
from matchmaker.services.profile import ProfileText
from matchmaker.services.withdrawal import withdraw, withdraw_for_good


@dataclass(frozen=True)
class Invitation:
    """An invitation that waits for its answer; `is_of_firm` is False for one of a single delegate."""

    link: Link
    participation: Participation
    person: Person
    is_of_firm: bool

    @property
    def has_account(self) -> bool:
        """Whether the person has a password already."""
        return has_account(self.person)


@dataclass(frozen=True)
class EntryLine:
    """An offer or need as the invited firm corrects it; an empty title removes it."""

    entry_id: int | None
    kind: EntryKind
    title: str
    text: str


def look_at_invitation(session: Session, *, token: str, now: dt.datetime) -> Invitation:
    """The invitation of this link; raises LinkInvalid when it was answered, taken back or is too old."""
    link = find_link(session, kind=LinkKind.ANSWER_INVITATION, token=token, now=now)
    participation = session.scalar(
        sa.select(Participation)
        .where(Participation.id == link.arguments["participation_id"])
        .options(
            joinedload(Participation.organisation),
            joinedload(Participation.event),
            joinedload(Participation.group),
            selectinload(Participation.entries),
        )
    )
    person = session.get(Person, link.person_id) if link.person_id else None
    if participation is None or person is None or person.erased_at is not None:
        raise LinkInvalid()
    return Invitation(link, participation, person, "delegate_id" not in link.arguments)


def note_opened(session: Session, *, token: str, now: dt.datetime) -> None:
    """Write down that the link was used (by a person or by a scanner: nobody can tell them apart)."""
    invitation = look_at_invitation(session, token=token, now=now)
    invitation.link.opened_at = invitation.link.opened_at or now
    session.flush()
    if invitation.is_of_firm:
        session.execute(
            # no new version: nobody's form of the profile gets stale by it
            sa.update(Participation)
            .where(
                Participation.id == invitation.participation.id, Participation.invitation_opened_at.is_(None)
            )
            .values(invitation_opened_at=now)
        )


def accept(
    session: Session,
    *,
    token: str,
    new_person: NewPerson | None,
    profile: ProfileText | None,
    entries: Sequence[EntryLine],
    now: dt.datetime,
) -> Invitation:
    """Say yes: the person gets an account where it had none, and the firm's corrected profile counts.

    The firm is approved, or, where an enabler brought it and the event approves by hand, waits for it.
    """
    invitation = look_at_invitation(session, token=token, now=now)
    use_link(session, kind=LinkKind.ANSWER_INVITATION, token=token, now=now)
    person = invitation.person
    if new_person is not None and not has_account(person):
        person.name = new_person.name
        person.language = new_person.language
        person.time_zone = new_person.time_zone
        person.privacy_version = new_person.privacy_version
        person.privacy_shown_at = now
        set_password(person, new_person.password)
    person.email_confirmed_at = person.email_confirmed_at or now
    session.flush()
    if invitation.is_of_firm:
        _confirm(session, invitation, profile, entries, now)
    _revoke_others(session, invitation, now)
    record(
        session,
        actor_id=person.id,
        action="accept_invitation",
        subject="participation",
        subject_id=invitation.participation.id,
        event_id=invitation.participation.event_id,
        now=now,
    )
    return invitation


def decline(session: Session, *, token: str, now: dt.datetime) -> Invitation:
    """Say no: the firm is withdrawn and never asked again for this event; a single delegate is removed.

    Meetings and seats that it has by then go as they do with anybody who leaves, and all are told once.
    """
    invitation = look_at_invitation(session, token=token, now=now)
    use_link(session, kind=LinkKind.ANSWER_INVITATION, token=token, now=now)
    if invitation.is_of_firm:
        participation = invitation.participation
        event = session.get_one(Event, participation.event_id)
        # one that was included unconfirmed can have meetings and seats before it says no
        withdraw(
            session, event=event, participation_ids=[participation.id], actor_id=invitation.person.id, now=now
        )
        participation.is_included_unconfirmed = False
        participation.invitation_answered_at = now
        participation.updated_at = now
        session.flush()
        record_change(session, "decline_invitation", participation, actor_id=invitation.person.id, now=now)
    else:
        _leave(session, invitation, now)
    _revoke_others(session, invitation, now)
    return invitation


def erase(session: Session, *, token: str, now: dt.datetime) -> None:
    """Say no and be erased: only the hash of the address is kept, so that later imports respect it.

    Others who lose a meeting or seat by it are told once, without the person's name.
    """
    invitation = look_at_invitation(session, token=token, now=now)
    use_link(session, kind=LinkKind.ANSWER_INVITATION, token=token, now=now)
    if invitation.is_of_firm:
        event = session.get_one(Event, invitation.participation.event_id)
        withdraw_for_good(
            session, event=event, participation=invitation.participation, actor_id=invitation.person.id,
            now=now,
        )  # fmt: skip
    else:
        _leave_for_good(session, invitation, now)
    erase_invited(
        session,
        person=invitation.person,
        participation=invitation.participation if invitation.is_of_firm else None,
        email=invitation.link.email,
        now=now,
    )


def _confirm(
    session: Session,
    invitation: Invitation,
    profile: ProfileText | None,
    entries: Sequence[EntryLine],
    now: dt.datetime,
) -> None:
    participation = invitation.participation
    event = session.get_one(Event, participation.event_id)
    if profile is not None:
        _correct(participation, profile)
        _correct_entries(participation, entries)
    participation.confirmed_at = now
    participation.invitation_answered_at = now
    participation.is_included_unconfirmed = False
    participation.updated_at = now
    waits = participation.origin == Origin.ENABLER and event.approval == Approval.BY_HAND
    if participation.status != ParticipationStatus.APPROVED:
        participation.status = ParticipationStatus.REGISTERED if waits else ParticipationStatus.APPROVED
    session.flush()
    if participation.status == ParticipationStatus.REGISTERED:
        tell_organisers(session, event=event, participation=participation, now=now)
    _join(session, invitation, now)


def _correct(participation: Participation, profile: ProfileText) -> None:
    participation.description = profile.description
    participation.language = profile.language
    participation.sector = profile.sector
    participation.stage = profile.stage
    participation.size = profile.size
    participation.country = profile.country
    participation.region = profile.region
    participation.languages = list(profile.languages)
    participation.website = website_address(profile.website)
    participation.wanted_kinds = list(profile.wanted_kinds)
    participation.wanted_text = profile.wanted_text


def _correct_entries(participation: Participation, lines: Sequence[EntryLine]) -> None:
    known = {entry.id: entry for entry in participation.entries}
    kept = []
    for position, line in enumerate(line for line in lines if line.title):
        entry = known.get(line.entry_id or 0) or Entry(
            kind=line.kind, language=participation.language, topics=[]
        )
        entry.title = line.title
        entry.text = line.text
        entry.position = position
        kept.append(entry)
    participation.entries = kept


def _join(session: Session, invitation: Invitation, now: dt.datetime) -> None:
    """Make the contact a manager of an organisation that is nobody's yet; else its managers decide."""
    organisation_id = invitation.participation.organisation_id
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(OrganisationMember)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.status == MemberStatus.ACTIVE,
        )
    )
    elsewhere = session.scalar(
        sa.select(sa.func.count())
        .select_from(Participation)
        .where(
            Participation.organisation_id == organisation_id,
            Participation.id != invitation.participation.id,
        )
    )
    # whoever was imported into one event must not come to manage what others keep in another
    if others or elsewhere:
        ask_to_join(session, organisation_id=organisation_id, person=invitation.person, now=now)
        return
    member = session.get(OrganisationMember, (organisation_id, invitation.person.id))
    if member is None:
        member = OrganisationMember(organisation_id=organisation_id, person_id=invitation.person.id)
        session.add(member)
    member.role, member.status, member.created_at = MemberRole.MANAGER, MemberStatus.ACTIVE, now
    session.flush()


def _leave(session: Session, invitation: Invitation, now: dt.datetime) -> None:
    delegate = _invited_delegate(session, invitation)
    if delegate is not None:
        event = session.get_one(Event, delegate.event_id)
        remove_delegate(session, event=event, delegate=delegate, actor_id=invitation.person.id, now=now)


def _leave_for_good(session: Session, invitation: Invitation, now: dt.datetime) -> None:
    """Take the person out even where nobody else manages: nobody is kept for that."""
    delegate = _invited_delegate(session, invitation)
    if delegate is not None:
        event = session.get_one(Event, delegate.event_id)
        change = let_go(
            session, event=event, delegate=delegate, actor_id=invitation.person.id, now=now, is_named=False
        )
        # an erasure is not undone: what that would take is personal too
        session.delete(change)
        session.flush()


def _invited_delegate(session: Session, invitation: Invitation) -> Delegate | None:
    """The delegate of the invitation, unless it was removed meanwhile."""
    delegate = session.get(Delegate, invitation.link.arguments["delegate_id"])
    return None if delegate is None or delegate.left_at is not None else delegate


def _revoke_others(session: Session, invitation: Invitation, now: dt.datetime) -> None:
    """Make earlier invitations to the same participation worthless."""
    links = session.scalars(
        sa.select(Link).where(
            Link.kind == LinkKind.ANSWER_INVITATION,
            Link.used_at.is_(None),
            Link.revoked_at.is_(None),
            Link.arguments["participation_id"].as_integer() == invitation.participation.id,
        )
    )
    for link in links:
        if invitation.is_of_firm or link.person_id == invitation.person.id:
            link.revoked_at = now
    session.flush()
