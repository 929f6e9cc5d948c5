"""The main job in a browser: an event, real registrations, wishes, a round, two agendas in two zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.journeys import steps
from tests.mailbox import Mailbox

DAY = "2027-02-10"


@pytest.mark.browser
@pytest.mark.slow
def test_must_is_met_and_never_is_not_and_both_agendas_agree(
    installation: Installation, mailbox: tuple[Mailbox, int], open_page: Callable[..., Page]
) -> None:
    letters, _port = mailbox
    organiser = open_page()
    steps.become_administrator(installation, organiser, "organiser@event.example")
    event = steps.create_event(
        organiser,
        installation.base_url,
        name="Hydrogen morning",
        place="Virtual",
        zone="Europe/Berlin",
        day=DAY,
    )
    steps.approve_automatically(organiser, event)
    steps.add_block(organiser, event, name="Afternoon", start=f"{DAY}T14:30", end=f"{DAY}T17:00", minutes=20)
    steps.open_registration(organiser, event)

    startup, rival, corporate = open_page(), open_page(), open_page()
    maple = steps.register(
        startup, event, letters, name="Ada", email="ada@maple.example", firm="Maple Electrolysers",
        kind="Startup", zone="America/Toronto",
    )  # fmt: skip
    birch = steps.register(
        rival, event, letters, name="Ben", email="ben@birch.example", firm="Birch Fuel Cells",
        kind="Startup", zone="America/Toronto",
    )  # fmt: skip
    steel = steps.register(
        corporate, event, letters, name="Cleo", email="cleo@ruhrsteel.example", firm="Ruhr Steel",
        kind="Corporate", zone="Europe/Berlin",
    )  # fmt: skip
    steps.add_entry(startup, maple, "offer", "Electrolysers that make green hydrogen at the steel plant")
    steps.add_entry(startup, maple, "need", "A steel plant for a pilot of green hydrogen")
    steps.add_entry(rival, birch, "offer", "Fuel cells for green hydrogen trucks at the steel plant")
    steps.add_entry(rival, birch, "need", "A steel plant with trucks for a pilot")
    steps.add_entry(corporate, steel, "need", "Electrolysers for green hydrogen at the steel plant")
    steps.add_entry(corporate, steel, "offer", "A steel plant for a pilot of green hydrogen and of trucks")

    steps.run_round(organiser, event, "suggest", opens=True)
    letters.wait_for("cleo@ruhrsteel.example", "suggestion")
    steps.say_wish(corporate, steel, "Maple Electrolysers", "Must")
    steps.say_wish(corporate, steel, "Birch Fuel Cells", "Never")

    steps.run_round(organiser, event, "schedule")
    steps.publish_round(organiser)
    letters.wait_for("ada@maple.example", "agenda")

    startup.goto(f"{maple}/agenda")
    expect(startup.locator("main")).to_contain_text("Ruhr Steel")
    corporate.goto(f"{steel}/agenda")
    expect(corporate.locator("main")).to_contain_text("Maple Electrolysers")
    expect(corporate.locator("main")).not_to_contain_text("Birch Fuel Cells")
    rival.goto(f"{birch}/agenda")
    expect(rival.locator("main")).not_to_contain_text("Ruhr Steel")
    rival.goto(f"{birch}/suggestions")
    expect(rival.locator("main")).to_contain_text("Ruhr Steel")  # a veto changes nothing that they see

    begins = {_begin(page, url) for page, url in ((startup, maple), (corporate, steel))}
    assert len(begins) == 1
    (begin,) = begins
    for page, zone, city in ((startup, "America/Toronto", "Toronto"), (corporate, "Europe/Berlin", "Berlin")):
        expect(page.locator("main")).to_contain_text(f"{begin.astimezone(ZoneInfo(zone)):%H:%M}")
        expect(page.locator("main")).to_contain_text(city)


def _begin(page: Page, participation_url: str) -> dt.datetime:
    """When the only meeting of a participation begins, read from its calendar file."""
    answer = page.request.get(f"{participation_url}/agenda.ics")
    assert answer.status == 200
    (entry,) = icalendar.Calendar.from_ical(answer.text()).walk("VEVENT")
    begin = entry["DTSTART"].dt
    assert isinstance(begin, dt.datetime)
    return begin.astimezone(dt.UTC)
