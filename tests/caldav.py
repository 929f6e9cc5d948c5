"""A real CalDAV server (Radicale) and a calendar program in front of it, for tests of what mails carry."""

from __future__ import annotations

import base64
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import icalendar

USER = "ada"


@contextmanager
def running_radicale(folder: Path) -> Iterator[int]:
    """The server's port; it keeps its collections in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [
            sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}",
            "--auth-type", "none", "--storage-filesystem-folder", str(folder), "--logging-level", "error",
        ]
    )  # fmt: skip
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert server.poll() is None, "radicale ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("radicale did not answer within 30 seconds")


class CalendarProgram:
    """Keeps one calendar on the server, as a mail program does with the messages of mails (RFC 5546)."""

    def __init__(self, port: int, name: str) -> None:
        self._port, self._path = port, f"/{USER}/{name}/"
        assert self._ask("MKCALENDAR", self._path)[0] == 201

    def take(self, message: bytes) -> None:
        """Do what a REQUEST or CANCEL of a mail says; an older state than the one kept changes nothing.

        A file to import (PUBLISH) is taken entry by entry.
        """
        calendar = icalendar.Calendar.from_ical(message)
        events = calendar.walk("VEVENT")
        assert len(events) == 1 or calendar["METHOD"] == "PUBLISH"
        for event in events:
            self._take(calendar, event)

    def _take(self, calendar: icalendar.Calendar, event: icalendar.Event) -> None:
        kept = {str(entry["UID"]): entry for entry in self.entries()}.get(str(event["UID"]))
        if kept is not None and _state(event) < _state(kept):
            return
        if calendar["METHOD"] == "CANCEL":
            if kept is not None:
                assert self._ask("DELETE", self._href(event))[0] == 200
            return
        self._put(calendar, event)

    def synchronise(self, feed: bytes) -> None:
        """Make the calendar what a subscription says: all of it and nothing else."""
        calendar = icalendar.Calendar.from_ical(feed)
        events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
        for kept in self.entries():
            if str(kept["UID"]) not in events:
                assert self._ask("DELETE", self._href(kept))[0] == 200
        for event in events.values():
            self._put(calendar, event)

    def entries(self) -> list[icalendar.Event]:
        """What the server holds, read back from it."""
        status, text = self._ask("GET", self._path)
        assert status == 200
        return icalendar.Calendar.from_ical(text).walk("VEVENT") if text else []

    def _put(self, calendar: icalendar.Calendar, event: icalendar.Event) -> None:
        # a stored entry holds no METHOD (RFC 4791, 4.1)
        stored = icalendar.Calendar()
        stored.add("PRODID", calendar["PRODID"])
        stored.add("VERSION", "2.0")
        stored.add_component(event)
        assert self._ask("PUT", self._href(event), stored.to_ical())[0] in {201, 204}

    def _href(self, event: icalendar.Event) -> str:
        return f"{self._path}{event['UID']}.ics"

    def _ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        token = base64.b64encode(f"{USER}:x".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "text/calendar; charset=utf-8"}
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _state(event: icalendar.Event) -> tuple[int, object]:
    """Which of two states of an entry is newer: the sequence first, then when it was made."""
    return int(event["SEQUENCE"]), event["DTSTAMP"].dt
