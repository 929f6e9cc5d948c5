"""What a page must be for everybody: without a violation of WCAG 2.2 AA, and no wider than the screen."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, ViewportSize
from werkzeug.serving import make_server

from tests.factories import PASSWORD

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = (
    ({"width": 1280, "height": 850}, "light"),
    ({"width": 390, "height": 850}, "dark"),
)
"""What every page is looked at on: a desktop in light and a phone in dark."""

SIDEWAYS = """() => [...document.querySelectorAll(".table-card:has(> .stacked)")]
    .filter(card => card.scrollWidth > card.clientWidth + 1)
    .map(card => card.getAttribute("aria-label") || card.innerText.slice(0, 60))"""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def log_in(page: Page, address: str, email: str) -> None:
    """Log in with the tests' password."""
    page.goto(address + "/log-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()


def problems_of(page: Page, address: str, paths: Iterable[str], *, status: int = 200) -> list[str]:
    """What is wrong with the pages, one line each; empty when nothing is."""
    found = []
    for path in paths:
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == status, path
        assert page.url == address + path, f"{path} leads to {page.url}"
        for size, scheme in SCREENS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{path} ({scheme}): {problem}" for problem in _problems(page)]
    return found


def _problems(page: Page) -> Iterator[str]:
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    for violation in Axe().run(page, options=options).response["violations"]:
        yield f"{violation['id']} {[node['target'] for node in violation['nodes']][:3]}"
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield "wider than the screen"
    for title in page.evaluate(SIDEWAYS):
        yield f"a wide table scrolls sideways: {title}"
