"""200 open requests to one delegate with 10 free slots, accepted at the same moment.

Over real gunicorn workers, with a real log-in and real CSRF tokens. The same harness against an
application without guards (unguarded.py) finds double bookings, so it would find ours.
"""

from __future__ import annotations

import datetime as dt
import http.client
import re
import threading
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from matchmaker.db import Base, Database
from matchmaker.models import (
    Meeting,
    MeetingRequest,
    MeetingStatus,
    RequestStatus,
    Seat,
)
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.password import set_password
from tests.factories import (
    PASSWORD,
    make_event,
    make_participation,
    make_person,
    make_slots,
)
from tests.installation import Installation, installed

pytestmark = [pytest.mark.both_databases, pytest.mark.slow]

REQUESTS, SLOTS, BROWSERS = 200, 10, 4
REQUESTS_OF_CONTROL = 80
DAY = dt.date(2040, 11, 26)


@dataclass(frozen=True)
class Scene:
    """The event's slug, the asked delegate's address, and the open requests with their slots."""

    slug: str
    email: str
    requests: tuple[tuple[int, int], ...]


def test_of_200_requests_accepted_at_once_exactly_10_win(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    scene = _prepare(database, count=REQUESTS)
    with installed(tmp_path, database_url) as installation:
        installation.start_web(workers=4)
        answers = _accept_all(installation, scene)
    assert Counter(answers) == {302: SLOTS, 409: REQUESTS - SLOTS}
    with database.reading() as session:
        slots = session.scalars(
            sa.select(Meeting.slot_id).where(Meeting.status == MeetingStatus.CONFIRMED)
        ).all()
        accepted = session.scalars(
            sa.select(MeetingRequest.id).where(MeetingRequest.status == RequestStatus.ACCEPTED)
        ).all()
        assert broken_invariants(session) == {}
    assert (len(slots), len(set(slots)), len(accepted)) == (SLOTS, SLOTS, SLOTS)


@pytest.mark.breaks_invariants
def test_harness_finds_double_bookings_where_nothing_guards_the_seats(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    _drop_unique_seats(database)
    scene = _prepare(database, count=REQUESTS_OF_CONTROL)
    with installed(tmp_path, database_url) as installation:
        installation.start_web(workers=4, app="tests.journeys.unguarded:app")
        answers = _accept_all(installation, scene)
    assert Counter(answers)[302] > SLOTS
    with database.reading() as session:
        assert "nobody sits in two meetings that overlap" in broken_invariants(session)


def _prepare(database: Database, *, count: int) -> Scene:
    """One corporate with one delegate and 10 slots; so many startups that each ask for one of them."""
    with database.transaction() as session:
        event = make_event(session, starts_on=DAY, ends_on=DAY)
        slots = make_slots(session, event, count=SLOTS, start=dt.datetime(2040, 11, 26, 8, 0, tzinfo=dt.UTC))
        person = make_person(session, email="delegate@corporate.example")
        set_password(person, PASSWORD)
        corporate = make_participation(session, event, group="corporates", person=person)
        now = dt.datetime.now(dt.UTC)
        requests = []
        for number in range(count):
            asker = make_participation(session, event)
            # neighbours want the same slot, so that those who arrive together compete
            request = MeetingRequest(
                event_id=event.id, from_id=asker.id, to_id=corporate.id,
                slot_id=slots[number * SLOTS // count].id, status=RequestStatus.OPEN, asked_at=now,
                expires_at=now + dt.timedelta(days=3),
            )  # fmt: skip
            session.add(request)
            requests.append(request)
        session.flush()
        return Scene(event.slug, person.email, tuple((row.id, row.slot_id) for row in requests))


def _accept_all(installation: Installation, scene: Scene) -> list[int]:
    """Press all the buttons at the same moment; gives the status of each answer."""
    browsers = [_log_in(installation, scene) for _ in range(BROWSERS)]
    barrier = threading.Barrier(len(scene.requests))
    answers: list[int] = []

    def press(position: int, request_id: int, slot_id: int) -> None:
        cookie, token = browsers[position % BROWSERS]
        path = f"/events/{scene.slug}/requests/{request_id}/accept"
        barrier.wait()
        status, _headers, _body = _send(
            installation, "POST", path, cookie=cookie, csrf_token=token, slot_id=str(slot_id)
        )
        answers.append(status)

    threads = [
        threading.Thread(target=press, args=(position, *request))
        for position, request in enumerate(scene.requests)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(scene.requests), installation.log("web")
    return answers


def _log_in(installation: Installation, scene: Scene) -> tuple[str, str]:
    """Log in through the form, open a request, and give the cookie and the page's CSRF token."""
    _status, headers, page = _send(installation, "GET", "/log-in")
    cookie = _cookie(headers)
    status, headers, _page = _send(
        installation, "POST", "/log-in", cookie=cookie, csrf_token=_token(page), email=scene.email,
        password=PASSWORD,
    )  # fmt: skip
    assert status == 302, "the log-in failed"
    cookie = _cookie(headers)
    first = scene.requests[0][0]
    status, headers, page = _send(
        installation, "GET", f"/events/{scene.slug}/requests/{first}", cookie=cookie
    )
    assert status == 200
    return _cookie(headers) or cookie, _token(page)


def _send(
    installation: Installation, method: str, path: str, *, cookie: str = "", **fields: str
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=120)
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body=urllib.parse.urlencode(fields), headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body


def _cookie(headers: http.client.HTTPMessage) -> str:
    return str(headers.get("Set-Cookie", "")).split(";")[0]


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def _drop_unique_seats(database: Database) -> None:
    """Put a seat table without its UNIQUE (person, slot) in the place of the real one."""
    tables = sa.MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(tables)
    seat = tables.tables[Seat.__tablename__]
    seat.constraints = {c for c in seat.constraints if not isinstance(c, sa.UniqueConstraint)}
    with database.engine.begin() as connection:
        seat.drop(connection)
        seat.create(connection)
