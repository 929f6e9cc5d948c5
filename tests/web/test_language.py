"""Which language a reader gets: the person's, the one chosen in this browser, the browser's best."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import Person
from tests.factories import make_person
from tests.visitor import Visitor


def _language(visitor: Visitor) -> str:
    html = visitor.page().html
    assert html is not None
    return str(html["lang"])


@pytest.mark.parametrize(
    ("accepted", "language"), [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr", "en"), ("en-CA", "en"), ("", "en")]
)
def test_visitor_reads_the_browsers_language(app: Flask, accepted: str, language: str) -> None:
    visitor = Visitor(app)
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepted
    visitor.get("/register")
    assert _language(visitor) == language


def test_visitor_chooses_a_language_and_stays_on_the_page(app: Flask) -> None:
    visitor = Visitor(app)
    page = visitor.get("/log-in?next=/account")
    link = page.find("a", lang="de")
    assert link is not None
    visitor.get(str(link["href"]))
    assert visitor.response is not None
    assert visitor.response.request.full_path == "/log-in?next=/account"
    assert _language(visitor) == "de"
    assert "Passwort vergessen?" in visitor.text()


def test_choice_leads_to_no_other_host(app: Flask) -> None:
    response = Visitor(app).client.get("/language/de?next=//evil.example")
    assert response.headers["Location"] == "/"


def test_unknown_language_is_not_kept(app: Flask) -> None:
    response = Visitor(app).client.get("/language/xx")
    assert "Set-Cookie" not in response.headers


def test_person_changes_the_language_of_pages_and_mails(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
    visitor = Visitor(app).log_in(person)
    visitor.get("/account")
    visitor.submit(action="/account/language", language="de")
    assert (_language(visitor), "Ihr Konto" in visitor.text()) == ("de", True)
    with database.reading() as session:
        assert _kept(session, person) == "de"
    visitor.submit(action="/account/language", language="xx")
    with database.reading() as session:
        assert _kept(session, person) == "de"


def _kept(session: Session, person: Person) -> str:
    return session.get_one(Person, person.id).language
