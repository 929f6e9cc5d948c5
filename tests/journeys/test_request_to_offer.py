"""A request's whole life in the browser, down to a stranger's answer from a mail without a log-in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.waiting_list import offer_freed_slots
from matchmaker.models import Wish, WishKind
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.password import set_password
from tests.factories import (
    PASSWORD,
    make_event,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)
from tests.installation import Installation
from tests.journeys import steps
from tests.mailbox import Mailbox, links_of

DAY = dt.date(2040, 11, 26)


@dataclass(frozen=True)
class Scene:
    """The event's path and its three participations: Maple asks Ruhr Steel, Birch waits."""

    event: str
    maple: int
    steel: int


def _prepare(database: Database, base_url: str) -> Scene:
    with database.transaction() as session:
        event = make_event(
            session, make_person(session, email="office@event.example"), starts_on=DAY, ends_on=DAY
        )
        make_slots(session, event, count=3)
        rows = {}
        for name, group, zone in (
            ("Maple", "startups", "America/Toronto"),
            ("Birch", "startups", "America/Toronto"),
            ("Steel", "corporates", "Europe/Berlin"),
        ):
            person = make_person(
                session, name=f"{name} person", email=f"{name.lower()}@firm.example", time_zone=zone
            )
            rows[name] = make_participation(
                session, event, group=group, person=person, organisation=make_organisation(session, name=name)
            )
            if name != "Birch":  # who never had an account
                set_password(person, PASSWORD)
        session.add(
            Wish(
                from_id=rows["Birch"].id, to_id=rows["Steel"].id, event_id=event.id, kind=WishKind.MUST,
                said_at=clock.now(),
            )
        )  # fmt: skip
        return Scene(f"{base_url}/events/{event.slug}", rows["Maple"].id, rows["Steel"].id)


@pytest.mark.browser
@pytest.mark.slow
def test_request_countered_accepted_rescheduled_cancelled_and_its_slot_answered_from_a_mail(
    installation: Installation,
    mailbox: tuple[Mailbox, int],
    database: Database,
    open_page: Callable[..., Page],
) -> None:
    letters, _port = mailbox
    scene = _prepare(database, installation.base_url)
    maple, steel = open_page(), open_page(viewport={"width": 390, "height": 844})
    steps.log_in(maple, installation, "maple@firm.example")
    steps.log_in(steel, installation, "steel@firm.example")

    maple.goto(f"{scene.event}/participations/{scene.maple}/requests/new?to={scene.steel}")
    maple.locator("input[name=slot_id]").first.check()
    maple.get_by_label("Message").fill("Shall we talk about green steel?")
    maple.get_by_role("button", name="Send the request").click()
    expect(maple.locator("main")).to_contain_text("soft hold")

    steel.goto(f"{scene.event}/participations/{scene.steel}/agenda")
    expect(steel.locator(".countdown").first).to_contain_text("day")
    steel.get_by_role("link", name="Answer").click()
    steel.get_by_role("link", name="Propose another time").click()
    for choice in steel.locator("input[name=slot_id]").all()[1:]:
        choice.check()
    steel.get_by_role("button", name="Send the proposal").click()

    maple.goto(f"{scene.event}/participations/{scene.maple}/agenda")
    maple.get_by_role("link", name="Answer").click()
    expect(maple.locator("main")).to_contain_text("your answer is awaited")
    maple.locator("input[name=slot_id]").first.check()
    maple.get_by_role("button", name="Accept: confirm the meeting").click()
    expect(maple.locator("main")).to_contain_text("Confirmed")
    begins = maple.locator("dl.facts dd").first.inner_text()

    maple.get_by_role("link", name="Propose another time").click()
    maple.locator("input[name=slot_id]").last.check()
    maple.get_by_role("button", name="Send the proposal").click()
    expect(maple.locator("main")).to_contain_text("another time, not answered yet")
    steel.goto(f"{scene.event}/participations/{scene.steel}/agenda")
    steel.get_by_role("link", name="Answer").click()
    expect(steel.locator("main")).to_contain_text("It stays as it is until another time is accepted")
    steel.get_by_role("button", name="Accept: move the meeting").click()
    expect(steel.locator("main")).to_contain_text("The meeting is moved")

    meeting = steel.url
    maple.goto(meeting)
    assert maple.locator("dl.facts dd").first.inner_text() != begins
    maple.get_by_role("link", name="Cancel the meeting").click()
    maple.get_by_role("button", name="Cancel the meeting").click()
    expect(maple.locator("main")).to_contain_text("The meeting is cancelled")

    assert offer_freed_slots(database) == 1  # the worker's next turn, without waiting for it
    stranger = open_page(color_scheme="dark", viewport={"width": 390, "height": 844})
    letter = letters.wait_for("birch@firm.example", "come free")
    link = next(found for found in links_of(letter) if "/answers/" in found)
    stranger.goto(link)
    expect(stranger.locator("main")).to_contain_text("Steel meets Birch")
    stranger.get_by_role("button", name="Accept").click()
    expect(stranger.locator("main")).to_contain_text("You accepted.")
    expect(stranger.get_by_role("link", name="I have no password yet")).to_be_visible()

    steel.goto(f"{scene.event}/participations/{scene.steel}/agenda")
    expect(steel.locator("main")).to_contain_text("The other side accepted and waits for your answer")
    steel.get_by_role("button", name="Accept").click()
    expect(steel.locator("main")).to_contain_text("The meeting is confirmed")
    with database.reading() as session:
        assert broken_invariants(session) == {}
