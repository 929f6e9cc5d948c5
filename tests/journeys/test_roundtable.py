"""A roundtable in a browser: made, wished for, seated, in the calendar; a freed seat goes to the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from matchmaker.db import Database
from matchmaker.models import Participation, Person, PlaceKind
from matchmaker.services.password import set_password
from tests.factories import make_place
from tests.installation import Installation
from tests.journeys import steps
from tests.mailbox import Mailbox
from tests.rounds import Fair, make_fair

TITLE = "Roundtable: the first order"


def _seed(database: Database) -> tuple[Fair, dict[int, str]]:
    """An event with a large table, whose three startups can log in; gives their addresses too.

    The only corporate hosts, so that nobody has a meeting while the table sits.
    """
    with database.transaction() as session:
        fair = make_fair(session, startups=3, corporates=1, slots=4)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        make_place(session, fair.event, name="Large table")
        for number in (fair.organiser.id, *fair.people.values()):
            set_password(session.get_one(Person, number), steps.PASSWORD)
        return fair, {
            one.id: str(session.get_one(Person, fair.people[one.id]).email) for one in fair.startups
        }


def _make_roundtable(page: Page, event_url: str, host: str) -> None:
    page.goto(f"{event_url}/sessions")
    page.get_by_role("link", name="Add a roundtable").click()
    page.get_by_label("Title").fill(TITLE)
    steps.choose(page, "host_id", host)
    page.locator("input[name=least]").fill("2")
    page.locator("input[name=seats]").fill("2")
    page.get_by_label("Large table").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text(TITLE)


def _card(page: Page, event_url: str) -> Page:
    page.goto(f"{event_url}/programme")
    return page


@pytest.mark.browser
@pytest.mark.slow
def test_a_roundtable_is_wished_for_seated_published_and_a_freed_seat_goes_to_the_next(
    installation: Installation,
    open_page: Callable[..., Page],
    database: Database,
    mailbox: tuple[Mailbox, int],
) -> None:
    fair, emails = _seed(database)
    event = f"{installation.base_url}/events/{fair.event.slug}"
    organiser = open_page()
    steps.log_in(organiser, installation, str(fair.organiser.email))
    with database.reading() as session:
        host = session.get_one(Participation, fair.corporates[0].id).organisation.name
    _make_roundtable(organiser, event, host)

    pages = [open_page() for _ in fair.startups]
    for page, startup, is_strong in zip(pages, fair.startups, (True, True, False), strict=True):
        steps.log_in(page, installation, emails[startup.id])
        _card(page, event).get_by_role("button", name=f"{TITLE}: we would like a seat", exact=True).click()
        expect(page.locator("main")).to_contain_text("A wish, not a seat yet")
        if is_strong:
            page.get_by_role("button", name=f"{TITLE}: we would like a seat very much").click()
            expect(page.locator("main")).to_contain_text("You would like a seat very much")

    steps.run_round(organiser, event, "schedule")
    expect(organiser.locator("main")).to_contain_text("2 of 2 seats")
    steps.publish_round(organiser)
    first, _second, third = pages
    expect(_card(first, event).locator("main")).to_contain_text("You attend")
    expect(_card(third, event).locator("main")).to_contain_text("No seat for you this time")
    expect(third.locator("main")).to_contain_text("All seats are taken.")

    agenda = first.request.get(f"{event}/participations/{fair.startups[0].id}/agenda.ics")
    told = mailbox[0].wait_for(emails[fair.startups[0].id], "agenda")
    (attached,) = [part for part in told.walk() if part.get_filename() == "agenda.ics"]
    entries = [
        entry
        for file in (agenda.body(), attached.get_payload(decode=True))
        for entry in Calendar.from_ical(file).walk("VEVENT")  # type: ignore[arg-type]
        if TITLE in str(entry["SUMMARY"])
    ]
    assert len(entries) == 2  # the download's and the mail's are one and the same entry
    assert len({(str(e["UID"]), e["DTSTART"].dt, e["DTEND"].dt) for e in entries}) == 1

    _card(first, event).get_by_role("button", name="Cancel my seat").click()
    mailbox[0].wait_for(emails[fair.startups[2].id], "You have a seat", seconds=60)
    expect(_card(third, event).locator("main")).to_contain_text("You attend")
    organiser.goto(f"{event}/sessions")
    organiser.get_by_role("link", name="would like a seat").click()
    expect(organiser.locator("main")).to_contain_text("gave the seat back")
    expect(organiser.locator("main")).to_contain_text("given to")
