"""What is held of a person, as plain JSON: for the person itself, whenever it asks."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    Attendance,
    AuditEntry,
    Availability,
    Consent,
    Delegate,
    Event,
    EventRole,
    EventSession,
    LoginSession,
    MailRefusal,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    MeetingStatement,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Participation,
    Person,
    PersonCalendar,
    PersonRight,
    Place,
    RequestProposal,
    SeatWish,
    Slot,
    Wish,
)

Reading = sa.Select[*tuple[Any, ...]]

PERSON_FIELDS = (
    "email",
    "name",
    "job_title",
    "language",
    "time_zone",
    "email_confirmed_at",
    "privacy_version",
    "privacy_shown_at",
    "created_at",
)


def export_person(session: Session, *, person_id: int, now: dt.datetime) -> dict[str, Any]:
    """Everything that is kept of this person and everything it said or did, moments as ISO text in UTC."""
    person = session.get_one(Person, person_id)
    sections: dict[str, Reading] = {
        **_account(person_id),
        **_events(person_id),
        **_deeds(person_id),
    }
    return {
        "exported_at": now.isoformat(),
        "person": {name: _plain(getattr(person, name)) for name in PERSON_FIELDS},
        **{name: _rows(session, select) for name, select in sections.items()},
    }


def _rows(session: Session, select: Reading) -> list[dict[str, Any]]:
    rows: Sequence[Any] = session.execute(select).mappings().all()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, enum.StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else value


def _account(person_id: int) -> dict[str, Reading]:
    return {
        "rights": sa.select(PersonRight.right, PersonRight.granted_at).where(
            PersonRight.person_id == person_id
        ),
        "consents": sa.select(Consent.kind, Consent.version, Consent.given_at, Consent.withdrawn_at).where(
            Consent.person_id == person_id
        ),
        "log_ins": sa.select(
            LoginSession.created_at, LoginSession.expires_at, LoginSession.ended_at, LoginSession.user_agent
        )
        .where(LoginSession.person_id == person_id)
        .order_by(LoginSession.id),
        "organisations": sa.select(
            Organisation.name,
            OrganisationMember.role,
            OrganisationMember.status,
            OrganisationMember.created_at,
        )
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.person_id == person_id)
        .order_by(Organisation.name),
        "mails": sa.select(
            OutboxMail.kind, OutboxMail.to_email, OutboxMail.status, OutboxMail.created_at, OutboxMail.sent_at
        )
        .where(OutboxMail.person_id == person_id)
        .order_by(OutboxMail.id),
        "mails_switched_off": sa.select(MailRefusal.topic, MailRefusal.refused_at)
        .where(MailRefusal.person_id == person_id)
        .order_by(MailRefusal.topic),
        "calendar": sa.select(PersonCalendar.choice, PersonCalendar.feed_made_at).where(
            PersonCalendar.person_id == person_id
        ),
    }


def _events(person_id: int) -> dict[str, Reading]:
    meetings = (
        sa.select(
            Event.name.label("event"),
            Meeting.status,
            Slot.starts_at,
            Slot.ends_at,
            Place.name.label("place"),
        )
        .join(MeetingDelegate, MeetingDelegate.meeting_id == Meeting.id)
        .join(Delegate, Delegate.id == MeetingDelegate.delegate_id)
        .join(Event, Event.id == Meeting.event_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(Delegate.person_id == person_id, Meeting.status != "draft")
        .order_by(Slot.starts_at)
    )
    return {
        "event_roles": sa.select(Event.name.label("event"), EventRole.kind, EventRole.created_at)
        .join(Event, Event.id == EventRole.event_id)
        .where(EventRole.person_id == person_id),
        "participations": sa.select(
            Event.name.label("event"),
            Organisation.name.label("organisation"),
            Participation.status,
            Participation.source,
            Delegate.is_manager,
            Delegate.created_at,
        )
        .join(Participation, Participation.id == Delegate.participation_id)
        .join(Event, Event.id == Delegate.event_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Delegate.person_id == person_id)
        .order_by(Delegate.id),
        "availability": sa.select(Event.name.label("event"), Slot.starts_at, Availability.is_available)
        .join(Delegate, Delegate.id == Availability.delegate_id)
        .join(Slot, Slot.id == Availability.slot_id)
        .join(Event, Event.id == Availability.event_id)
        .where(Delegate.person_id == person_id)
        .order_by(Slot.starts_at),
        "meetings": meetings,
        "sessions_attended": sa.select(Event.name.label("event"), EventSession.title, EventSession.starts_at)
        .join(Attendance, Attendance.session_id == EventSession.id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .join(Event, Event.id == EventSession.event_id)
        .where(Delegate.person_id == person_id)
        .order_by(EventSession.starts_at),
    }


def _deeds(person_id: int) -> dict[str, Reading]:
    other = aliased(Organisation)
    about = aliased(Participation)
    return {
        "wishes_said": sa.select(
            Event.name.label("event"), other.name.label("about"), Wish.kind, Wish.said_at
        )
        .join(Event, Event.id == Wish.event_id)
        .join(about, about.id == Wish.to_id)
        .join(other, other.id == about.organisation_id)
        .where(Wish.said_by_id == person_id)
        .order_by(Wish.said_at),
        "seats_wished_for": sa.select(
            Event.name.label("event"), EventSession.title, SeatWish.is_strong, SeatWish.said_at
        )
        .join(EventSession, EventSession.id == SeatWish.session_id)
        .join(Event, Event.id == SeatWish.event_id)
        .where(SeatWish.said_by_id == person_id)
        .order_by(SeatWish.said_at, EventSession.id),
        "said_of_meetings": sa.select(
            Event.name.label("event"),
            other.name.label("with"),
            MeetingStatement.kind,
            MeetingStatement.usefulness,
            MeetingStatement.said_at,
        )
        .join(Meeting, Meeting.id == MeetingStatement.meeting_id)
        .join(Event, Event.id == Meeting.event_id)
        .join(
            about,
            sa.and_(
                about.id.in_((Meeting.participation_a_id, Meeting.participation_b_id)),
                about.id != MeetingStatement.participation_id,
            ),
        )
        .join(other, other.id == about.organisation_id)
        .where(MeetingStatement.said_by_id == person_id)
        .order_by(MeetingStatement.said_at, MeetingStatement.meeting_id),
        "meetings_asked_for": sa.select(
            Event.name.label("event"),
            other.name.label("of"),
            MeetingRequest.message,
            MeetingRequest.status,
            MeetingRequest.asked_at,
        )
        .join(Event, Event.id == MeetingRequest.event_id)
        .join(about, about.id == MeetingRequest.to_id)
        .join(other, other.id == about.organisation_id)
        .where(MeetingRequest.asked_by_id == person_id)
        .order_by(MeetingRequest.id),
        "times_proposed": sa.select(
            Event.name.label("event"), RequestProposal.message, RequestProposal.made_at
        )
        .join(Event, Event.id == RequestProposal.event_id)
        .where(RequestProposal.made_by_id == person_id)
        .order_by(RequestProposal.id),
        "changes_made": sa.select(AuditEntry.at, AuditEntry.action, AuditEntry.subject)
        .where(AuditEntry.actor_id == person_id)
        .order_by(AuditEntry.id),
    }
