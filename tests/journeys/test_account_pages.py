"""Pages of people and organisations in a real browser: WCAG 2.2 AA in light and dark, and on a phone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from matchmaker.db import Database
from matchmaker.models import InstallationRight, MemberRole, MemberStatus, OrganisationMember
from matchmaker.services.password import set_password
from tests.factories import (
    NOW,
    PASSWORD,
    add,
    make_event,
    make_organisation,
    make_participation,
    make_person,
)

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_VISITORS = ("/", "/register", "/log-in", "/password/forgotten", "/how-matching-works", "/imprint")
OF_ADMINISTRATORS = (
    "/",
    "/account",
    "/account/password",
    "/account/email",
    "/account/log-ins",
    "/account/own-data",
    "/account/own-data/erase",
    "/organisations/new",
    "/organisations/1",
    "/organisations/1/edit",
    "/organisations/1/people",
    "/organisations/1/leave",
    "/organisations/1/entries/new/offer",
    "/organisations/1/merge",
    "/organisations/1/merge/2",
    "/admin",
    "/admin/organisations",
    "/admin/legal-texts",
    "/admin/legal-texts/privacy/en",
)


@pytest.fixture
def address(app: Flask, database: Database) -> Iterator[str]:
    """The application served on a free port, with people and organisations to show."""
    with database.transaction() as session:
        person = make_person(
            session,
            InstallationRight.ADMINISTRATOR,
            InstallationRight.CREATE_EVENTS,
            email="ada@operator.example",
        )
        set_password(person, PASSWORD)
        asker = make_person(session, password_hash="x")
        firm = make_organisation(session, person, name="Acme GmbH", name_key="acme")
        twin = make_organisation(session, name="ACME", name_key="acme")
        event = make_event(session, person)
        for organisation in (firm, twin):
            make_participation(session, event, organisation=organisation)
        add(
            session,
            OrganisationMember(
                organisation_id=firm.id,
                person_id=asker.id,
                role=MemberRole.MEMBER,
                status=MemberStatus.ASKED,
                created_at=NOW,
            ),
        )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _problems(page: Page, address: str, paths: tuple[str, ...]) -> list[str]:
    found = []
    for path in paths:
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, path
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        for violation in result.response["violations"]:
            found.append(f"{path}: {violation['id']} {[node['target'] for node in violation['nodes']][:3]}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{path}: wider than the screen")
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_are_accessible_and_fit_the_screen(
    address: str, open_page: Callable[..., Page], scheme: str, width: int
) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 850})
    problems = _problems(page, address, OF_VISITORS)
    page.goto(address + "/log-in")
    page.get_by_label("E-mail address").fill("ada@operator.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()
    assert problems + _problems(page, address, OF_ADMINISTRATORS) == []


def test_registration_takes_the_browsers_own_zone(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(timezone_id="America/Vancouver")
    page.goto(address + "/register")
    assert page.get_by_label("Your time zone").input_value() == "America/Vancouver"
