"""Erasing an account: nothing personal stays, nobody is left sitting alone."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict
from matchmaker.models import (
    AuditEntry,
    Consent,
    Delegate,
    ErasedAddress,
    Event,
    InstallationRight,
    Link,
    LinkKind,
    LoginSession,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
    RateCount,
    Seat,
)
from matchmaker.services.account import WrongPassword
from matchmaker.services.account_erasure import erase_account
from matchmaker.services.audit import record
from matchmaker.services.link import issue_link
from matchmaker.services.login import open_login
from matchmaker.services.outbox import queue_mail
from matchmaker.services.password import set_password
from matchmaker.services.rate_limit import count_try
from matchmaker.services.seat import claim_seats
from tests.factories import (
    NOW,
    PASSWORD,
    add,
    make_delegate,
    make_event,
    make_organisation,
    make_participation,
    make_person,
    make_place,
    make_slots,
)


@pytest.fixture
def person(session: Session) -> Person:
    """Somebody with a password."""
    person = make_person(session, name="Anna Muster", email="anna@acme.example")
    set_password(person, PASSWORD)
    return person


def _meeting(session: Session, event: Event, person: Person) -> tuple[Meeting, Participation]:
    own = make_participation(session, event, person=person)
    other = make_participation(session, event, group="corporates")
    slot = make_slots(session, event, count=1)[0]
    meeting = add(
        session,
        Meeting(
            event_id=event.id,
            participation_a_id=own.id,
            participation_b_id=other.id,
            slot_id=slot.id,
            place_id=make_place(session, event).id,
            status=MeetingStatus.CONFIRMED,
            uid="m@test.example",
            created_at=NOW,
            updated_at=NOW,
        ),
    )
    for participation in (own, other):
        sitter = participation.delegates[0]
        add(
            session,
            MeetingDelegate(meeting_id=meeting.id, delegate_id=sitter.id, event_id=event.id),
        )
    claim_seats(session, meeting=meeting)
    return meeting, own


@pytest.mark.both_databases
def test_nothing_personal_stays(session: Session, person: Person, now: dt.datetime) -> None:
    person_id, event = person.id, make_event(session)
    _meeting(session, event, person)
    make_organisation(session, person)
    open_login(session, person=person, user_agent="x", lifetime=dt.timedelta(days=1), now=now)
    add(session, Consent(person_id=person_id, kind="news", version="1", given_at=now))
    issue_link(
        session,
        kind=LinkKind.RESET_PASSWORD,
        email="anna@acme.example",
        lifetime=dt.timedelta(days=1),
        now=now,
        person_id=person_id,
    )
    queue_mail(session, kind="password_changed", key="k", person=person, arguments={}, now=now)
    record(session, actor_id=person_id, action="x", subject="y", subject_id=1, now=now)
    erase_account(session, person_id=person_id, password=PASSWORD, now=now)
    session.flush()
    left = {
        table.__name__: session.scalar(sa.select(sa.func.count()).where(condition))
        for table, condition in (
            (Person, Person.id == person_id),
            (Delegate, Delegate.person_id == person_id),
            (Seat, Seat.person_id == person_id),
            (LoginSession, LoginSession.person_id == person_id),
            (Consent, Consent.person_id == person_id),
            (Link, Link.email == "anna@acme.example"),
            (OutboxMail, OutboxMail.to_email == "anna@acme.example"),
            (OrganisationMember, OrganisationMember.person_id == person_id),
        )
    }
    assert set(left.values()) == {0}, left
    assert session.scalar(sa.select(sa.func.count()).select_from(ErasedAddress)) == 1


def test_meeting_without_a_colleague_is_cancelled_and_the_registration_withdrawn(
    session: Session, person: Person, now: dt.datetime
) -> None:
    meeting, own = _meeting(session, make_event(session), person)
    erase_account(session, person_id=person.id, password=PASSWORD, now=now)
    session.expire_all()
    assert meeting.status == MeetingStatus.CANCELLED
    assert own.status == ParticipationStatus.WITHDRAWN


def test_free_colleague_takes_the_meeting_over(session: Session, person: Person, now: dt.datetime) -> None:
    meeting, own = _meeting(session, make_event(session), person)
    colleague = make_person(session)
    make_delegate(session, own, colleague)
    erase_account(session, person_id=person.id, password=PASSWORD, now=now)
    session.expire_all()
    assert meeting.status == MeetingStatus.CONFIRMED
    assert own.status == ParticipationStatus.APPROVED
    sitting = session.scalars(sa.select(Seat.person_id).where(Seat.meeting_id == meeting.id)).all()
    assert colleague.id in sitting


def test_longest_standing_colleague_becomes_manager(
    session: Session, person: Person, now: dt.datetime
) -> None:
    firm = make_organisation(session, person)
    colleagues = [make_person(session) for _ in range(2)]
    for days, colleague in zip((1, 9), colleagues, strict=True):
        add(
            session,
            OrganisationMember(
                organisation_id=firm.id,
                person_id=colleague.id,
                role=MemberRole.MEMBER,
                status=MemberStatus.ACTIVE,
                created_at=NOW - dt.timedelta(days=days),
            ),
        )
    erase_account(session, person_id=person.id, password=PASSWORD, now=now)
    roles = [session.get_one(OrganisationMember, (firm.id, c.id)).role for c in colleagues]
    assert roles == [MemberRole.MEMBER, MemberRole.MANAGER]


def test_wrong_password_erases_nothing(session: Session, person: Person, now: dt.datetime) -> None:
    with pytest.raises(WrongPassword):
        erase_account(session, person_id=person.id, password="not it at all", now=now)
    assert session.get(Person, person.id) is not None


def test_only_organiser_and_last_administrator_must_hand_over_first(
    session: Session, person: Person, now: dt.datetime
) -> None:
    make_event(session, person, name="Hydrogen day")
    with pytest.raises(Conflict, match="Hydrogen day"):
        erase_account(session, person_id=person.id, password=PASSWORD, now=now)
    admin = make_person(session, InstallationRight.ADMINISTRATOR)
    set_password(admin, PASSWORD)
    with pytest.raises(Conflict, match="last administrator"):
        erase_account(session, person_id=admin.id, password=PASSWORD, now=now)


def test_erasing_takes_the_address_out_of_notes_mails_links_and_counters(session: Session) -> None:
    person = make_person(session, email="ada_b@firm.example")
    other = make_person(session, email="adaxb@firm.example")
    set_password(person, PASSWORD)
    for one in (person, other):
        count_try(session, key=f"log-in:{one.email}", limit=9, window=dt.timedelta(hours=1), now=NOW)
        record(
            session, actor_id=None, action="invite_to_team", subject="event", subject_id=1, now=NOW,
            email=one.email, kind="desk",
        )  # fmt: skip
    session.flush()
    erase_account(session, person_id=person.id, password=PASSWORD, now=NOW)
    kept = session.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == "invite_to_team")).all()
    assert sorted(kept, key=len) == [{"kind": "desk"}, {"kind": "desk", "email": other.email}]
    assert session.scalars(sa.select(RateCount.key)).all() == [f"log-in:{other.email}"]
