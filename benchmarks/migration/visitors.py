"""Visitors of a running installation: pages read, and a form that writes, one after another."""

from __future__ import annotations

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

PAGES = ("/", "/events/event-3", "/log-in", "/how-matching-works", "/events/event-7")
FORM = "/password/forgotten"


@dataclass
class Visits:
    """Status and seconds of each request, with the moment it began."""

    answers: list[tuple[float, int, float]] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[tuple[int, float]]:
        """Requests that were under way at any time between two moments."""
        return [
            (status, took) for began, status, took in self.answers if began + took >= start and began <= end
        ]


def visit_until(ended: threading.Event, base_url: str, number: int, visits: Visits) -> None:
    """Ask for pages, and for a new password (which writes a mail), until the end."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(path: str, data: bytes | None = None) -> str:
        began = time.monotonic()
        try:
            request = urllib.request.Request(base_url + path, data=data, headers={"Referer": base_url + path})
            with opener.open(request, timeout=60) as answer:
                text, status = answer.read().decode(), answer.status
        except urllib.error.HTTPError as error:
            text, status = "", error.code
        except OSError:
            text, status = "", 599  # no answer at all
        visits.answers.append((began, status, time.monotonic() - began))
        return text

    count = 0
    while not ended.is_set():
        for page in PAGES:
            ask(page)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', ask(FORM))
        if token:
            # another person each time: requests for one person are limited
            email = f"filled{(number * 5000 + count) % 35_000}@firm.example"
            form = {"csrf_token": token.group(1), "email": email}
            ask(FORM, urllib.parse.urlencode(form).encode())
        count += 1
