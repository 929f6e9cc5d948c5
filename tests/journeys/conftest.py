"""Fixtures of the journeys: a real browser, a real mail server, a whole installation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.installation import Installation, installed
from tests.mailbox import Mailbox, port_of, start_mail_server
from tests.programs import find

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless chromium; without one the test fails and says what to install."""
    path = find("chromium")
    assert path, "The browser tests need chromium: apt-get install chromium, or set CHROMIUM to its path."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser profile of its own (its own cookies); keywords are playwright's."""
    contexts: list[BrowserContext] = []

    def open_one(**settings: object) -> Page:
        context = browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **settings}
        )  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server: what it got, and its port."""
    controller, mailbox = start_mail_server()
    yield mailbox, port_of(controller)
    controller.stop()


@pytest.fixture
def installation(tmp_path: Path, database_url: str, mailbox: tuple[Mailbox, int]) -> Iterator[Installation]:
    """A whole installation on the test's database: web server and worker are running."""
    with installed(tmp_path, database_url, smtp_port=mailbox[1]) as running:
        running.start_web()
        running.start_worker()
        yield running
