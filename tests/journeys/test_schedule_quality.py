"""An organiser reads a schedule in a browser: proof, fairness, hours, what is missing; then repairs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from matchmaker.db import Database
from matchmaker.models import EventFormat, PlaceKind, WishKind
from matchmaker.services.password import set_password
from tests.factories import make_place
from tests.installation import Installation
from tests.journeys import steps
from tests.rounds import Fair, make_fair, say

EMAIL = "organiser@event.example"


def _fill(database: Database) -> Fair:
    """Two tables in four slots for twelve pairs: not every wish fits."""
    with database.transaction() as session:
        fair = make_fair(session, startups=4, corporates=3, slots=4, format=EventFormat.ON_SITE)
        fair.organiser.email = EMAIL
        set_password(fair.organiser, steps.PASSWORD)
        for number in (1, 2):
            make_place(session, fair.event, kind=PlaceKind.TABLE, name=f"Table {number}")
        for startup in fair.startups:
            for corporate in fair.corporates:
                say(session, startup, WishKind.MEET, corporate)
    return fair


@pytest.mark.browser
@pytest.mark.slow
def test_organiser_reads_what_is_proved_and_repairs_after_a_table_is_lost(
    installation: Installation, database: Database, open_page: Callable[..., Page]
) -> None:
    fair = _fill(database)
    page = open_page()
    steps.log_in(page, installation, EMAIL)
    event = f"{installation.base_url}/events/{fair.event.slug}"
    steps.run_round(page, event, "both")
    main = page.locator("main")
    expect(main).to_contain_text("8 meetings, the most that can be")
    expect(main).to_contain_text("7/7")
    expect(main).to_contain_text("Wanted, but not placed")
    page.locator("#unplaced summary").first.click()
    expect(page.locator("#unplaced details[open]").first).to_contain_text("instead of")
    round_url = re.sub(r"[?#].*", "", page.url)

    page.get_by_role("link", name="What this means").click()
    expect(main).to_contain_text("This is a proof about the schedule, not about the scores")
    expect(main).to_contain_text("no schedule has more than 8")
    page.get_by_role("link", name="Fairness", exact=True).click()
    expect(main).to_contain_text("What fairness costs")
    page.get_by_role("link", name="Hours", exact=True).click()
    expect(main).to_contain_text("Berlin")

    page.goto(round_url)
    steps.publish_round(page)
    expect(main).not_to_contain_text("The proof has lapsed")
    _close_a_table(page, round_url, fair)
    page.get_by_role("button", name="Work out a repair").click()
    page.get_by_role("link", name="See who is hit").first.click(timeout=60_000)
    expect(main).to_contain_text("one mail")
    page.get_by_role("button", name="Apply and tell everybody concerned").click()
    expect(main).to_contain_text("Repaired:")

    page.goto(round_url)
    expect(main).to_contain_text("The proof has lapsed")
    page.get_by_role("link", name="What this means").click()
    page.get_by_role("button", name="Check again").click()
    expect(main).to_contain_text("The stored prices prove the bound", timeout=30_000)
    expect(main).to_contain_text("Changed")


def _close_a_table(page: Page, round_url: str, fair: Fair) -> None:
    zone = ZoneInfo(fair.event.time_zone)
    page.goto(f"{round_url}/repair")
    steps.choose(page, "place_id", "Table 1")
    for name, moment in (("starts_at", fair.slots[0].starts_at), ("ends_at", fair.slots[-1].ends_at)):
        page.locator(f"input[name={name}]").fill(f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Close it for this time").click()
    expect(page.locator("main")).to_contain_text("It is closed.")
