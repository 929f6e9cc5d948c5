"""Registering through the real forms, with the link taken from the mail."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    Consent,
    Link,
    MemberStatus,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Person,
)
from matchmaker.services.password import set_password
from tests.factories import PASSWORD, make_organisation, make_person
from tests.visitor import Visitor

EMAIL = "anna@acme.example"


def _register(visitor: Visitor, path: str = "/register", **values: str) -> None:
    visitor.get(path)
    visitor.submit(
        **{
            "name": "Anna Muster",
            "email": EMAIL,
            "password": PASSWORD,
            "time_zone": "America/Toronto",
            "organisation_name": "Acme GmbH",
            "kind": "startup",
            "country": "DE",
            **values,
        }
    )


def _links(database: Database, config: Config) -> list[str]:
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
        texts = [render(mail, config).text for mail in mails]
    return [link for text in texts for link in re.findall(r"http://localhost(/confirm/\S+)", text)]


def _count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _person(database: Database, email: str = EMAIL) -> Person:
    with database.reading() as session:
        return session.scalars(sa.select(Person).where(Person.email == email)).one()


def test_nothing_exists_until_the_button_behind_the_link_is_pressed(
    app: Flask, database: Database, config: Config
) -> None:
    visitor = Visitor(app)
    _register(visitor)
    assert "Look into your mailbox" in visitor.text()
    assert _count(database, Person) == 0
    (link,) = _links(database, config)
    visitor.get(link)
    assert _count(database, Person) == 0
    visitor.submit()
    assert "Log out" in visitor.text()
    person = _person(database)
    assert (person.name, person.time_zone, person.privacy_version) == (
        "Anna Muster",
        "America/Toronto",
        "software-en-2026-11",
    )
    assert person.privacy_shown_at is not None
    assert (_count(database, Organisation), _count(database, Consent)) == (1, 0)


def test_link_works_once(app: Flask, database: Database, config: Config) -> None:
    visitor = Visitor(app)
    _register(visitor)
    (link,) = _links(database, config)
    visitor.get(link)
    visitor.submit()
    Visitor(app).get(link, status=410)


def test_address_that_is_known_gets_the_same_page_and_another_mail(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        set_password(make_person(session, email=EMAIL), PASSWORD)
    visitor = Visitor(app)
    _register(visitor, path="/register?next=/events/hydrogen/register")
    known = visitor.text()
    _register(visitor, email="new@acme.example")
    assert visitor.text() == known.replace(EMAIL, "new@acme.example")
    with database.reading() as session:
        kinds = session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert kinds == ["already_registered", "confirm_email"]


def test_link_in_another_browser_asks_for_the_password(
    app: Flask, database: Database, config: Config
) -> None:
    _register(Visitor(app))
    (link,) = _links(database, config)
    other = Visitor(app)
    other.get(link)
    other.submit(password="not the password of it")
    assert "not the password" in other.text()
    assert _count(database, Person) == 0
    other.submit(password=PASSWORD)
    assert "Log out" in other.text()


def test_next_page_is_kept_from_registration_to_confirmation(
    app: Flask, database: Database, config: Config
) -> None:
    visitor = Visitor(app)
    _register(visitor, path="/register?next=/how-matching-works")
    visitor.get(_links(database, config)[0])
    visitor.submit()
    assert visitor.response is not None
    assert visitor.response.request.path == "/how-matching-works"


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
)
def test_next_page_never_leaves_the_host(app: Flask, database: Database, config: Config, target: str) -> None:
    visitor = Visitor(app)
    visitor.get("/register")
    _register(visitor, path="/register?next=" + target.replace("\t", "%09"))
    visitor.get(_links(database, config)[0])
    visitor.submit()
    assert visitor.response is not None
    assert (visitor.response.request.host, visitor.response.request.path) == ("localhost", "/")


def test_resent_mail_replaces_the_first_link(app: Flask, database: Database, config: Config) -> None:
    visitor = Visitor(app)
    _register(visitor)
    visitor.submit(action="/register/resend")
    first, second = _links(database, config)
    Visitor(app).get(first, status=410)
    visitor.get(second)
    visitor.submit()
    assert _count(database, Person) == 1


def test_resending_is_limited(app: Flask) -> None:
    visitor = Visitor(app)
    _register(visitor)
    for _try in range(3):
        visitor.submit(action="/register/resend")
    visitor.submit(action="/register/resend", status=429)


def test_imported_contact_who_registers_keeps_its_row(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        contact = make_person(session, email=EMAIL, email_confirmed_at=None)
    visitor = Visitor(app)
    _register(visitor)
    visitor.get(_links(database, config)[0])
    visitor.submit()
    assert _person(database).id == contact.id


def test_consent_is_unticked_and_kept_when_given(app: Flask, database: Database, config: Config) -> None:
    visitor = Visitor(app)
    box = visitor.get("/register").find("input", {"name": "wants_news"})
    assert box is not None
    assert not box.has_attr("checked")
    _register(visitor, wants_news="y")
    visitor.get(_links(database, config)[0])
    visitor.submit()
    with database.reading() as session:
        assert session.scalars(sa.select(Consent.kind)).all() == ["news_of_events"]


def test_known_organisation_can_be_asked_to_let_in(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        firm = make_organisation(session, make_person(session), name="ACME Inc.", name_key="acme")
    visitor = Visitor(app)
    _register(visitor)
    visitor.get(_links(database, config)[0])
    visitor.submit()
    assert "Is it one of these?" in visitor.text()
    assert "ACME Inc." in visitor.text()
    visitor.submit(action="/ask-to-join")
    with database.reading() as session:
        member = session.get_one(OrganisationMember, (firm.id, _person(database).id))
    assert member.status == MemberStatus.ASKED
    assert _count(database, Organisation) == 1


def test_same_name_can_be_another_organisation(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        make_organisation(session, name="ACME Inc.", name_key="acme")
    visitor = Visitor(app)
    _register(visitor, path="/register?next=/how-matching-works")
    visitor.get(_links(database, config)[0])
    visitor.submit()
    visitor.submit(action="/organisations/new?next=/how-matching-works", is_another="1")
    assert visitor.response is not None
    assert visitor.response.request.path == "/how-matching-works"
    assert _count(database, Organisation) == 2


def test_demonstration_without_mail_server_shows_the_link_to_its_browser_only(
    database: Database, config: Config
) -> None:
    app = create_app(replace(config, is_demo=True), database)
    visitor, stranger = Visitor(app), Visitor(app)
    _register(visitor)
    assert visitor.page().find("a", href=re.compile("/confirm/")) is not None
    _register(stranger, email="other@acme.example")
    with stranger.client.session_transaction() as cookie:
        cookie["registering_as"] = EMAIL
    assert stranger.get("/register/sent").find("a", href=re.compile("/confirm/")) is None


def test_link_is_never_shown_outside_the_demonstration(app: Flask) -> None:
    visitor = Visitor(app)
    _register(visitor)
    assert visitor.page().find("a", href=re.compile("/confirm/")) is None


def test_wrong_entries_are_told_and_kept(app: Flask, database: Database) -> None:
    visitor = Visitor(app)
    _register(visitor, password="password1234", website="javascript:alert(1)")
    assert "Please write the website" in visitor.text()
    _register(visitor, password="password1234")
    assert "easy to guess" in visitor.text()
    field = visitor.page().find("input", {"name": "organisation_name"})
    assert field is not None
    assert field["value"] == "Acme GmbH"
    assert _count(database, Link) == 0
