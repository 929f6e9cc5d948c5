"""The people of an organisation through its real pages."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Person,
)
from tests.factories import PASSWORD, make_event, make_organisation, make_participation, make_person
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases


def _firm(session: Session) -> tuple[Organisation, Person]:
    manager = make_person(session, name="Mia Manager", password_hash="x")
    return make_organisation(session, manager, name="Acme GmbH"), manager


def _link(database: Database, config: Config) -> str:
    with database.reading() as session:
        mail = session.scalars(
            sa.select(OutboxMail).where(OutboxMail.kind == "join_organisation").order_by(OutboxMail.id.desc())
        ).first()
        assert mail is not None
        return re.findall(r"http://localhost(/join/\S+)", render(mail, config).text)[0]


def _member(database: Database, firm: Organisation, email: str) -> OrganisationMember | None:
    with database.reading() as session:
        person = session.scalars(sa.select(Person).where(Person.email == email)).one()
        return session.get(OrganisationMember, (firm.id, person.id))


def test_invited_colleague_chooses_a_password_and_is_a_member(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
    boss = Visitor(app).log_in(manager)
    boss.get(f"/organisations/{firm.id}/people")
    boss.submit(action="/people", email="ben@acme.example", role="manager")
    assert "ben@acme.example" in boss.text()
    visitor = Visitor(app)
    visitor.get(_link(database, config))
    visitor.submit(name="Ben", password=PASSWORD, time_zone="Europe/Berlin")
    assert "You now belong to Acme GmbH" in visitor.text()
    member = _member(database, firm, "ben@acme.example")
    assert member is not None
    assert (member.role, member.status) == (MemberRole.MANAGER, MemberStatus.ACTIVE)
    Visitor(app).get(_link(database, config), status=410)


def test_invited_person_with_an_account_joins_without_a_new_password(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
        make_person(session, email="ben@acme.example", password_hash="x")
    boss = Visitor(app).log_in(manager)
    boss.get(f"/organisations/{firm.id}/people")
    boss.submit(action="/people", email="ben@acme.example")
    visitor = Visitor(app)
    page = visitor.get(_link(database, config))
    assert page.find("input", {"name": "password"}) is None
    visitor.submit()
    assert _member(database, firm, "ben@acme.example") is not None
    assert "Log out" not in visitor.text()


def test_invitation_that_was_taken_back_no_longer_works(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
    boss = Visitor(app).log_in(manager)
    boss.get(f"/organisations/{firm.id}/people")
    boss.submit(action="/people", email="ben@acme.example")
    boss.submit(action="/take-back")
    Visitor(app).get(_link(database, config), status=410)


def test_invitation_of_another_organisation_cannot_be_taken_back(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
        other = make_person(session)
        theirs = make_organisation(session, other)
    boss = Visitor(app).log_in(manager)
    boss.get(f"/organisations/{firm.id}/people")
    page = boss.submit(action="/people", email="ben@acme.example")
    (form,) = [f for f in page.find_all("form") if str(f.get("action", "")).endswith("/take-back")]
    visitor = Visitor(app).log_in(other)
    visitor.get(f"/organisations/{theirs.id}/people")
    token = visitor.page().find("input", {"name": "csrf_token"})
    assert token is not None
    path = str(form["action"]).replace(f"/{firm.id}/", f"/{theirs.id}/", 1)
    assert visitor.client.post(path, data={"csrf_token": token["value"]}).status_code == 404
    Visitor(app).get(_link(database, config))


def test_organiser_lets_in_who_asks_but_manages_nothing_else(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        firm = make_organisation(session)
        organiser, asker = make_person(session), make_person(session, name="Ben Asker")
        make_participation(session, make_event(session, organiser), organisation=firm)
        session.add(
            OrganisationMember(
                organisation_id=firm.id,
                person_id=asker.id,
                role=MemberRole.MEMBER,
                status=MemberStatus.ASKED,
                created_at=asker.created_at,
            )
        )
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/organisations/{firm.id}/people")
    assert "Invite a colleague" not in visitor.text()
    visitor.submit(action="/answer", is_welcome="1")
    member = _member(database, firm, asker.email or "")
    assert member is not None
    assert member.status == MemberStatus.ACTIVE
    visitor.get(f"/organisations/{firm.id}/edit", status=403)


def test_last_manager_is_told_why_leaving_is_not_possible(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
    visitor = Visitor(app).log_in(manager)
    visitor.get(f"/organisations/{firm.id}/leave")
    visitor.submit()
    assert "The last manager cannot leave" in visitor.text()


def test_removed_member_no_longer_sees_the_organisation(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        firm, manager = _firm(session)
        ben = make_person(session, name="Ben")
        session.add(
            OrganisationMember(
                organisation_id=firm.id,
                person_id=ben.id,
                role=MemberRole.MEMBER,
                status=MemberStatus.ACTIVE,
                created_at=ben.created_at,
            )
        )
    visitor = Visitor(app).log_in(ben)
    visitor.get(f"/organisations/{firm.id}")
    boss = Visitor(app).log_in(manager)
    boss.get(f"/organisations/{firm.id}/people/{ben.id}/remove")
    boss.submit()
    visitor.get(f"/organisations/{firm.id}", status=403)
