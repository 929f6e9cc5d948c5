"""Who sits in meetings for a participation: invited by mail, corrected, forgotten."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import (
    Availability,
    Delegate,
    Event,
    Link,
    LinkKind,
    MeetingDelegate,
    Organisation,
    Participation,
    Person,
    ShiftStaff,
)
from matchmaker.services.audit import record
from matchmaker.services.erased_address import erased_among
from matchmaker.services.link import issue_link
from matchmaker.services.outbox import queue_mail

LINK_LIFETIME = dt.timedelta(days=60)


class LastManager(Conflict):
    """Nobody would be left who may edit the profile."""

    message = N_("Somebody has to manage this participation. Make another delegate manager first.")


class DoesNotWant(Conflict):
    """The address belongs to somebody who asked not to be invited again."""

    message = N_("The owner of this address asked not to be invited again. Ask in person to register.")


def add_delegate(
    session: Session,
    *,
    event: Event,
    participation: Participation,
    email: str,
    name: str,
    job_title: str,
    time_zone: str,
    is_manager: bool,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Delegate:
    """Let a person sit for the participation and tell the person by mail; a second time changes nothing.

    Somebody with an account keeps the own name and zone; others choose a password over the mail's link.
    """
    address = email.strip().lower()
    person = session.scalar(sa.select(Person).where(Person.email == address))
    if person is None:
        if erased_among(session, emails=[address]):
            raise DoesNotWant(field="email")
        person = Person(
            email=address,
            name=name,
            job_title=job_title,
            time_zone=time_zone,
            language=session.get_one(Person, actor_id).language,
            created_at=now,
        )
        session.add(person)
        session.flush()
    known = session.scalar(
        sa.select(Delegate).where(
            Delegate.participation_id == participation.id, Delegate.person_id == person.id
        )
    )
    if known is not None and known.left_at is None:
        return known
    delegate = known or Delegate(
        event_id=event.id, participation_id=participation.id, person_id=person.id, created_at=now
    )
    delegate.is_manager = is_manager
    session.add(delegate)
    come_back(session, delegate)
    note_delegate(session, "add_delegate", delegate, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)
    if person.id != actor_id:
        _tell(session, event, participation, delegate, person, actor_id, now)
    return delegate


def correct_delegate(
    session: Session,
    *,
    delegate: Delegate,
    name: str,
    email: str,
    job_title: str,
    time_zone: str,
    is_manager: bool,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Change what a delegate may do and, of a person without an account, name, address and zone."""
    if delegate.is_manager and not is_manager:
        refuse_last_manager(session, delegate)
    delegate.is_manager = is_manager
    if not has_account(delegate.person):
        if not name:
            raise Invalid(N_("Please write the name."), field="name")
        _correct_address(session, delegate, email.strip().lower() or None, now)
        delegate.person.name = name
        delegate.person.job_title = job_title
        delegate.person.time_zone = time_zone
    session.flush()
    note_delegate(
        session, "correct_delegate", delegate, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id
    )


def _correct_address(session: Session, delegate: Delegate, email: str | None, now: dt.datetime) -> None:
    """Give a contact without an account another address; links to the old one become worthless."""
    person = delegate.person
    if email == person.email:
        return
    if email is not None and session.scalar(sa.select(Person.id).where(Person.email == email)):
        raise Invalid(
            N_("Somebody has this address already. Add that person as a delegate and remove this one."),
            field="email",
        )
    if email is not None and erased_among(session, emails=[email]):
        raise DoesNotWant(field="email")
    elsewhere = session.scalar(
        sa.select(sa.func.count())
        .select_from(Delegate)
        .where(Delegate.person_id == person.id, Delegate.id != delegate.id)
    )
    if elsewhere:
        # else whoever edits one participation could turn the mails of another to itself
        raise Invalid(
            N_("This person sits elsewhere too. Add a delegate with the right address and remove this one."),
            field="email",
        )
    _revoke_links(session, delegate, now)
    person.email = email
    person.email_confirmed_at = None
    participation = session.get_one(Participation, delegate.participation_id)
    participation.invitation_refused_at = None
    participation.invitation_error = ""


def forget_delegate(session: Session, *, delegate: Delegate, now: dt.datetime) -> None:
    """Delete a delegate that has no seats, with the traces it left in drafts and former meetings."""
    _revoke_links(session, delegate, now)
    session.execute(sa.delete(MeetingDelegate).where(MeetingDelegate.delegate_id == delegate.id))
    session.execute(sa.delete(ShiftStaff).where(ShiftStaff.delegate_id == delegate.id))
    session.delete(delegate)
    session.flush()


def come_back(session: Session, delegate: Delegate) -> None:
    """Let whoever had left sit again, with the usual hours; anybody else keeps what was said of the slots."""
    session.flush()
    if delegate.left_at is not None:
        delegate.left_at = None
        session.execute(sa.delete(Availability).where(Availability.delegate_id == delegate.id))
        session.flush()


def has_account(person: Person) -> bool:
    """Whether the person can log in, and therefore keeps its own name and zone."""
    return person.password_hash is not None


def refuse_last_manager(session: Session, delegate: Delegate) -> None:
    """Raise LastManager when nobody else manages the participation."""
    # its row is the lock: two managers who go at once cannot both be "not the last"
    session.execute(
        sa.select(Participation.id)
        .where(Participation.id == delegate.participation_id)
        .with_for_update(key_share=True)
    )
    if manages_alone(session, delegate):
        raise LastManager()


def manages_alone(session: Session, delegate: Delegate) -> bool:
    """Whether the delegate is the only one who manages the participation."""
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(Delegate)
        .where(
            Delegate.participation_id == delegate.participation_id,
            Delegate.is_manager.is_(True),
            Delegate.id != delegate.id,
        )
    )
    return delegate.is_manager and not others


def _tell(
    session: Session,
    event: Event,
    participation: Participation,
    delegate: Delegate,
    person: Person,
    actor_id: int,
    now: dt.datetime,
) -> None:
    token = None
    if not has_account(person) and person.email is not None:
        token = issue_link(
            session,
            kind=LinkKind.ANSWER_INVITATION,
            email=person.email,
            lifetime=LINK_LIFETIME,
            person_id=person.id,
            now=now,
            event_id=event.id,
            participation_id=participation.id,
            delegate_id=delegate.id,
        )
    queue_mail(
        session,
        kind="delegate_added",
        key=f"delegate_added:{delegate.id}:{now.isoformat()}",
        person=person,
        arguments={
            "event_name": event.name,
            "event_slug": event.slug,
            "organisation": session.get_one(Organisation, participation.organisation_id).name,
            "added_by": session.get_one(Person, actor_id).name,
            "organiser_name": event.organiser_name,
            "organiser_address": event.organiser_address,
            "participation_id": participation.id,
            "delegate_id": delegate.id,
            "token": token,
        },
        event_id=event.id,
        participation_id=participation.id,
        now=now,
    )


def open_invitations(session: Session, delegate: Delegate) -> list[int]:
    """The links by which the person could still answer the invitation to this participation."""
    links = session.scalars(
        sa.select(Link).where(
            Link.kind == LinkKind.ANSWER_INVITATION,
            Link.person_id == delegate.person_id,
            Link.used_at.is_(None),
            Link.revoked_at.is_(None),
        )
    )
    return [link.id for link in links if link.arguments.get("participation_id") == delegate.participation_id]


def _revoke_links(session: Session, delegate: Delegate, now: dt.datetime) -> None:
    for number in open_invitations(session, delegate):
        session.get_one(Link, number).revoked_at = now


def note_delegate(
    session: Session,
    action: str,
    delegate: Delegate,
    *,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None,
) -> None:
    """Write down what happened to a delegate."""
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="delegate",
        subject_id=delegate.id,
        event_id=delegate.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
        person_id=delegate.person_id,
        participation_id=delegate.participation_id,
    )
