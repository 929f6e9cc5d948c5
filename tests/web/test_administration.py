"""Administration through its real pages, and the command that makes the first administrator."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from config import Config
from matchmaker.commands.administrator import make_administrator
from matchmaker.db import Database
from matchmaker.models import InstallationRight, LegalText, OutboxMail, Person, PersonRight
from matchmaker.services.forgetting import LINKS_KEPT, LOGINS_KEPT, RATES_KEPT
from matchmaker.services.import_file import LIFETIME
from matchmaker.services.legal_text import privacy_version
from matchmaker.web.language import COOKIE
from matchmaker.web.legal_text import default_privacy
from tests.factories import PASSWORD, make_event, make_organisation, make_participation, make_person
from tests.visitor import Visitor


def _administrator(database: Database) -> Person:
    with database.transaction() as session:
        return make_person(session, InstallationRight.ADMINISTRATOR, password_hash="x", name="Ada")


def test_first_administrator_sets_a_password_behind_the_printed_link(
    app: Flask, database: Database, config: Config
) -> None:
    done = CliRunner().invoke(make_administrator, ["Ada@operator.example"], obj=config)
    assert done.exit_code == 0, done.output
    (link,) = re.findall(r"http://localhost(/password/reset/\S+)", done.output)
    visitor = Visitor(app)
    visitor.get(link)
    visitor.submit(password=PASSWORD)
    visitor.submit(email="ada@operator.example", password=PASSWORD)
    visitor.get("/admin")
    assert "Administrator" in visitor.text()
    again = CliRunner().invoke(make_administrator, ["ada@operator.example"], obj=config)
    assert "/password/reset/" not in again.output


def test_command_refuses_what_is_no_address(config: Config, database: Database) -> None:
    done = CliRunner().invoke(make_administrator, ["ada"], obj=config)
    assert (done.exit_code, "no e-mail address" in done.output) == (1, True)


def test_right_to_create_events_is_given_told_and_taken_back(app: Flask, database: Database) -> None:
    admin = _administrator(database)
    with database.transaction() as session:
        ben = make_person(session, password_hash="x", name="Ben", email="ben@acme.example")
    visitor, other = Visitor(app).log_in(admin), Visitor(app).log_in(ben)
    other.get("/events/new", status=403)
    visitor.get("/admin?text=ben@")
    action = f"/people/{ben.id}/rights"
    forms = [f for f in visitor.page().find_all("form") if str(f.get("action")).endswith(action)]
    rights = [f.find("input", {"name": "right"})["value"] for f in forms]  # type: ignore[index]
    assert rights == ["administrator", "create_events"]
    visitor.submit(action=action, right="create_events", is_given="1")
    other.get("/events/new")
    with database.reading() as session:
        assert session.scalars(sa.select(OutboxMail.kind)).all() == ["right_granted"]
    visitor.submit(action=action, right="create_events", is_given="0")
    other.get("/events/new", status=403)


def test_last_administrator_stays(app: Flask, database: Database) -> None:
    admin = _administrator(database)
    visitor = Visitor(app).log_in(admin)
    visitor.get("/admin")
    visitor.submit(action=f"/people/{admin.id}/rights", right="administrator", is_given="0")
    assert "The last administrator stays" in visitor.text()
    with database.reading() as session:
        assert session.get(PersonRight, (admin.id, InstallationRight.ADMINISTRATOR)) is not None


def test_empty_legal_pages_say_so_to_the_administrator_and_little_to_visitors(
    app: Flask, database: Database
) -> None:
    visitor, guest = Visitor(app).log_in(_administrator(database)), Visitor(app)
    visitor.get("/imprint")
    assert "As the operator" in visitor.text()
    guest.get("/imprint")
    assert "has not published this page yet" in guest.text()
    assert "As the operator" not in guest.text()


def test_privacy_notice_of_the_software_is_shown_until_the_operator_publishes_one(
    app: Flask, database: Database
) -> None:
    guest, visitor = Visitor(app), Visitor(app).log_in(_administrator(database))
    guest.get("/privacy")
    assert "see and export everything held about you" in guest.text()
    assert guest.text().count("[the operator has not stated this yet]") == 3
    assert "OPERATOR_NAME" not in guest.text()
    guest.get("/language/de?next=/privacy")
    guest.get("/privacy")
    assert "Vorschläge sind Profiling" in guest.text()
    assert guest.text().count("[der Betreiber hat das noch nicht angegeben]") == 3
    visitor.get("/privacy")
    assert "set OPERATOR_NAME" in visitor.text()
    visitor.get("/admin/legal-texts/privacy/en")
    assert "Suggestions are profiling" in visitor.text()  # the operator's own begins with it
    visitor.submit(text="Ours")
    guest.get("/privacy")
    assert "profiling" not in guest.text().lower()
    with database.reading() as session:
        assert privacy_version(session, language="en") == "en-1"


def test_privacy_notice_names_the_operator_and_forms_note_its_edition(
    app: Flask, config: Config, database: Database
) -> None:
    app.extensions["config"] = replace(
        config, operator_name="Fair <b>& Co", operator_address="1 Road, Town",
        operator_email="privacy@fair.example", data_protection_contact="dpo@fair.example",
    )  # fmt: skip
    guest = Visitor(app)
    page = guest.get("/privacy")
    for stated in ("Fair <b>& Co", "1 Road, Town", "privacy@fair.example", "dpo@fair.example"):
        assert stated in page.text
    assert "has not stated" not in page.text
    with database.reading() as session:
        assert privacy_version(session, language="de") == "software-de-2026-11"
    form = guest.get("/register").find("input", {"name": "privacy_version"})
    assert form is not None
    assert form["value"] == "software-en-2026-11"


@pytest.mark.parametrize("language", ["en", "de"])
def test_privacy_notice_says_the_times_that_the_software_keeps(app: Flask, language: str) -> None:
    with app.test_request_context():
        text = default_privacy(language)
    for days in (LINKS_KEPT.days, LOGINS_KEPT.days):
        assert f" {days} " in text
    assert (RATES_KEPT.days, LIFETIME.days) == (2, 1)  # said in words
    assert re.findall("`([a-z]+)`", text) == [app.config["SESSION_COOKIE_NAME"], COOKIE]
    assert text.count("## ") == 8


def test_legal_text_is_published_in_versions_and_shown_without_foreign_html(
    app: Flask, database: Database
) -> None:
    visitor = Visitor(app).log_in(_administrator(database))
    for text in ("First", "# Who\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold**", "# Who"):
        visitor.get("/admin/legal-texts/privacy/en")
        visitor.submit(text=text)
        page = Visitor(app).get("/privacy")
        main = page.find("main")
        assert main is not None
        assert main.find("script") is None
        assert all("javascript" not in str(link.get("href")) for link in main.find_all("a"))
    with database.reading() as session:
        versions = session.scalars(sa.select(LegalText.version).order_by(LegalText.id)).all()
    assert versions == [1, 2, 3]
    Visitor(app).get("/admin/legal-texts/privacy/xx", status=200)
    visitor.get("/admin/legal-texts/nonsense/en", status=404)


def test_every_page_links_the_legal_pages(app: Flask) -> None:
    footer = Visitor(app).get("/log-in").find("footer")
    assert footer is not None
    paths = {str(link["href"]) for link in footer.find_all("a")}
    assert {"/imprint", "/privacy", "/accessibility", "/how-matching-works"} <= paths


def test_organiser_merges_duplicates_of_the_own_event_only(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser)
        one, two, foreign = (make_organisation(session, name="Acme", name_key="acme") for _ in range(3))
        make_participation(session, event, organisation=one)
        make_participation(session, make_event(session, organiser), organisation=two)
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/organisations/{one.id}/merge")
    assert f"/organisations/{one.id}/merge/{foreign.id}" not in str(visitor.page())
    visitor.get(f"/organisations/{one.id}/merge/{foreign.id}", status=403)
    visitor.get(f"/organisations/{one.id}/merge/{two.id}")
    visitor.submit()
    assert "Merged into Acme" in visitor.text()


def test_lists_cost_the_same_for_one_row_and_three(app: Flask, database: Database) -> None:
    visitor = Visitor(app).log_in(_administrator(database))
    counts: list[list[int]] = []
    for _more in range(2):
        counts.append([_queries(database, visitor, path) for path in ("/admin", "/admin/organisations", "/")])
        with database.transaction() as session:
            for _ in range(2):
                make_organisation(session, make_person(session, password_hash="x"))
    assert counts[0] == counts[1]


def _queries(database: Database, visitor: Visitor, path: str) -> int:
    count = 0

    def note(*_arguments: object) -> None:
        nonlocal count
        count += 1

    sa.event.listen(database.engine, "before_cursor_execute", note)
    visitor.get(path)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    return count
