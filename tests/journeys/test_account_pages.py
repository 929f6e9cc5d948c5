"""Pages of people and organisations in a real browser: WCAG 2.2 AA in light and dark, and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page

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
from tests.journeys.accessible import log_in, problems_of, served

pytestmark = pytest.mark.browser

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
    with served(app) as address:
        yield address


def test_pages_are_accessible_and_fit_the_screen(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    problems = problems_of(page, address, OF_VISITORS)
    log_in(page, address, "ada@operator.example")
    assert problems + problems_of(page, address, OF_ADMINISTRATORS) == []


def test_registration_takes_the_browsers_own_zone(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(timezone_id="America/Vancouver")
    page.goto(address + "/register")
    assert page.get_by_label("Your time zone").input_value() == "America/Vancouver"


def test_wide_table_is_a_card_for_each_row_on_a_phone(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 390, "height": 850})
    log_in(page, address, "ada@operator.example")
    page.goto(address + "/organisations/1/people")
    row = page.locator(".table-card tbody tr").first
    cells = [cell.bounding_box() for cell in row.locator("th, td").all()]
    places = [(box["x"], box["y"]) for box in cells if box is not None]
    assert len(places) == len(cells) == 4
    assert len({x for x, _ in places}) == 1
    assert places == sorted(places, key=lambda place: place[1])
    told = "element => getComputedStyle(element, '::before').content"
    assert row.locator("td").first.evaluate(told) == '"E-mail address"'
    assert page.get_by_role("columnheader", name="E-mail address").count() == 1
