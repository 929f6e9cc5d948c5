"""Publishes a round of many participations while people read pages: seconds, mails, memory, page times.

python -m benchmarks.rounds.publication 2000 [--pause 5]

The draft is made by hand (each of one half meets eight of the other), so that only the publication is
measured; web server and publication are processes of their own on one SQLite database.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.models import (
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    OutboxMail,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStep,
)
from matchmaker.services.change import HOLD
from matchmaker.services.publication import publish_round
from tests.factories import make_event, make_participation, make_person, make_place, make_slots
from tests.installation import Installation, installed
from tests.visitor import Visitor

EACH = 8
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print the figures of one publication."""
    parser = argparse.ArgumentParser(prog="benchmarks.rounds.publication", description=__doc__)
    parser.add_argument("participations", type=int, nargs="?", default=2000)
    parser.add_argument("--pause", type=int, help="minutes between two meetings, up to the 5 between slots")
    parser.add_argument("--publish", metavar="URL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.publish:
        _publish(arguments.publish)
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/publication.sqlite3"
        with installed(Path(folder), url) as installation:
            installation.command("migrate")
            slug, cookie, path = _prepare(url, arguments.participations, arguments.pause)
            installation.start_web(workers=2)
            _measure(installation, url, slug, cookie, path)


def _prepare(url: str, count: int, pause: int | None) -> tuple[str, str, str]:
    """The event with its draft; gives its slug, a participant's log-in and the path of their agenda."""
    database = Database(url)
    day = (clock.now() + dt.timedelta(days=30)).date()
    with database.transaction() as session:
        event = make_event(session, make_person(session), starts_on=day, ends_on=day, pause=pause)
        slots = make_slots(session, event, count=EACH)
        place = make_place(
            session, event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        half = count // 2
        startups = [make_participation(session, event) for _ in range(half)]
        corporates = [make_participation(session, event, group="corporates") for _ in range(half)]
        now = clock.now()
        round_ = Round(
            event_id=event.id, number=1, step=RoundStep.SCHEDULE, status=RoundStatus.DRAFT, settings={},
            due_at=now, created_at=now, figures={"meetings": half * EACH, "without": []},
        )  # fmt: skip
        session.add(round_)
        session.flush()
        for at, startup in enumerate(startups):
            for number, slot in enumerate(slots):
                other = corporates[(at + number) % half]
                meeting = Meeting(
                    event_id=event.id, round_id=round_.id, participation_a_id=startup.id,
                    participation_b_id=other.id, slot_id=slot.id, place_id=place.id, fit=0.5, value=1.0,
                    status=MeetingStatus.DRAFT, uid=f"{uuid.uuid4()}@benchmark", created_at=now,
                    updated_at=now,
                )  # fmt: skip
                meeting.sitters = [
                    MeetingDelegate(delegate_id=side.delegates[0].id, event_id=event.id)
                    for side in (startup, other)
                ]
                session.add(meeting)
        slug, own, person_id = event.slug, startups[0].id, startups[0].delegates[0].person_id
    config = _config(url)
    visitor = Visitor(create_app(config, database)).log_in(person_id)
    cookie = visitor.client.get_cookie("matchmaker", domain="localhost")
    assert cookie is not None
    database.dispose()
    return slug, cookie.value, f"/events/{slug}/participations/{own}/agenda"


def _config(url: str) -> Config:
    return Config(
        database_url=url, secret_key="only for tests, long enough to be a secret",
        base_url="http://localhost",
        trusted_hosts=("localhost", "127.0.0.1"), smtp_url=None, mail_sender="M <a@b.example>",
        is_testing=True,
    )  # fmt: skip


def _measure(installation: Installation, url: str, slug: str, cookie: str, path: str) -> None:
    calm = _page_times(installation, cookie, path, slug, lambda: False, least=40)
    publishing = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rounds.publication", "--publish", url],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    busy = _page_times(installation, cookie, path, slug, lambda: publishing.poll() is None)
    printed, _errors = publishing.communicate()
    print(printed.strip())
    database = Database(url)
    with database.reading() as session:
        mails = session.scalar(sa.select(sa.func.count()).select_from(OutboxMail))
        seated = session.scalar(
            sa.select(sa.func.count()).where(Meeting.status.in_(("proposed", "confirmed")))
        )
    print(f"meetings published: {seated}; mails queued: {mails}")
    for name, times in (("before", calm), ("while publishing", busy)):
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"pages {name}: {len(times)}, median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, "
              f"longest {max(times):.0f} ms")  # fmt: skip


def _page_times(
    installation: Installation, cookie: str, path: str, slug: str, goes_on: Callable[[], bool], least: int = 0
) -> list[float]:
    """Milliseconds of an agenda and an event page in turn, by two readers at once."""
    times: list[float] = []

    def read(page: str) -> None:
        while goes_on() or len(times) < least:
            request = urllib.request.Request(
                f"{installation.base_url}{page}", headers={"Cookie": f"matchmaker={cookie}"}
            )
            began = time.monotonic()
            urllib.request.urlopen(request, timeout=60).read()
            times.append(1000 * (time.monotonic() - began))
            time.sleep(0.05)

    readers = [threading.Thread(target=read, args=(page,)) for page in (path, f"/events/{slug}")]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return times


def _publish(url: str) -> None:
    database = Database(url)
    began, busy = time.monotonic(), time.process_time()
    with database.transaction() as session:
        round_ = session.scalars(sa.select(Round)).one()
        event = session.get_one(Event, round_.event_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now(), hold=HOLD)
    seconds = time.monotonic() - began
    spent = time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"publication: {seconds:.1f} s, {spent:.1f} s of a core, peak memory {peak} MB")


if __name__ == "__main__":
    main()
