"""An organiser tidies a draft in a browser: breaks before and after, used, compared, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from matchmaker.db import Database
from matchmaker.models import EventFormat, Meeting, PlaceKind, Round, RoundStudy
from matchmaker.services.password import set_password
from tests.factories import make_place
from tests.installation import Installation
from tests.journeys import steps
from tests.rounds import Fair, make_fair, scatter

EMAIL = "organiser@event.example"


def _fill(database: Database) -> Fair:
    """One startup for two corporates, in four slots."""
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=2, slots=4, format=EventFormat.ON_SITE)
        fair.organiser.email = EMAIL
        set_password(fair.organiser, steps.PASSWORD)
        make_place(session, fair.event, kind=PlaceKind.TABLE, name="Table 1")
    return fair


def _count(database: Database, kind: type[Round] | type[RoundStudy]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def _slots(database: Database, fair: Fair, number: int) -> list[int]:
    """At which of the event's slots the meetings of a round are."""
    with database.reading() as session:
        found = session.scalars(
            sa.select(Meeting.slot_id).join(Round, Round.id == Meeting.round_id).where(Round.number == number)
        )
        return sorted([slot.id for slot in fair.slots].index(slot_id) for slot_id in found)


def _row(page: Page, title: str) -> list[str]:
    """The figures beside a title."""
    return (
        page.locator("tr", has=page.get_by_role("rowheader", name=title, exact=True))
        .locator("td")
        .all_inner_texts()
    )


@pytest.mark.browser
@pytest.mark.slow
def test_organiser_tidies_a_draft_compares_and_takes_it_back(
    installation: Installation, database: Database, open_page: Callable[..., Page]
) -> None:
    fair = _fill(database)
    page = open_page()
    main = page.locator("main")
    steps.log_in(page, installation, EMAIL)
    steps.run_round(page, f"{installation.base_url}/events/{fair.event.slug}", "both")
    draft_url = re.sub(r"[?#].*", "", page.url)
    scatter(database, int(draft_url.rsplit("/", 1)[1]), (0, 3))

    page.goto(draft_url)
    page.get_by_role("link", name="Tidy", exact=True).click()
    _is_refused_with_what_was_typed(page)
    _is_worked_out_once(page, database)
    expect(page.get_by_role("heading", name="Breaks before and after")).to_be_visible(timeout=30_000)
    assert _row(page, "The draft") == ["1", "0", "0", "1"]
    assert _row(page, "With better times") == ["0", "0", "0", "0"]
    expect(main).to_contain_text("1 of 2 meetings are at another time.")
    expect(main.locator(".chip-good")).to_have_text("Checked")
    assert _slots(database, fair, 1) == [0, 3]  # nothing has changed so far

    page.get_by_role("button", name="Use these times").dblclick()
    expect(main).to_contain_text("This run is the one that is reviewed and published.")
    assert _count(database, Round) == 2
    assert _slots(database, fair, 1) == [0, 3]
    first, second = _slots(database, fair, 2)
    assert second - first == 1
    page.get_by_role("link", name="Proof", exact=True).click()
    expect(main).to_contain_text("This is a proof about the schedule, not about the scores")

    page.goto(draft_url)
    expect(main).to_contain_text("Round 2 is the one that counts now.")
    page.get_by_role("link", name="Compare them").click()
    expect(main).to_contain_text("1 pairs meet at the same time in both, 1 at another time.")
    assert _row(page, "Meetings") == ["2", "2"]
    page.get_by_role("button", name="Choose round 1").click()
    expect(main).to_contain_text("This round counts now.")
    page.goto(draft_url)
    expect(main).to_contain_text("This run is the one that is reviewed and published.")
    assert (_slots(database, fair, 1), _count(database, Round)) == ([0, 3], 2)


def _is_refused_with_what_was_typed(page: Page) -> None:
    """A browser that checks nothing itself sends a number that makes no sense."""
    box = page.get_by_label("How many more breaks anybody may have")
    page.locator("form.form-page").evaluate("form => form.noValidate = true")
    box.fill("99")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("alert").or_(page.locator(".alert-danger")).first).to_contain_text(
        "Write a number between 0 and 20."
    )
    expect(box).to_have_value("99")
    box.fill("1")


def _is_worked_out_once(page: Page, database: Database) -> None:
    """Two clicks ask once; the second sees that it is being worked out, or what came out."""
    page.get_by_role("button", name="Work it out").dblclick()
    expect(page.locator("main")).to_contain_text(re.compile("Working it out|Breaks before and after"))
    expect(page.locator("main")).not_to_contain_text("could not")
    assert _count(database, RoundStudy) == 1
