"""Inviting imported firms, and what their contacts answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid, LinkInvalid
from matchmaker.models import (
    Approval,
    Availability,
    EntryKind,
    ErasedAddress,
    Event,
    Link,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    Origin,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
    RequestStatus,
    Round,
    RoundStatus,
    RoundStep,
    Suggestion,
    Wish,
    WishKind,
)
from matchmaker.services.delegate import add_delegate
from matchmaker.services.invitation import Invited, SenderMissing, invite, usual_answer_by
from matchmaker.services.invitation_answer import EntryLine, accept, decline, erase, note_opened
from matchmaker.services.login import log_in
from matchmaker.services.organisation_invitation import NewPerson
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.profile import ProfileText
from tests.factories import (
    NOW,
    PASSWORD,
    add,
    make_event,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)

LATER = NOW + dt.timedelta(days=1)
NEW = NewPerson("Ada", PASSWORD, "en", "America/Toronto", "2026-01")


def _imported(session: Session, event: Event, **values: Any) -> Participation:
    """A firm that was imported, with a contact who has no account."""
    email = values.pop("email", "contact@imported.example")
    person = make_person(session, email=email, name="Contact", email_confirmed_at=None)
    settings = {
        "confirmed_at": None,
        "status": ParticipationStatus.INVITED,
        "origin": Origin.IMPORTED,
        "source": "the fair's catalogue",
        "offers": ("Stacks",),
        **values,
    }
    return make_participation(session, event, person=person, **settings)


def _invite(session: Session, event: Event, *rows: Participation, now: dt.datetime = NOW) -> Invited:
    return invite(
        session,
        event=event,
        participation_ids=[row.id for row in rows],
        answer_by=dt.date(2026, 11, 18),
        note="",
        actor_id=make_person(session).id,
        now=now,
    )


def _token(session: Session) -> str:
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    return str(mail.arguments["token"])


def _accept(session: Session, token: str, new_person: NewPerson | None = NEW) -> None:
    accept(session, token=token, new_person=new_person, profile=None, entries=[], now=LATER)


def test_inviting_mails_those_who_can_answer_and_counts_the_rest(session: Session) -> None:
    event = make_event(session)
    waiting = _imported(session, event)
    nobody = _imported(session, event, email=None)
    confirmed = make_participation(session, event)
    assert _invite(session, event, waiting, nobody, confirmed) == Invited(1, 1, 1, 0)
    (mail,) = session.scalars(sa.select(OutboxMail)).all()
    assert (mail.kind, mail.to_email) == ("invitation", "contact@imported.example")
    assert (mail.arguments["source"], mail.arguments["organiser_address"]) == (
        "the fair's catalogue",
        "Street 1, 45127 Essen",
    )
    assert waiting.invitation_sent_at == NOW


def test_second_press_sends_nothing_and_a_later_one_reminds(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event)
    assert [_invite(session, event, firm).sent for _time in range(2)] == [1, 0]
    firm.invitation_refused_at = NOW
    assert _invite(session, event, firm, now=LATER).sent == 1
    kinds = session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert (kinds, firm.invitation_refused_at) == (["invitation", "invitation_reminder"], None)


def test_invitation_needs_a_sender_and_a_day_to_come(session: Session) -> None:
    event = make_event(session, organiser_address="")
    firm = _imported(session, event)
    with pytest.raises(SenderMissing):
        _invite(session, event, firm)
    event.organiser_address = "Street 1"
    with pytest.raises(Invalid):
        _invite(session, event, firm, now=NOW + dt.timedelta(days=30))


def test_usual_day_to_answer_by_is_a_week_before_and_never_past(session: Session) -> None:
    event = make_event(session)
    days = [dt.date(2026, 11, 2), dt.date(2026, 11, 17), dt.date(2026, 11, 24), dt.date(2026, 12, 1)]
    assert [usual_answer_by(event, today=day).isoformat() for day in days] == [
        "2026-11-18",
        "2026-11-24",
        "2026-11-25",
        "2026-12-01",
    ]


@pytest.mark.both_databases
def test_yes_makes_an_account_and_lets_the_firm_into_rounds(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event)
    _invite(session, event, firm)
    token = _token(session)
    note_opened(session, token=token, now=NOW)
    assert firm.invitation_opened_at == NOW
    _accept(session, token)
    assert (firm.status, firm.confirmed_at) == (ParticipationStatus.APPROVED, LATER)
    assert firm.invitation_answered_at == LATER
    assert session.scalars(participations_for_rounds(event.id)).all() == [firm]
    person = firm.delegates[0].person
    member = session.get_one(OrganisationMember, (firm.organisation_id, person.id))
    assert (member.role, member.status) == (MemberRole.MANAGER, MemberStatus.ACTIVE)
    assert log_in(
        session,
        email="contact@imported.example",
        password=PASSWORD,
        user_agent="",
        lifetime=dt.timedelta(days=1),
        now=LATER,
        is_this_machine=True,
    )
    with pytest.raises(LinkInvalid):
        _accept(session, token)


@pytest.mark.both_databases
def test_answering_makes_earlier_links_worthless(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event)
    _invite(session, event, firm)
    first = _token(session)
    _invite(session, event, firm, now=LATER)
    decline(session, token=_token(session), now=LATER)
    with pytest.raises(LinkInvalid):
        _accept(session, first)


def test_yes_with_corrections_changes_adds_and_removes_entries(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event, offers=("Stacks", "Service"))
    _invite(session, event, firm)
    first, second = firm.entries
    accept(
        session,
        token=_token(session),
        new_person=NEW,
        profile=_profile(description="Our own words"),
        entries=[
            EntryLine(first.id, EntryKind.OFFER, "", ""),
            EntryLine(second.id, EntryKind.OFFER, "Service in Europe", ""),
            EntryLine(None, EntryKind.NEED, "Pilot sites", "Near Essen"),
        ],
        now=LATER,
    )
    session.expire_all()
    assert firm.description == "Our own words"
    assert [(entry.kind, entry.title) for entry in firm.entries] == [
        (EntryKind.NEED, "Pilot sites"),
        (EntryKind.OFFER, "Service in Europe"),
    ]


def _profile(**values: str) -> ProfileText:
    names = ("description", "language", "sector", "stage", "size", "country", "region", "website")
    empty = dict.fromkeys((*names, "wanted_text"), "")
    return ProfileText(**{**empty, **values}, languages=["en"], wanted_kinds=[])


def test_yes_to_an_enabler_waits_where_the_event_approves_by_hand(session: Session) -> None:
    event = make_event(session, approval=Approval.BY_HAND)
    firm = _imported(session, event, origin=Origin.ENABLER)
    _invite(session, event, firm)
    _accept(session, _token(session))
    assert firm.status == ParticipationStatus.REGISTERED


def test_yes_for_an_organisation_of_others_asks_its_manager(session: Session) -> None:
    event = make_event(session)
    organisation = make_organisation(session, make_person(session))
    firm = _imported(session, event, organisation=organisation)
    _invite(session, event, firm)
    _accept(session, _token(session))
    member = session.get_one(OrganisationMember, (organisation.id, firm.delegates[0].person_id))
    assert (member.role, member.status) == (MemberRole.MEMBER, MemberStatus.ASKED)


def test_yes_of_somebody_with_an_account_keeps_password_and_name(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event)
    person = firm.delegates[0].person
    person.password_hash = "kept"
    _invite(session, event, firm)
    _accept(session, _token(session), NewPerson("Other", "another good password", "en", "UTC", ""))
    assert (person.name, person.password_hash) == ("Contact", "kept")


def test_no_withdraws_the_firm_for_good(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event, status=ParticipationStatus.APPROVED, is_included_unconfirmed=True)
    _invite(session, event, firm)
    decline(session, token=_token(session), now=LATER)
    assert (firm.status, firm.invitation_answered_at) == (ParticipationStatus.WITHDRAWN, LATER)
    assert session.scalars(participations_for_rounds(event.id)).all() == []
    assert _invite(session, event, firm, now=LATER + dt.timedelta(days=1)).answered == 1


@pytest.mark.both_databases
def test_erasing_leaves_a_hash_and_nothing_else(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=1)
    firm = _imported(session, event)
    delegate = firm.delegates[0]
    add(
        session,
        Availability(delegate_id=delegate.id, slot_id=slots[0].id, event_id=event.id, is_available=True),
    )
    number, organisation_id, person_id = firm.id, firm.organisation_id, delegate.person_id
    _invite(session, event, firm)
    erase(session, token=_token(session), now=LATER)
    session.expire_all()
    assert session.get(Participation, number) is None
    assert session.get(Person, person_id) is None
    assert session.get(Organisation, organisation_id) is None
    assert session.scalars(sa.select(OutboxMail)).all() == []
    assert session.scalars(sa.select(Link)).all() == []
    (erased,) = session.scalars(sa.select(ErasedAddress)).all()
    assert "imported" not in erased.email_hash


def test_erasing_beside_former_meetings_blanks_what_stays(session: Session) -> None:
    event = make_event(session)
    slots = make_slots(session, event, count=1)
    firm = _imported(session, event, description="Words", is_included_unconfirmed=True)
    other = make_participation(session, event)
    add(
        session,
        Meeting(
            event_id=event.id,
            participation_a_id=firm.id,
            participation_b_id=other.id,
            slot_id=slots[0].id,
            status=MeetingStatus.DECLINED,
            uid="former",
            created_at=NOW,
            updated_at=NOW,
        ),
    )
    person_id = firm.delegates[0].person_id
    round_ = add(
        session,
        Round(event_id=event.id, number=1, step=RoundStep.SUGGEST, status=RoundStatus.DRAFT, settings={},
              due_at=NOW, created_at=NOW),
    )  # fmt: skip
    add(
        session,
        Suggestion(event_id=event.id, round_id=round_.id, participation_a_id=firm.id,
                   participation_b_id=other.id, fit_ab=0.5, fit_ba=0.5, fit=0.5, value=0.5,
                   explanation={"ab": [["need_offer", 1.0, {"need": "Words"}]]}, scorer_version="1",
                   inputs_hash=""),
    )  # fmt: skip
    add(session, Wish(event_id=event.id, from_id=firm.id, to_id=other.id, kind=WishKind.MUST, said_at=NOW))
    add(
        session,
        MeetingRequest(event_id=event.id, from_id=firm.id, to_id=other.id, slot_id=slots[0].id,
                       status=RequestStatus.EXPIRED, message="Words", asked_at=NOW, expires_at=NOW),
    )  # fmt: skip
    _invite(session, event, firm)
    erase(session, token=_token(session), now=LATER)
    session.expire_all()
    assert session.scalars(sa.select(Suggestion)).all() == []
    assert session.scalars(sa.select(Wish)).all() == []
    assert session.scalars(sa.select(MeetingRequest.message)).all() == [""]
    person = session.get_one(Person, person_id)
    assert (person.email, person.name, person.erased_at) == (None, "", LATER)
    assert (firm.description, firm.entries, firm.status) == ("", [], ParticipationStatus.WITHDRAWN)


def test_erasing_keeps_an_account_that_the_person_made_itself(session: Session) -> None:
    event = make_event(session)
    firm = _imported(session, event)
    person = firm.delegates[0].person
    person.password_hash = "own"
    _invite(session, event, firm)
    erase(session, token=_token(session), now=LATER)
    assert session.get_one(Person, person.id).email == "contact@imported.example"


def test_delegate_without_account_chooses_a_password_or_leaves(session: Session) -> None:
    event = make_event(session)
    manager = make_person(session)
    firm = make_participation(session, event, person=manager)
    tokens = []
    for email in ("one@firm.example", "two@firm.example"):
        add_delegate(
            session,
            event=event,
            participation=firm,
            email=email,
            name="Colleague",
            job_title="",
            time_zone="Europe/Berlin",
            is_manager=False,
            actor_id=manager.id,
            now=NOW,
        )
        tokens.append(_token(session))
    _accept(session, tokens[0])
    decline(session, token=tokens[1], now=LATER)
    session.expire_all()
    assert [d.person.email for d in firm.delegates] == [manager.email, "one@firm.example"]
    assert firm.delegates[1].person.name == "Ada"
