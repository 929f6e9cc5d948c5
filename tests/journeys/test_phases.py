"""A whole round in a browser through all its phases: two web processes, two workers, PostgreSQL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import MailStatus, Meeting, OutboxMail, Person, PlaceKind, Slot
from matchmaker.services.password import set_password
from tests import postgres
from tests.factories import make_place
from tests.installation import Installation, installed
from tests.journeys import steps
from tests.mailbox import Mailbox
from tests.rounds import Fair, make_fair


@pytest.fixture
def cluster(
    tmp_path: Path, postgres_server: postgres.Server, mailbox: tuple[Mailbox, int]
) -> Iterator[Installation]:
    """Two web processes and two workers on one PostgreSQL database."""
    name = postgres_server.create()
    with installed(tmp_path, postgres_server.url(name), smtp_port=mailbox[1]) as running:
        running.command("migrate")
        running.start_web(workers=2)
        running.start_worker("worker")
        running.start_worker("second worker")
        yield running
    postgres_server.drop(name)


def _seed(url: str) -> Fair:
    database = Database(url)
    with database.transaction() as session:
        fair = make_fair(session, startups=3, corporates=3, slots=3)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        for number in (fair.organiser.id, *fair.people.values()):
            set_password(session.get_one(Person, number), steps.PASSWORD)
    database.dispose()
    return fair


@pytest.mark.browser
@pytest.mark.slow
def test_round_goes_through_all_phases_with_two_runs_compared(
    cluster: Installation, open_page: Callable[..., Page]
) -> None:
    fair = _seed(cluster.database_url)
    database = Database(cluster.database_url)
    rounds = f"{cluster.base_url}/events/{fair.event.slug}/rounds"
    own = f"{cluster.base_url}/events/{fair.event.slug}/participations/{fair.startups[0].id}"
    organiser, startup = open_page(), open_page()
    steps.log_in(organiser, cluster, str(fair.organiser.email))
    steps.log_in(startup, cluster, _email(database, fair.people[fair.startups[0].id]))

    _gate(organiser, rounds, "wishes")
    _wait_for_phase(organiser, rounds, "Wishes")  # the run ends, and the clock goes through the gate
    expect(organiser.locator("main")).to_contain_text("6 mails wait")
    startup.goto(f"{own}/suggestions")
    startup.get_by_role("button", name="Must", exact=True).first.click()

    _gate(organiser, rounds, "draft")
    _wait_for_phase(organiser, rounds, "Draft")
    _wait_for_runs(organiser, rounds, 2)
    steps.run_round(organiser, rounds.removesuffix("/rounds"), "schedule")
    _compare_and_choose(organiser, rounds)
    startup.goto(f"{own}/agenda")
    expect(startup.locator("main")).to_contain_text("There are no meetings yet")

    _gate(organiser, rounds, "review")
    startup.goto(f"{own}/review")
    startup.get_by_role("button", name="Fits", exact=True).first.click()
    expect(startup.locator("main")).to_contain_text("Saved.")
    _gate(organiser, rounds, "top_up")
    _wait_for_runs(organiser, rounds, 4)
    startup.goto(f"{own}/review")
    expect(startup.locator("main")).to_contain_text("There is nothing to review now")

    _gate(organiser, rounds, "published")
    organiser.get_by_role("button", name="Undo").first.click()
    expect(organiser.locator("main")).to_contain_text("Undone. Nobody was told anything.")
    _gate(organiser, rounds, "published")
    startup.goto(f"{own}/agenda")
    expect(startup.locator("article.agenda-row").first).to_be_visible()
    with database.reading() as session:
        sent = sa.select(OutboxMail.kind).where(OutboxMail.status == MailStatus.SENT)
        assert "agenda_published" not in set(session.scalars(sent))  # they are held back

    _let_the_first_meeting_begin(database)
    _wait_for_phase(organiser, rounds, "Live")
    _say_that_it_was_held(startup, own, organiser, rounds)
    _gate(organiser, rounds, "closed")
    expect(organiser.locator(".phases .is-now")).to_contain_text("Closed")
    database.dispose()


def _gate(page: Page, rounds: str, phase: str) -> None:
    """Read what would happen, and take the gate."""
    page.goto(f"{rounds}/phases/{phase}")
    expect(page.locator("main")).to_contain_text("What would happen now")
    page.locator("button[name=do][value=now]").click()
    expect(page).to_have_url(re.compile(r"/rounds$"))


def _wait_for_phase(page: Page, rounds: str, name: str) -> None:
    for _second in range(90):
        page.goto(rounds)
        if name in page.locator(".phases .is-now").inner_text():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"never came to the phase {name}: {page.locator('main').inner_text()}")


def _wait_for_runs(page: Page, rounds: str, count: int) -> None:
    """Until so many runs have ended."""
    for _second in range(90):
        page.goto(rounds)
        states = page.locator("tbody tr td:nth-child(3)").all_inner_texts()
        if len(states) == count and not any("ing" in state for state in states):
            return
        page.wait_for_timeout(1000)
    raise AssertionError(page.locator("main").inner_text())


def _compare_and_choose(page: Page, rounds: str) -> None:
    """Put the third run beside the second, and go back to the second with a button."""
    page.goto(rounds)
    page.get_by_role("link", name="Round 3", exact=True).click()
    page.locator("select[name=with]").select_option(label="Round 2 (Draft)")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("main")).to_contain_text("Value of all meetings")
    page.get_by_role("button", name="Choose round 2").click()
    expect(page.locator("main")).to_contain_text("This run is the one that is reviewed and published.")


def _let_the_first_meeting_begin(database: Database) -> None:
    """Time passes: the first published meeting begins now, and everybody has accepted theirs."""
    with database.transaction() as session:
        first = session.scalars(
            sa.select(Slot).join(Meeting, Meeting.slot_id == Slot.id).where(Meeting.status == "confirmed")
        ).first()
        proposed = sa.update(Meeting).where(Meeting.status == "proposed")
        now = clock.now()
        session.execute(proposed.values(status="confirmed", accepted_a_at=now, accepted_b_at=now))
        slots = session.scalars(sa.select(Slot).order_by(Slot.starts_at)).all()
        assert first is None or slots
        shift = slots[0].starts_at - now + dt.timedelta(minutes=1)
        for slot in slots:
            slot.starts_at, slot.ends_at = slot.starts_at - shift, slot.ends_at - shift
        session.execute(sa.text("UPDATE phase_gate SET due_at = :now WHERE phase = 'live'"), {"now": now})


def _say_that_it_was_held(startup: Page, own: str, organiser: Page, rounds: str) -> None:
    startup.goto(f"{own}/agenda")
    startup.get_by_role("link", name="Say what became of it").first.click()
    startup.get_by_role("button", name="It was held").click()
    expect(startup.locator("main")).to_contain_text("Saved, thank you.")
    organiser.goto(rounds.replace("/rounds", "/results"))
    expect(organiser.locator(".stat", has_text="held")).to_contain_text("1")


def _email(database: Database, person_id: int) -> str:
    with database.reading() as session:
        return str(session.get_one(Person, person_id).email)
