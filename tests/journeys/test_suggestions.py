"""The page of suggestions in a browser, read by somebody who knows nothing of the method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing
from matchmaker.models import Participation, Person, Round, RoundStep
from matchmaker.services.password import set_password
from matchmaker.services.round_opening import open_suggestions
from tests.factories import PASSWORD, make_event, make_participation, make_person
from tests.journeys.accessible import log_in, served
from tests.rounds import plain, run_round

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shown:
    """A served event: its address, the readers' addresses, and the paths of both sides."""

    address: str
    startup_email: str
    corporate_email: str
    startup: str
    corporate: str
    corporate_name: str


@pytest.fixture
def shown(app: Flask, database: Database, config: Config) -> Iterator[Shown]:
    """A startup that writes German, a corporate that writes English, and a firm that says nearly nothing."""
    with database.transaction() as session:
        ada, bea = (make_person(session, name=name) for name in ("Ada", "Bea"))
        for person in (ada, bea):
            set_password(person, PASSWORD)
        event = make_event(session, make_person(session))
        startup = make_participation(
            session, event, person=ada, languages=["de"], offers=("Speicher für grünen Wasserstoff",),
            needs=("Ein Stahlwerk für einen Versuch mit grünem Wasserstoff",),
        )  # fmt: skip
        corporate = make_participation(
            session, event, group="corporates", person=bea, languages=["fr"],
            offers=("A steel mill for a trial of green hydrogen",),
            needs=("Storage of green hydrogen, Wasserstoffspeicher",),
        )  # fmt: skip
        make_participation(session, event, group="corporates", description="We make things.")
        for entry in startup.entries:
            entry.language = "de"
        name = corporate.organisation.name
    round_id = run_round(database, config, event, RoundStep.SUGGEST)
    compute_due_browsing(database, plain(config))
    with database.transaction() as session:
        open_suggestions(
            session,
            round_=session.get_one(Round, round_id),
            actor_id=None,
            now=clock.now(),
            wishes_until=None,
        )
    base = f"/events/{event.slug}/participations"
    with served(app) as address:
        yield Shown(
            address, _email(database, ada), _email(database, bea), f"{base}/{startup.id}",
            f"{base}/{corporate.id}", name,
        )  # fmt: skip


def _email(database: Database, person: Person) -> str:
    with database.reading() as session:
        return session.get_one(Person, person.id).email


def test_both_sides_read_why_they_should_meet_and_whoever_opts_out_vanishes(
    shown: Shown, database: Database, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport=PHONE, color_scheme="dark")
    log_in(page, shown.address, shown.startup_email)
    page.goto(f"{shown.address}{shown.startup}/suggestions")
    card = page.locator("article.match", has_text=shown.corporate_name)
    _reads_both_sides(card.inner_text())
    expect(card.locator("q[lang=de]").first).to_be_visible()
    expect(card).to_contain_text("What speaks against it")
    expect(card).to_contain_text("You name no common language.")
    thin = page.locator("article.match").nth(1)
    expect(thin).to_contain_text("Their profile says little")
    assert "%" not in page.locator("main").inner_text()
    expect(page.get_by_role("link", name="How matching works").first).to_be_visible()

    other = open_page()
    log_in(other, shown.address, shown.corporate_email)
    other.goto(f"{shown.address}{shown.corporate}/suggestions")
    _reads_both_sides(other.locator("article.match").first.inner_text())

    other.goto(shown.address + shown.corporate)
    other.get_by_role("button", name="Do not suggest us").click()
    expect(other.locator("main")).to_contain_text("You are not suggested to anybody")
    for path in ("suggestions", "others"):
        page.goto(f"{shown.address}{shown.startup}/{path}")
        expect(page.locator("main")).not_to_contain_text(shown.corporate_name)
    other.goto(f"{shown.address}{shown.corporate}/agenda")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    number = int(shown.corporate.rsplit("/", 1)[1])
    with database.reading() as session:
        assert session.get_one(Participation, number).status == "approved"


def _reads_both_sides(text: str) -> None:
    """Own and other's words quoted for both directions; the fit as a word and a number of 100."""
    assert re.search(r"(Very good|Good|Possible|Loose) fit, \d+ of 100", text), text
    assert "Why you should meet them" in text
    assert "Why they should meet you" in text
    for of in ("You need", "They offer", "They need", "You offer"):
        assert of in text, of
    assert "grünem Wasserstoff" in text
    assert "green hydrogen" in text
