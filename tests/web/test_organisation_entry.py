"""Offers and needs of an organisation through its real pages, and erasing an account."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import Entry, EntryKind, Person
from matchmaker.services.password import set_password
from tests.factories import PASSWORD, add, make_organisation, make_person
from tests.visitor import Visitor


def test_offer_is_added_with_default_topics_edited_and_removed(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        manager = make_person(session)
        firm = make_organisation(session, manager)
    visitor = Visitor(app).log_in(manager)
    visitor.get(f"/organisations/{firm.id}/entries/new/offer")
    visitor.submit(title="Pressure tanks", topics=["h2-storage"], language="en")
    assert "Pressure tanks" in visitor.text()
    assert "Hydrogen storage" in visitor.text()
    with database.reading() as session:
        entry = session.scalars(sa.select(Entry)).one()
    assert (entry.kind, entry.organisation_id, entry.topics) == (EntryKind.OFFER, firm.id, ["h2-storage"])
    visitor.get(f"/organisations/{firm.id}/entries/{entry.id}/edit")
    visitor.submit(title="Bigger tanks")
    assert "Bigger tanks" in visitor.text()
    visitor.get(f"/organisations/{firm.id}/entries/{entry.id}/remove")
    visitor.submit()
    assert "Bigger tanks" not in visitor.text()


def test_entry_of_another_organisation_is_not_found(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        manager = make_person(session)
        firm, theirs = make_organisation(session, manager), make_organisation(session)
        entry = add(
            session,
            Entry(organisation_id=theirs.id, kind=EntryKind.NEED, title="x", language="en", topics=[]),
        )
    Visitor(app).log_in(manager).get(f"/organisations/{firm.id}/entries/{entry.id}/edit", status=404)


def test_account_is_erased_with_the_password(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        set_password(person, PASSWORD)
    visitor = Visitor(app).log_in(person)
    visitor.get("/account/own-data/erase")
    visitor.submit(present_password="something else")
    assert "not your present password" in visitor.text()
    visitor.submit(present_password=PASSWORD)
    assert "Your account is erased" in visitor.text()
    with database.reading() as session:
        assert session.get(Person, person.id) is None
