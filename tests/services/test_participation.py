"""Registering for an event, approving, withdrawing; whom rounds use."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.errors import Invalid, NotAllowed
from matchmaker.models import (
    Approval,
    AuditEntry,
    Entry,
    EntryKind,
    Event,
    EventStatus,
    Group,
    Organisation,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
    Topic,
)
from matchmaker.services.participation import (
    RegistrationClosed,
    approve,
    participations_for_rounds,
    register,
)
from matchmaker.services.participation_rules import include_unconfirmed, set_limits
from matchmaker.services.withdrawal import withdraw
from tests.factories import NOW, add, make_event, make_organisation, make_participation, make_person

LATER = NOW + dt.timedelta(hours=1)


def _firm(session: Session, **values: object) -> tuple[Person, Organisation]:
    person = make_person(session)
    return person, make_organisation(session, person, **values)


def _mails(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(sa.select(OutboxMail.kind, OutboxMail.to_email).order_by(OutboxMail.id))
    return [(row.kind, row.to_email) for row in rows]


def _register(session: Session, event: Event, person: Person, organisation: Organisation) -> Participation:
    return register(session, event=event, organisation_id=organisation.id, actor_id=person.id, now=NOW)


def test_registering_waits_for_approval_and_tells_the_organiser(session: Session) -> None:
    organiser = make_person(session)
    event = make_event(session, organiser)
    person, organisation = _firm(session)
    participation = _register(session, event, person, organisation)
    assert participation.status == ParticipationStatus.REGISTERED
    assert participation.group.code == "startups"
    assert participation.confirmed_at == NOW
    assert [(d.person_id, d.is_manager) for d in participation.delegates] == [(person.id, True)]
    assert _mails(session) == [("participation_registered", organiser.email)]


def test_registering_is_approved_at_once_where_the_event_says_so(session: Session) -> None:
    event = make_event(session, make_person(session), approval=Approval.AUTOMATIC)
    person, organisation = _firm(session)
    assert _register(session, event, person, organisation).status == ParticipationStatus.APPROVED
    assert _mails(session) == [("participation_approved", person.email)]


def test_registering_twice_gives_one_participation_and_one_mail(session: Session) -> None:
    event = make_event(session, make_person(session))
    person, organisation = _firm(session)
    first = _register(session, event, person, organisation)
    assert _register(session, event, person, organisation).id == first.id
    assert len(_mails(session)) == 1


def test_registering_again_after_withdrawing_reopens_the_participation(session: Session) -> None:
    event = make_event(session)
    person, organisation = _firm(session)
    first = _register(session, event, person, organisation)
    withdraw(session, event=event, participation_ids=[first.id], actor_id=person.id, now=NOW)
    assert first.status == ParticipationStatus.WITHDRAWN
    assert _register(session, event, person, organisation).id == first.id
    assert first.status == ParticipationStatus.REGISTERED


def test_registering_what_was_imported_confirms_it(session: Session) -> None:
    event = make_event(session, approval=Approval.AUTOMATIC)
    person, organisation = _firm(session)
    imported = make_participation(
        session,
        event,
        organisation=organisation,
        confirmed_at=None,
        status=ParticipationStatus.INVITED,
        description="From a list",
    )
    assert _register(session, event, person, organisation).id == imported.id
    assert (imported.status, imported.confirmed_at) == (ParticipationStatus.APPROVED, NOW)
    assert imported.description == "From a list"


@pytest.mark.both_databases
def test_registering_by_two_at_once_gives_one_participation(database: Database) -> None:
    with database.transaction() as session:
        event = make_event(session)
        people = [make_person(session) for _ in range(4)]
        organisation = make_organisation(session, *people)
    ready = threading.Barrier(4)

    def register_as(person: Person) -> int:
        ready.wait()
        with database.transaction() as session:
            return _register(session, event, person, organisation).id

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(register_as, people))
    assert len(numbers) == 1
    with database.reading() as session:
        assert len(session.scalars(sa.select(Participation)).all()) == 1


def test_registering_for_an_event_that_is_over_is_refused(session: Session) -> None:
    event = make_event(session, starts_on=dt.date(2026, 10, 1), ends_on=dt.date(2026, 10, 1))
    person, organisation = _firm(session)
    with pytest.raises(RegistrationClosed):
        _register(session, event, person, organisation)


def test_registering_for_an_organisation_of_others_is_refused(session: Session) -> None:
    event = make_event(session)
    _, organisation = _firm(session)
    with pytest.raises(NotAllowed):
        _register(session, event, make_person(session), organisation)


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CLOSED])
def test_registering_needs_an_open_event(session: Session, status: EventStatus) -> None:
    event = make_event(session, status=status)
    person, organisation = _firm(session)
    with pytest.raises(RegistrationClosed):
        _register(session, event, person, organisation)


def test_registering_asks_for_the_group_where_several_fit(session: Session) -> None:
    event = make_event(session)
    add(session, Group(event_id=event.id, code="scale-ups", name="Scale-ups", kind="startup"))
    person, organisation = _firm(session)
    with pytest.raises(Invalid) as caught:
        _register(session, event, person, organisation)
    assert caught.value.field == "group"


def test_new_participation_starts_as_a_copy_of_the_last_one(session: Session) -> None:
    person, organisation = _firm(session)
    earlier = make_event(session)
    make_participation(
        session,
        earlier,
        person=person,
        organisation=organisation,
        offers=("Electrolysers",),
        needs=("Pilot sites",),
        description="We build electrolysers.",
        sector="Hydrogen",
        languages=["en", "fr"],
    )
    participation = _register(session, make_event(session), person, organisation)
    assert (participation.description, participation.sector) == ("We build electrolysers.", "Hydrogen")
    assert participation.languages == ["en", "fr"]
    assert [(entry.kind, entry.title) for entry in participation.entries] == [
        (EntryKind.NEED, "Pilot sites"),
        (EntryKind.OFFER, "Electrolysers"),
    ]


def test_first_participation_takes_the_organisations_own_entries_and_known_topics(session: Session) -> None:
    event = make_event(session)
    add(
        session,
        Topic(
            event_id=event.id, code="h2", label_en="Hydrogen", label_de="Wasserstoff", label_fr="Hydrogène"
        ),
    )
    person, organisation = _firm(session, country="CA", region="Ontario", website="https://firm.example")
    add(
        session,
        Entry(organisation_id=organisation.id, kind=EntryKind.OFFER, title="Stacks", topics=["h2", "gone"]),
    )
    participation = _register(session, event, person, organisation)
    assert (participation.country, participation.region) == ("CA", "Ontario")
    assert [(entry.title, entry.topics) for entry in participation.entries] == [("Stacks", ["h2"])]


def test_rounds_use_approved_confirmed_and_willing_participations(session: Session) -> None:
    event = make_event(session)
    used = make_participation(session, event)
    included = make_participation(session, event, confirmed_at=None, is_included_unconfirmed=True)
    make_participation(session, event, status=ParticipationStatus.REGISTERED)
    make_participation(session, event, status=ParticipationStatus.WITHDRAWN)
    make_participation(session, event, confirmed_at=None)
    make_participation(session, event, is_opted_out=True)
    make_participation(session, make_event(session))
    found = session.scalars(participations_for_rounds(event.id).order_by(Participation.id)).all()
    assert [row.id for row in found] == [used.id, included.id]


def test_approving_changes_only_participations_of_the_event_and_tells_once(session: Session) -> None:
    organiser = make_person(session)
    event = make_event(session, organiser)
    person = make_person(session)
    waiting = make_participation(session, event, person=person, status=ParticipationStatus.REGISTERED)
    elsewhere = make_participation(session, make_event(session), status=ParticipationStatus.REGISTERED)
    for expected in (1, 0):
        changed = approve(
            session,
            event=event,
            participation_ids=[waiting.id, elsewhere.id],
            actor_id=organiser.id,
            now=NOW,
        )
        assert changed == expected
    assert elsewhere.status == ParticipationStatus.REGISTERED
    assert _mails(session) == [("participation_approved", person.email)]
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.actor_id) == ("approve", waiting.id, organiser.id)


def test_approving_somebody_without_an_address_sends_no_mail(session: Session) -> None:
    event = make_event(session)
    nobody = make_person(session, email=None)
    participation = make_participation(session, event, person=nobody, status=ParticipationStatus.REGISTERED)
    approve(session, event=event, participation_ids=[participation.id], actor_id=None, now=NOW)
    assert _mails(session) == []


def test_including_unconfirmed_leaves_confirmed_and_withdrawn_alone(session: Session) -> None:
    event = make_event(session)
    invited = make_participation(session, event, confirmed_at=None, status=ParticipationStatus.INVITED)
    confirmed = make_participation(session, event, status=ParticipationStatus.REGISTERED)
    gone = make_participation(session, event, confirmed_at=None, status=ParticipationStatus.WITHDRAWN)
    numbers = [invited.id, confirmed.id, gone.id]
    organiser = make_person(session)
    for is_included, status in ((True, ParticipationStatus.APPROVED), (False, ParticipationStatus.INVITED)):
        changed = include_unconfirmed(
            session,
            event=event,
            participation_ids=numbers,
            is_included=is_included,
            actor_id=organiser.id,
            now=LATER,
        )
        assert (changed, invited.status, invited.is_included_unconfirmed) == (1, status, is_included)
    assert confirmed.status == ParticipationStatus.REGISTERED
    assert gone.status == ParticipationStatus.WITHDRAWN


def test_limits_that_contradict_each_other_are_refused(session: Session) -> None:
    participation = make_participation(session, make_event(session))
    with pytest.raises(Invalid) as caught:
        set_limits(
            session,
            participation=participation,
            minimum=4,
            maximum=2,
            per_day=None,
            in_a_row=None,
            actor_id=make_person(session).id,
            now=NOW,
        )
    assert caught.value.field == "maximum"
