"""Rough use: double clicks, scanners, strange names, nights of summer time; nothing fails or is doubled."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Base, Database
from matchmaker.mail.message import compose
from matchmaker.models import (
    Delegate,
    EventFormat,
    LinkKind,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    RequestStatus,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.availability import state_availability
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.link import issue_link
from matchmaker.services.meeting_request_ask import ask
from matchmaker.services.seat import claim_seats
from tests.factories import make_meeting, make_place, make_slots
from tests.rounds import Fair, make_fair
from tests.visitor import Visitor, typed

pytestmark = pytest.mark.both_databases

NOTED = ("opened_at", "invitation_opened_at")

STRANGE = {
    "long": "Gesellschaft für " + "Wasserstoffverdichterstationsüberwachung" * 4,
    "right to left": "شركة الهيدروجين \u202eevil\u202c",
    "emoji": "👩‍🔬🏳️‍🌈 Labs",
    "html": "<script>alert(1)</script><b>Bold</b> & \"Sons'",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "template": "{{ 7 * 7 }} %s %(name)s {0}",
    "lines": "A\r\nBcc: evil@evil.example",
}


@pytest.fixture
def open_app(config: Config, database: Database) -> Flask:
    """The application without CSRF tokens; what fails is answered, as in production, by a page."""
    app = create_app(replace(config, is_testing=False), database)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _talks(session: Session, fair: Fair) -> tuple[int, int, str]:
    """A proposed meeting and an open request of the first two; with the link that answers both."""
    own, other = fair.startups[0], fair.corporates[0]
    make_place(session, fair.event)
    meeting = make_meeting(session, fair.event, slot=fair.slots[0], a=own, b=other)
    claim_seats(session, meeting=meeting)
    third = fair.corporates[1]
    for side in (own, third):
        state_availability(
            session, delegate=side.delegates[0], slot_ids=[slot.id for slot in fair.slots],
            actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    request = ask(
        session, event=fair.event, from_id=third.id, to_id=own.id, slot_id=fair.slots[1].id, message="Talk?",
        actor_id=third.delegates[0].person_id, now=clock.now(),
    )  # fmt: skip
    token = make_answer_link(
        session, person=own.delegates[0].person, event_id=fair.event.id,
        questions=[
            Question(QuestionKind.MEETING, meeting.id, own.id),
            Question(QuestionKind.REQUEST, request.id, own.id),
        ],
        expires_at=clock.now() + dt.timedelta(days=3), now=clock.now(),
    )  # fmt: skip
    return meeting.id, request.id, token


def _pages(fair: Fair, meeting_id: int, request_id: int) -> list[str]:
    """What a person of the first startup opens, what takes away last."""
    event = f"/events/{fair.event.slug}"
    own = f"{event}/participations/{fair.startups[0].id}"
    meeting, request = f"{event}/meetings/{meeting_id}", f"{event}/requests/{request_id}"
    return [
        own, f"{own}/agenda", f"{own}/preview", f"{own}/suggestions", f"{event}/programme",
        f"{own}/requests/new?to={fair.corporates[1].id}", meeting, f"{meeting}/delegates",
        f"{meeting}/reschedule", request, f"{request}/counter", f"{request}/decline", f"{meeting}/decline",
        f"{meeting}/cancel",
    ]  # fmt: skip


def _posts(page: str, path: str) -> list[tuple[str, Any]]:
    forms = BeautifulSoup(page, "html.parser").find_all("form", method="post")
    return [
        (str(form.get("action") or path), typed(form))
        for form in forms
        if not str(form.get("action", "")).endswith(("/log-out", "/account/language"))
    ]


def _rows(database: Database) -> dict[str, int]:
    """How many rows there are of what must not be made twice."""
    with database.reading() as session:
        tables = (Meeting, MeetingRequest, OutboxMail, Delegate)
        return {
            table.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables
        }


def test_every_form_sent_twice_and_sent_stale_acts_once_and_answers_in_words(
    open_app: Flask, database: Database
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2)
        meeting_id, request_id, _token = _talks(session, fair)
    visitor = Visitor(open_app).log_in(fair.people[fair.startups[0].id])
    pages = [(path, visitor.client.get(path)) for path in _pages(fair, meeting_id, request_id)]
    sent = 0
    # the pages are all read before anything is sent: every later form is a stale one
    for path, page in pages:
        for action, data in _posts(page.text, path):
            for field in BeautifulSoup(page.text, "html.parser").find_all("input", {"type": "radio"}):
                data.setdefault(str(field.get("name")), str(field.get("value")))
            first = visitor.client.post(action, data=data)
            once = _rows(database)
            second = visitor.client.post(action, data=data)
            for answer in (first, second):
                assert answer.status_code in {200, 302, 303, 409, 422}, (
                    action,
                    answer.status_code,
                    dict(data),
                )
            assert _rows(database) == once, action
            sent += 1
    assert sent > 8
    with database.reading() as session:
        assert broken_invariants(session) == {}


def test_scanner_that_fetches_links_changes_nothing(open_app: Flask, database: Database) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2)
        _meeting, _request, token = _talks(session, fair)
        person = fair.startups[0].delegates[0].person
        own = fair.startups[0]
        issued: dict[LinkKind, dict[str, Any]] = {
            LinkKind.RESET_PASSWORD: {},
            LinkKind.CHANGE_EMAIL: {},
            LinkKind.ANSWER_INVITATION: {"participation_id": own.id, "answer_by": "2040-01-01"},
            LinkKind.JOIN_ORGANISATION: {
                "organisation_id": own.organisation_id, "invited_by": "Ada", "role": "manager",
            },
            LinkKind.JOIN_EVENT_TEAM: {
                "event_id": fair.event.id, "invited_by": "Ada", "role": {"kind": "co_organiser"},
            },
        }  # fmt: skip
        tokens = [
            issue_link(
                session, kind=kind, email=person.email or "", lifetime=dt.timedelta(days=1), now=clock.now(),
                person_id=person.id, **arguments,
            )
            for kind, arguments in issued.items()
        ]  # fmt: skip
    rules = [
        rule.rule
        for rule in open_app.url_map.iter_rules()
        if rule.arguments == {"token"} and "GET" in (rule.methods or ())
    ]
    paths = [rule.replace("<token>", one) for rule in rules for one in (token, *tokens)]
    assert len(paths) > 30
    before = _dump(database)
    client = open_app.test_client()
    for path in paths:
        for method in ("HEAD", "GET", "HEAD", "OPTIONS"):
            assert client.open(path, method=method).status_code < 500, (method, path)
    after = _dump(database)
    assert {name for name in before if before[name] != after[name]} == set()


def _dump(database: Database) -> dict[str, list[Any]]:
    """All rows but the counters of tries and the note that an invitation's page was fetched."""
    with database.reading() as session:
        return {
            name: sorted(
                map(repr, session.execute(sa.select(*(c for c in table.columns if c.name not in NOTED))))
            )
            for name, table in Base.metadata.tables.items()
            if name != "rate_count"
        }


@pytest.mark.parametrize("name", STRANGE.values(), ids=STRANGE.keys())
def test_strange_names_are_shown_mailed_and_exported_as_they_are(
    open_app: Flask, database: Database, config: Config, name: str
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2)
        meeting_id, request_id, token = _talks(session, fair)
        for side in (*fair.startups, *fair.corporates):
            side.organisation.name = name[:200]
            side.delegates[0].person.name = name[:120]
    people = [fair.people[fair.startups[0].id], fair.people[fair.corporates[1].id], fair.organiser.id]
    event = f"/events/{fair.event.slug}"
    for person_id in people:
        visitor = Visitor(open_app).log_in(person_id)
        team = [
            f"{event}/history", f"{event}/participations", f"{event}/meetings",
            f"{event}/export/participants.xlsx", f"{event}/export/meetings.xlsx",
        ] if person_id == fair.organiser.id else []  # fmt: skip
        for path in [*_pages(fair, meeting_id, request_id), *team, f"/answers/{token}"]:
            answer = visitor.client.get(path)
            assert answer.status_code in {200, 302, 400, 403}, (path, answer.status_code)
            if answer.mimetype == "text/html":
                assert "<script>alert(1)" not in answer.text
                assert "<b>Bold" not in answer.text
                assert "49 %s" not in answer.text
    boss = Visitor(open_app).log_in(fair.organiser.id)
    for kind in ("participants", "meetings"):
        text = boss.client.get(f"{event}/export/{kind}.csv").data.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in "=@\t\r+" and cell[:1]]
    visitor = Visitor(open_app)
    visitor.get(f"/answers/{token}")
    visitor.client.post(
        f"/answers/{token}", data={"kind": "request", "id": request_id, "answer": "no", "reason": name}
    )
    with database.reading() as session:
        for mail in session.scalars(sa.select(OutboxMail)):
            message = compose(mail, config, reply_to=None, now=clock.now())
            assert "Bcc" not in message
            html = message.get_body(("html",))
            assert html is not None
            assert "<script>" not in html.get_content()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "GMT+99"])
def test_person_without_a_known_zone_reads_every_page(
    open_app: Flask, database: Database, config: Config, zone: str
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2)
        meeting_id, request_id, token = _talks(session, fair)
        fair.startups[0].delegates[0].person.time_zone = zone
        delegate = fair.startups[0].delegates[0].id
    visitor = Visitor(open_app).log_in(fair.people[fair.startups[0].id])
    event = f"/events/{fair.event.slug}"
    availability = f"{event}/participations/{fair.startups[0].id}/delegates/{delegate}/availability"
    for path in [
        *_pages(fair, meeting_id, request_id), "/", "/account", availability, f"/answers/{token}",
        f"{event}/meetings/{meeting_id}/calendar.ics",
    ]:  # fmt: skip
        assert visitor.client.get(path).status_code < 500, path
    organiser = Visitor(open_app).log_in(fair.organiser.id)
    for path in (f"{event}/meetings", f"{event}/history", event):
        assert organiser.client.get(path).status_code < 500, path
    with database.reading() as session:
        for mail in session.scalars(sa.select(OutboxMail)):
            compose(mail, config, reply_to=None, now=clock.now())


@pytest.mark.parametrize(
    "begin",
    [
        dt.datetime(2040, 3, 24, 22, 30, tzinfo=dt.UTC),  # 23:30 in Berlin, the clocks go forward at 2:00
        dt.datetime(2040, 10, 27, 22, 30, tzinfo=dt.UTC),  # 0:30, the clocks go back at 3:00
    ],
    ids=["spring", "autumn"],
)
def test_slots_across_midnight_and_the_change_of_clocks_are_shown_and_booked(
    open_app: Flask, database: Database, config: Config, begin: dt.datetime
) -> None:
    with database.transaction() as session:
        fair = make_fair(
            session, startups=2, corporates=2, slots=0, starts_on=begin.date(),
            ends_on=begin.date() + dt.timedelta(days=1), format=EventFormat.HYBRID,
        )  # fmt: skip
        fair = replace(fair, slots=make_slots(session, fair.event, count=12, start=begin, minutes=25))
        fair.corporates[1].delegates[0].person.time_zone = "America/Toronto"
        meeting_id, request_id, token = _talks(session, fair)
        delegate = fair.startups[0].delegates[0].id
    visitor = Visitor(open_app).log_in(fair.people[fair.startups[0].id])
    event = f"/events/{fair.event.slug}"
    own = f"{event}/participations/{fair.startups[0].id}"
    paths = [
        *_pages(fair, meeting_id, request_id), f"{own}/delegates/{delegate}/availability",
        f"{own}/agenda/print", f"/answers/{token}",
    ]  # fmt: skip
    for path in paths:
        assert visitor.client.get(path).status_code in {200, 302, 404}, path
    organiser = Visitor(open_app).log_in(fair.organiser.id)
    for path in (f"{event}/meetings", f"{event}/programme", f"{event}/blocks", f"{event}/places", event):
        assert organiser.client.get(path).status_code in {200, 302, 404}, path
    visitor.get(f"{event}/requests/{request_id}")
    visitor.submit(action="/accept", slot_id=str(fair.slots[1].id))
    with database.reading() as session:
        assert session.get_one(MeetingRequest, request_id).status == RequestStatus.ACCEPTED
        made = session.scalars(sa.select(Meeting).where(Meeting.status == MeetingStatus.CONFIRMED)).one()
        assert made.slot_id == fair.slots[1].id
        for mail in session.scalars(sa.select(OutboxMail)):
            compose(mail, config, reply_to=None, now=clock.now())
        assert session.get_one(Participation, fair.startups[0].id).status == "approved"
