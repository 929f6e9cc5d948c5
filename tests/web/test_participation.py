"""Registering for an event and keeping a profile, as a person does it in a browser without JavaScript."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import (
    AuditEntry,
    Availability,
    Delegate,
    Entry,
    EntryKind,
    Event,
    EventRole,
    EventRoleKind,
    OutboxMail,
    Participation,
    ParticipationStatus,
)
from matchmaker.services.topic import copy_default_topics
from tests.factories import (
    NOW,
    make_delegate,
    make_event,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)
from tests.visitor import Visitor


def _firm(database: Database, **values: object) -> tuple[str, int, int]:
    """An event with topics and slots, and a participation's manager: slug, person, participation."""
    with database.transaction() as session:
        event = make_event(session)
        copy_default_topics(session, event_id=event.id)
        make_slots(session, event, count=3)
        person = make_person(session, time_zone="America/Toronto")
        participation = make_participation(session, event, person=person, **values)
        return event.slug, person.id, participation.id


def _read(database: Database, participation_id: int) -> Participation:
    with database.reading() as session:
        participation = session.get_one(Participation, participation_id)
        _ = participation.entries, participation.delegates
        return participation


def test_visitor_who_wants_to_register_comes_back_afterwards(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        slug = make_event(session).slug
    visitor = Visitor(app)
    response = visitor.client.get(f"/events/{slug}/register")
    assert response.location == f"/register?next=/events/{slug}/register"


def test_person_without_organisation_founds_one_first(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        slug, person = make_event(session).slug, make_person(session)
    visitor = Visitor(app).log_in(person)
    response = visitor.client.get(f"/events/{slug}/register")
    assert response.location == f"/organisations/new?next=/events/{slug}/register"


def test_registering_twice_shows_one_participation(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        event, person = make_event(session), make_person(session)
        make_organisation(session, person, name="Blue Stack")
        slug = event.slug
    one, other = Visitor(app).log_in(person), Visitor(app).log_in(person)
    for visitor in (one, other):
        visitor.get(f"/events/{slug}/register")
    for visitor in (one, other):
        visitor.submit()
        assert "The organiser has to approve the registration" in visitor.text()
    visitor.get(f"/events/{slug}/register")
    assert "Blue Stack takes part already" in visitor.text()
    with database.reading() as session:
        rows = session.scalars(sa.select(Participation)).all()
        assert [row.status for row in rows] == [ParticipationStatus.REGISTERED]


def test_profile_is_saved_in_one_page(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/participations/{participation}/edit")
    visitor.submit(
        description="We build electrolysers.",
        sector="Hydrogen",
        stage="pilot",
        size="11-50",
        country="CA",
        website="stack.example",
        languages=["en", "fr"],
        wanted_kinds=["corporate"],
        wanted_text="Operators of surplus power",
    )
    assert "We build electrolysers." in visitor.text()
    row = _read(database, participation)
    assert (row.sector, row.stage, row.size, row.website) == (
        "Hydrogen",
        "pilot",
        "11-50",
        "https://stack.example",
    )
    assert (row.languages, row.wanted_kinds) == (["en", "fr"], ["corporate"])


def test_profile_that_cannot_be_saved_keeps_what_was_typed(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/participations/{participation}/edit")
    page = visitor.submit(description="Typed with care", website="no website at all")
    assert "write the website like" in visitor.text()
    assert "Typed with care" in str(page.find("textarea", {"name": "description"}))


def test_profile_saved_by_two_at_once_is_not_lost(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    one, other = Visitor(app).log_in(person), Visitor(app).log_in(person)
    for visitor in (one, other):
        visitor.get(f"/events/{slug}/participations/{participation}/edit")
    one.submit(description="First")
    page = other.submit(description="Second")
    assert "save again to keep yours" in other.text()
    assert "Second" in str(page.find("textarea", {"name": "description"}))
    other.submit()
    assert _read(database, participation).description == "Second"


def test_offers_are_added_edited_moved_and_removed(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    base = f"/events/{slug}/participations/{participation}"
    visitor = Visitor(app).log_in(person)
    for title in ("Stacks", "Service"):
        visitor.get(f"{base}/entries/new/offer")
        visitor.submit(title=title, topics=["h2-electrolysis", "h2-storage"])
    first, second = (entry.id for entry in _read(database, participation).entries)
    visitor.get(base)
    visitor.submit(action=f"/entries/{second}/move")
    visitor.get(f"{base}/entries/{first}/edit")
    visitor.submit(title="Stacks of 5 MW", topics=["h2-electrolysis"])
    assert [(entry.title, entry.topics) for entry in _read(database, participation).entries] == [
        ("Service", ["h2-electrolysis", "h2-storage"]),
        ("Stacks of 5 MW", ["h2-electrolysis"]),
    ]
    visitor.get(f"{base}/entries/{second}/remove")
    visitor.submit()
    assert [entry.title for entry in _read(database, participation).entries] == ["Stacks of 5 MW"]


def test_offer_without_title_keeps_what_was_typed(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/participations/{participation}/entries/new/need")
    page = visitor.submit(title="", text="Typed with care", topics=["h2-storage"])
    assert "Please write a title" in visitor.text()
    assert "Typed with care" in str(page.find("textarea", {"name": "text"}))
    assert page.find("input", {"value": "h2-storage", "checked": True})


def test_offer_of_another_participation_is_not_found(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    with database.transaction() as session:
        event = session.scalars(sa.select(Event).where(Event.slug == slug)).one()
        other = make_participation(session, event, offers=("Theirs",))
        entry_id = other.entries[0].id
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/participations/{participation}/entries/{entry_id}/edit", status=404)
    visitor.get(f"/events/{slug}/participations/{other.id}/entries/{entry_id}/edit", status=403)


def test_delegate_is_added_by_mail_and_chooses_when_to_meet(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    base = f"/events/{slug}/participations/{participation}"
    visitor = Visitor(app).log_in(person)
    visitor.get(f"{base}/delegates/new")
    visitor.submit(name="Ada", email="ADA@stack.example", time_zone="Asia/Tokyo")
    with database.reading() as session:
        ada = session.scalars(
            sa.select(Delegate).where(Delegate.participation_id == participation).order_by(Delegate.id.desc())
        ).first()
        assert ada is not None
        assert (ada.person.email, ada.person.time_zone) == ("ada@stack.example", "Asia/Tokyo")
        assert [mail.kind for mail in session.scalars(sa.select(OutboxMail))] == ["delegate_added"]
    page = visitor.get(f"{base}/delegates/{ada.id}/availability")
    assert [box.has_attr("checked") for box in page.find_all("input", {"name": "slot"})] == [False] * 3
    visitor.submit(all_of="2026-11-25")
    page = visitor.get(f"{base}/delegates/{ada.id}/availability")
    assert "23:00–23:20" in visitor.text()
    assert [box.has_attr("checked") for box in page.find_all("input", {"name": "slot"})] == [True] * 3
    with database.reading() as session:
        said = session.scalars(sa.select(Availability.is_available)).all()
        assert said == [True, True, True]


def test_delegate_with_meetings_or_last_manager_is_not_removed(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    visitor = Visitor(app).log_in(person)
    delegate = _read(database, participation).delegates[0].id
    visitor.get(f"/events/{slug}/participations/{participation}/delegates/{delegate}/remove")
    visitor.submit()
    assert "Somebody has to manage this participation" in visitor.text()


def test_opting_out_and_withdrawing_are_undone_as_easily(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    base = f"/events/{slug}/participations/{participation}"
    visitor = Visitor(app).log_in(person)
    visitor.get(base)
    visitor.submit(action="/opt-out")
    assert _read(database, participation).is_opted_out
    visitor.submit(action="/opt-out")
    assert not _read(database, participation).is_opted_out
    visitor.get(f"{base}/withdraw")
    visitor.submit()
    assert "Withdrawn: this participation is neither suggested nor scheduled" in visitor.text()


def test_organiser_who_edits_for_a_firm_is_told_and_written_down(app: Flask, database: Database) -> None:
    slug, _person, participation = _firm(database)
    with database.transaction() as session:
        event = session.scalars(sa.select(Event).where(Event.slug == slug)).one()
        organiser = make_person(session)
        event.team.append(EventRole(person_id=organiser.id, kind=EventRoleKind.ORGANISER, created_at=NOW))
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{slug}/participations/{participation}")
    assert "You are acting for" in visitor.text()
    visitor.get(f"/events/{slug}/participations/{participation}/entries/new/offer")
    visitor.submit(title="Stacks")
    with database.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "add_entry")).one()
        assert (entry.actor_id, entry.behalf_of_id) == (organiser.id, participation)
        kinds = session.scalars(sa.select(Entry.kind)).all()
        assert kinds == [EntryKind.OFFER]


def test_contact_without_an_address_is_given_one(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    with database.transaction() as session:
        nobody = make_person(session, email=None, name="Blue Stack")
        delegate = make_delegate(session, session.get_one(Participation, participation), nobody).id
        taken = make_person(session).email
    visitor = Visitor(app).log_in(person)
    address = f"/events/{slug}/participations/{participation}/delegates/{delegate}/edit"
    visitor.get(address)
    visitor.submit(email=taken)
    assert "Somebody has this address already" in visitor.text()
    visitor.submit(email="ADA@stack.example", name="Ada")
    with database.reading() as session:
        row = session.get_one(Delegate, delegate).person
        assert (row.email, row.name) == ("ada@stack.example", "Ada")


def test_contact_of_several_firms_keeps_its_address(app: Flask, database: Database) -> None:
    slug, person, participation = _firm(database)
    with database.transaction() as session:
        contact = make_person(session, email="contact@stack.example")
        delegate = make_delegate(session, session.get_one(Participation, participation), contact).id
        make_participation(session, make_event(session), person=contact)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/participations/{participation}/delegates/{delegate}/edit")
    visitor.submit(email="mine@thief.example")
    assert "This person sits elsewhere too" in visitor.text()
    with database.reading() as session:
        assert session.get_one(Delegate, delegate).person.email == "contact@stack.example"
