"""Invites imported firms to their own filled-in profile, and reminds them.

The mail says who invites, where the data came from, what happens next and by when. The link in it
is good until the event is over, for one answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import (
    Delegate,
    Event,
    LinkKind,
    Organisation,
    Participation,
    ParticipationStatus,
    Person,
)
from matchmaker.services.chunks import chunks
from matchmaker.services.link import hash_token, issue_link
from matchmaker.services.outbox import queue_mail
from matchmaker.services.participation import of_event, record_change

# a second press of the button within this time sends nothing
PAUSE = dt.timedelta(hours=1)
LEAST_LIFETIME = dt.timedelta(days=14)


class SenderMissing(Conflict):
    """The event does not say who organises it."""

    message = N_(
        "Write the organiser's name, postal address and e-mail address in the set-up first: "
        "an invitation has to say who sends it."
    )


@dataclass(frozen=True)
class Invited:
    """What became of a list of participations to invite, in numbers."""

    sent: int = 0
    without_address: int = 0
    answered: int = 0
    just_sent: int = 0


def invite(
    session: Session,
    *,
    event: Event,
    participation_ids: Collection[int],
    answer_by: dt.date,
    note: str,
    actor_id: int,
    now: dt.datetime,
) -> Invited:
    """Mail an invitation (a reminder where one was sent before) to the contact of each unconfirmed firm.

    Those who answered, have no address or were mailed within the last hour are left out and counted.
    """
    if not (event.organiser_name and event.organiser_address and event.organiser_email):
        raise SenderMissing()
    if answer_by < now.date():
        raise Invalid(N_("Choose a day that is still to come."), field="answer_by")
    participations = of_event(session, event_id=event.id, participation_ids=participation_ids)
    contacts = contacts_of(session, participation_ids=[row.id for row in participations])
    names = _names(session, participations)
    sent = without_address = answered = just_sent = 0
    for participation in participations:
        contact = contacts.get(participation.id)
        if not waits_for_answer(participation):
            answered += 1
        elif contact is None:
            without_address += 1
        elif participation.invitation_sent_at and participation.invitation_sent_at > now - PAUSE:
            just_sent += 1
        else:
            name = names[participation.organisation_id]
            _send(session, event, participation, contact, name, answer_by, note, actor_id, now)
            sent += 1
    session.flush()
    return Invited(sent, without_address, answered, just_sent)


def waits_for_answer(participation: Participation) -> bool:
    """Whether nobody of the firm has said yes or no."""
    has_answered = participation.confirmed_at or participation.invitation_answered_at
    return not has_answered and participation.status != ParticipationStatus.WITHDRAWN


def usual_answer_by(event: Event, *, today: dt.date) -> dt.date:
    """A week before the event, or a week from now where that is later; never after its first day."""
    a_week = dt.timedelta(days=7)
    return min(max(event.starts_on - a_week, today + a_week), max(event.starts_on, today))


def contacts_of(session: Session, *, participation_ids: Collection[int]) -> dict[int, Person]:
    """Per participation the person to write to: its first manager with an address, else any delegate."""
    contacts: dict[int, Person] = {}
    for few in chunks(participation_ids):
        rows = session.execute(
            sa.select(Delegate.participation_id, Person)
            .join(Person, Person.id == Delegate.person_id)
            .where(
                Delegate.participation_id.in_(few),
                Delegate.left_at.is_(None),
                Person.email.is_not(None),
                Person.erased_at.is_(None),
            )
            .order_by(Delegate.is_manager.desc(), Delegate.id)
        )
        for participation_id, person in rows:
            contacts.setdefault(participation_id, person)
    return contacts


def _names(session: Session, participations: Sequence[Participation]) -> dict[int, str]:
    numbers = {participation.organisation_id for participation in participations}
    rows = session.execute(sa.select(Organisation.id, Organisation.name).where(Organisation.id.in_(numbers)))
    return {row.id: row.name for row in rows}


def _send(
    session: Session,
    event: Event,
    participation: Participation,
    contact: Person,
    organisation_name: str,
    answer_by: dt.date,
    note: str,
    actor_id: int,
    now: dt.datetime,
) -> None:
    is_reminder = participation.invitation_sent_at is not None
    after_event = dt.datetime.combine(event.ends_on, dt.time(), dt.UTC) + dt.timedelta(days=2)
    token = issue_link(
        session,
        kind=LinkKind.ANSWER_INVITATION,
        email=contact.email or "",
        lifetime=max(after_event - now, LEAST_LIFETIME),
        person_id=contact.id,
        now=now,
        event_id=event.id,
        participation_id=participation.id,
        answer_by=answer_by.isoformat(),
    )
    queue_mail(
        session,
        kind="invitation_reminder" if is_reminder else "invitation",
        key=f"invitation:{participation.id}:{hash_token(token)}",
        person=contact,
        arguments={
            "token": token,
            "organisation": organisation_name,
            "event_name": event.name,
            "event_zone": event.time_zone,
            "starts_on": event.starts_on.isoformat(),
            "ends_on": event.ends_on.isoformat(),
            "organiser_name": event.organiser_name,
            "organiser_address": event.organiser_address,
            "organiser_email": event.organiser_email,
            "source": participation.source,
            "answer_by": answer_by.isoformat(),
            "note": note,
            "is_included": participation.is_included_unconfirmed,
        },
        event_id=event.id,
        participation_id=participation.id,
        now=now,
    )
    participation.invitation_sent_at = now
    participation.invitation_refused_at = None
    participation.invitation_error = ""
    action = "remind" if is_reminder else "invite"
    record_change(session, action, participation, actor_id=actor_id, now=now)
