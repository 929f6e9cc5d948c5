"""Erases an invited person, and the firm's profile where the invitation was the firm's."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    EventRole,
    EventSession,
    Meeting,
    MeetingRequest,
    MeetingStatement,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
    RequestProposal,
    SeatWish,
    Suggestion,
    Wish,
)
from matchmaker.services.audit import record
from matchmaker.services.delegate import has_account
from matchmaker.services.erased_address import forget_address


def erase_invited(
    session: Session,
    *,
    person: Person,
    participation: Participation | None,
    email: str,
    now: dt.datetime,
) -> None:
    """Erase what was imported and remember the hash of the address.

    A firm of which no meeting was ever made goes without a trace; of another one an empty, withdrawn
    participation stays beside its former meetings. Whoever has an account of their own keeps it.
    """
    event_id = None if participation is None else participation.event_id
    forget_address(session, email=email, now=now)
    if participation is not None:
        _erase_participation(session, participation)
    if not has_account(person):
        _erase_person(session, person, now)
    record(
        session,
        actor_id=None,
        action="erase_invited",
        subject="person",
        subject_id=None,
        event_id=event_id,
        now=now,
    )


def _erase_participation(session: Session, participation: Participation) -> None:
    organisation_id = participation.organisation_id
    is_side = sa.or_(
        Meeting.participation_a_id == participation.id, Meeting.participation_b_id == participation.id
    )
    if _count(session, is_side):
        _blank(participation)
        _forget_words(session, participation.id)
        session.flush()
        return
    colleagues = [delegate.person for delegate in participation.delegates]
    session.execute(
        sa.update(EventSession).where(EventSession.host_id == participation.id).values(host_id=None)
    )
    session.delete(participation)
    session.flush()
    for colleague in colleagues:
        _delete_unless_needed(session, colleague)
    _delete_organisation(session, organisation_id)


def _blank(participation: Participation) -> None:
    participation.entries = []
    participation.status = ParticipationStatus.WITHDRAWN
    participation.is_included_unconfirmed = False
    participation.external_id = None
    participation.languages, participation.wanted_kinds = [], []
    for column in ("description", "language", "sector", "stage", "size", "country", "region", "website"):
        setattr(participation, column, "")
    participation.wanted_text = participation.source = participation.invitation_error = ""


def _forget_words(session: Session, participation_id: int) -> None:
    """What the firm said of and to others, and the reasons of suggestions, which quote its profile."""
    of_pair = (Suggestion.participation_a_id, Suggestion.participation_b_id)
    session.execute(sa.delete(Suggestion).where(sa.or_(*(side == participation_id for side in of_pair))))
    of_pair = (Wish.from_id, Wish.to_id)
    session.execute(sa.delete(SeatWish).where(SeatWish.participation_id == participation_id))
    session.execute(sa.delete(Wish).where(sa.or_(*(side == participation_id for side in of_pair))))
    words = (
        (MeetingRequest, MeetingRequest.from_id, {"message": ""}),
        (MeetingRequest, MeetingRequest.to_id, {"answer": ""}),
        (RequestProposal, RequestProposal.by_id, {"message": ""}),
        (Meeting, Meeting.ended_by_id, {"reason": ""}),
        (MeetingStatement, MeetingStatement.participation_id, {"usefulness": None}),
    )
    for table, side, empty in words:
        session.execute(sa.update(table).where(side == participation_id).values(**empty))


def _delete_unless_needed(session: Session, person: Person) -> None:
    """Delete a contact without an account who sits nowhere else, and the mails to it; others stay."""
    if not has_account(person) and not _is_needed(session, person.id):
        session.execute(sa.delete(OutboxMail).where(OutboxMail.person_id == person.id))
        session.delete(person)
        session.flush()


def _erase_person(session: Session, person: Person, now: dt.datetime) -> None:
    """Delete the person, or make it nameless where other rows still lean on it."""
    if person not in session:
        return
    session.execute(sa.delete(OutboxMail).where(OutboxMail.person_id == person.id))
    if _is_needed(session, person.id):
        person.email = None
        person.name = ""
        person.job_title = ""
        person.erased_at = now
    else:
        session.delete(person)
    session.flush()


def _delete_organisation(session: Session, organisation_id: int) -> None:
    """Delete an organisation that only the import knew."""
    leans = (
        Participation.organisation_id == organisation_id,
        OrganisationMember.organisation_id == organisation_id,
        Organisation.merged_into_id == organisation_id,
    )
    if not any(_count(session, condition) for condition in leans):
        session.execute(sa.delete(Organisation).where(Organisation.id == organisation_id))
        session.flush()


def _is_needed(session: Session, person_id: int) -> bool:
    leans = (
        Delegate.person_id == person_id,
        EventRole.person_id == person_id,
        OrganisationMember.person_id == person_id,
    )
    return any(_count(session, condition) for condition in leans)


def _count(session: Session, condition: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(condition)) or 0
