"""Importing participants in the browser, and exporting them again."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker.db import Database
from matchmaker.models import Event, ImportFile, Participation
from matchmaker.services.table_file import read_table
from tests.factories import make_event, make_participation, make_person
from tests.visitor import Visitor

FILE = "Firma;Rolle;Kontakt;E-Mail\nBlue Stack;startup;Ada;ada@blue.example\nGrün AG;klempner;;\n"


@pytest.fixture
def organiser(app: Flask, database: Database) -> Visitor:
    """The browser of an event's organiser."""
    with database.transaction() as session:
        person = make_person(session)
        make_event(session, person, slug="list")
    return Visitor(app).log_in(person)


def _upload(visitor: Visitor, content: bytes, name: str = "firms.csv") -> None:
    visitor.get("/events/list/imports/new")
    visitor.submit(file=(io.BytesIO(content), name))


def test_import_is_checked_corrected_and_applied(organiser: Visitor, database: Database) -> None:
    _upload(organiser, FILE.encode("cp1252"))
    assert "Say what this organisation is" in organiser.text()
    organiser.submit(action=None, meant=["name", "kind", "delegate_1_name", "delegate_1_email"])
    assert "This kind is not known" in organiser.text()
    assert "klempner" in organiser.text()
    assert "Import 1 row" not in organiser.text()
    organiser.submit(source="the catalogue", skips_bad_rows="y")
    organiser.submit(action="/apply")
    assert "Imported: 1 new, 0 updated, 0 left as they are" in organiser.text()
    with database.reading() as session:
        (row,) = session.scalars(sa.select(Participation)).all()
        assert (row.organisation.name, row.source, row.confirmed_at) == ("Blue Stack", "the catalogue", None)
        assert session.scalars(sa.select(ImportFile)).all() == []


def test_import_can_include_unconfirmed_firms_by_an_express_word(
    organiser: Visitor, database: Database
) -> None:
    _upload(organiser, b"name,kind\nFirm,startup\n")
    organiser.submit(includes_unconfirmed="y")
    organiser.submit(action="/apply")
    with database.reading() as session:
        assert session.scalars(sa.select(Participation.is_included_unconfirmed)).all() == [True]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"name,name\na,b\n", "same heading"),
        (b"PK\x03\x04nothing", "could not be read"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a table"),
    ],
)
def test_file_that_cannot_be_read_says_why_and_what_to_do(
    organiser: Visitor, content: bytes, words: str
) -> None:
    _upload(organiser, content)
    assert words in organiser.text()


def test_import_of_somebody_else_is_not_found(app: Flask, organiser: Visitor, database: Database) -> None:
    _upload(organiser, b"name,kind\nFirm,startup\n")
    with database.transaction() as session:
        number = session.scalars(sa.select(ImportFile.id)).one()
        stranger = make_person(session)
        make_event(session, stranger, slug="other")
    Visitor(app).log_in(stranger).get(f"/events/other/imports/{number}", status=404)


def test_forgetting_a_file_imports_nothing(organiser: Visitor, database: Database) -> None:
    _upload(organiser, b"name,kind\nFirm,startup\n")
    organiser.submit(action="/discard")
    with database.reading() as session:
        assert session.scalars(sa.select(ImportFile)).all() == []
        assert session.scalars(sa.select(Participation)).all() == []


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
def test_export_is_imported_back_without_a_change(
    organiser: Visitor, database: Database, file_type: str
) -> None:
    with database.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        make_participation(
            session,
            event,
            person=make_person(session, name="=HYPERLINK(1)"),
            offers=("Stacks", "Service"),
            needs=("=1+1",),
            description="Line one\nline two; with, signs",
            languages=["en", "fr"],
            confirmed_at=None,
            external_id="7",
        )
    address = f"/events/list/export/participants.{file_type}"
    first = organiser.client.get(address).get_data()
    assert ("'=1+1" in str(first)) == (file_type == "csv")
    _upload(organiser, first, f"export.{file_type}")
    assert "Updated" in organiser.text()
    organiser.submit(source="the catalogue")
    organiser.submit(action="/apply")
    before, after = (read_table(content) for content in (first, organiser.client.get(address).get_data()))
    source = before.columns.index("source")
    assert before.columns == after.columns
    assert (before.rows[0].cells[:source], after.rows[0].cells[source]) == (
        after.rows[0].cells[:source],
        "the catalogue",
    )


def test_export_of_a_demonstration_says_so(organiser: Visitor, database: Database) -> None:
    with database.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.is_demo = True
        make_participation(session, event)
    organiser.get("/events/list/export/participants.csv")
    assert organiser.response is not None
    assert "demonstration: illustrative" in organiser.response.get_data(as_text=True)
    assert "demonstration-list-participants.csv" in organiser.response.headers["Content-Disposition"]


def test_export_takes_the_same_number_of_queries_for_any_number(
    organiser: Visitor, database: Database
) -> None:
    counts = []
    for _time in range(3):
        with database.transaction() as session:
            event = session.scalars(sa.select(Event)).one()
            make_participation(session, event, offers=("a", "b"))
        statements: list[str] = []

        def note(*arguments: Any, into: list[str] = statements) -> None:
            into.append(str(arguments[2]))

        sa.event.listen(database.engine, "before_cursor_execute", note)
        organiser.get("/events/list/export/participants.csv")
        sa.event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[2]
