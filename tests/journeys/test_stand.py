"""A shared stand in a browser: two partners, a rota, two meetings at once, a list to print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from matchmaker.db import Database
from matchmaker.models import Event, OrganisationKind
from tests.factories import make_organisation, make_participation, make_person
from tests.installation import Installation
from tests.journeys import steps

DAY = "2027-06-16"
PARTNERS = ("Ruhr Gas", "Ruhr Chemicals")
STARTUPS = ("Aspen", "Beaver", "Cedar", "Dogwood", "Elk", "Fir")


def _fill(database: Database, slug: str) -> None:
    """Two partners and six startups whose delegates have come to Toronto."""
    with database.transaction() as session:
        event = session.scalars(sa.select(Event).where(Event.slug == slug)).one()
        for name, group in [*((n, "corporates") for n in PARTNERS), *((n, "startups") for n in STARTUPS)]:
            is_partner = group == "corporates"
            make_participation(
                session,
                event,
                group=group,
                organisation=make_organisation(
                    session,
                    name=name,
                    kind=OrganisationKind.CORPORATE if is_partner else OrganisationKind.STARTUP,
                ),
                person=make_person(session, name=f"{name} desk", time_zone="America/Toronto"),
                offers=("Sites for pilots of hydrogen storage" if is_partner else "Hydrogen storage tanks",),
                needs=("Hydrogen storage tanks" if is_partner else "Sites for pilots of hydrogen storage",),
            )


def _add_shift(page: Page, event_url: str, block: str, partner: str, start: str, end: str) -> None:
    page.goto(f"{event_url}/blocks")
    page.locator("tr, article, .card", has_text=block).get_by_role(
        "link", name=re.compile("[Rr]ota")
    ).first.click()
    page.goto(f"{page.url.rstrip('/')}/new")
    steps.choose(page, "participation_id", partner)
    page.locator("input[name=starts_at]").fill(start)
    page.locator("input[name=ends_at]").fill(end)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text(partner)


@pytest.mark.browser
@pytest.mark.slow
def test_partners_take_turns_at_the_stand_and_its_list_prints(
    installation: Installation, open_page: Callable[..., Page], database: Database
) -> None:
    page = open_page()
    steps.become_administrator(installation, page, "organiser@event.example")
    event = steps.create_event(
        page, installation.base_url, name="Ruhr at the fair", place="On site", zone="America/Toronto", day=DAY
    )
    page.goto(f"{event}/places/new")
    page.locator("select[name=kind]").select_option("booth")
    page.locator("input[name=name]").fill("Ruhr stand")
    page.locator("input[name=capacity]").fill("2")
    page.locator("main form button.btn-primary").click()
    steps.add_block(
        page, event, name="At the stand", start=f"{DAY}T10:00", end=f"{DAY}T11:40", minutes=20,
        stand="Ruhr stand", at_once="2",
    )  # fmt: skip
    steps.open_registration(page, event)
    _fill(database, event.rsplit("/", 1)[1])
    _add_shift(page, event, "At the stand", PARTNERS[0], f"{DAY}T10:00", f"{DAY}T11:40")
    _add_shift(page, event, "At the stand", PARTNERS[1], f"{DAY}T10:50", f"{DAY}T11:40")

    steps.run_round(page, event, "both")
    steps.publish_round(page)

    page.goto(f"{event}/places/print")
    rows = page.locator("table tbody tr").all_inner_texts()
    meetings = [row for row in rows if " – " in row]
    at_once = Counter(row[:5] for row in meetings)
    assert at_once == {"10:00": 1, "10:25": 1, "10:50": 2, "11:15": 2}
    of_first = [row for row in meetings if PARTNERS[0] in row]
    assert len(of_first) == 4
    assert {row[:5] for row in meetings if PARTNERS[1] in row} == {"10:50", "11:15"}
    page.emulate_media(media="print")
    expect(page.locator("header.topbar")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("holds the stand")
