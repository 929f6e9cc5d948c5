"""Walks the URL map as several roles with garbage: whatever is sent, the service never fails.

Every form that a page shows is sent with one field spoilt at a time; every endpoint gets absurd
queries, unknown numbers and bodies of the wrong kind.
"""

from __future__ import annotations

import datetime as dt
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.models import (
    Entry,
    EntryKind,
    InstallationRight,
    LinkKind,
    OpeningHours,
    Participation,
    PersonRight,
    Shift,
    Slot,
)
from matchmaker.services.import_file import keep_file
from matchmaker.services.link import issue_link
from tests.factories import NOW, add, make_event, make_organisation, make_participation, make_person
from tests.subjects import make_subjects
from tests.visitor import Visitor, typed

GARBAGE = (
    "", "\0", "x\0y", "-1", "0", "99999999999999999999", "9" * 5_000, "1e309", "NaN", "٣", "²", "x" * 400,
    "ﷺ💥" * 3_000, "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30",
    "2026-02-30", "25:99", "%s %(x)s {0} {{ 7 }}", "a@b\nBcc: c@d.example", "http://[", "//evil.example",
    "javascript:alert(1)", "<script>", "1-99999999999999999999", "'; --",
)  # fmt: skip

QUERIES = tuple(
    "&".join(
        f"{name}={value}"
        for name in (
            "page", "q", "text", "search", "status", "show", "shown", "to", "side", "place", "block",
            "person", "next", "group", "sort", "from", "origin", "invitation", "country", "zone", "language",
            "other_id", "locked", "answer",
        )
    )
    for value in ("-1", "9" * 20, "1" + "0" * 4_400, "%00%FF")
)  # fmt: skip

TOKENS = {
    "password.reset": LinkKind.RESET_PASSWORD,
    "invitation.answer": LinkKind.ANSWER_INVITATION,
    "team.join": LinkKind.JOIN_EVENT_TEAM,
    "organisation_invitation.answer": LinkKind.JOIN_ORGANISATION,
    "own_account.confirm_email": LinkKind.CHANGE_EMAIL,
    "registration.confirm": LinkKind.CONFIRM_EMAIL,
}

NAMES = (
    "ids", "action", "sure", "everything", "version", "side", "other_id", "kind", "meeting", "do", "page",
    "search", "slot", "slot_id", "place_id", "delegate_id", "line_id", "line_kind", "line_title", "line_text",
    "column", "meant", "role", "right", "person_id", "pair", "reason", "participation_id", "to", "text",
    "name", "email",
)  # fmt: skip
BODIES: tuple[dict[str, Any], ...] = (
    {"json": {"name": ["x"]}},
    {"data": b"\xff\xfe\x00", "content_type": "multipart/form-data; boundary=x"},
    *({"data": dict.fromkeys(NAMES, value)} for value in ("9" * 20, "9" * 5_000, "\0")),
    {"data": {"version": "1", "action": "approve", "ids": "99999999999999999999", "line_kind": "offer",
              "line_id": "9" * 5_000, "line_title": "x", "line_text": "", "kind": "must",
              "other_id": "9" * 20}},
)  # fmt: skip
MOST = 1

# what takes something away comes last, so that the rest still finds it
LAST = ("delete", "remove", "leave", "erase", "decline", "withdraw", "cancel", "discard", "end", "log_out")

# what the links of each kind carry
ARGUMENTS: dict[LinkKind, Callable[[Participation], dict[str, Any]]] = {
    LinkKind.RESET_PASSWORD: lambda _own: {},
    LinkKind.CHANGE_EMAIL: lambda _own: {},
    LinkKind.ANSWER_INVITATION: lambda own: {"participation_id": own.id, "answer_by": "2026-11-20"},
    LinkKind.JOIN_EVENT_TEAM: lambda own: {
        "event_id": own.event_id, "invited_by": "Ada", "role": {"kind": "co_organiser"},
    },
    LinkKind.JOIN_ORGANISATION: lambda own: {
        "organisation_id": own.organisation_id, "invited_by": "Ada", "role": "manager",
    },
    LinkKind.CONFIRM_EMAIL: lambda _own: {
        "name": "Ada", "password_hash": "", "language": "en", "time_zone": "Europe/Berlin",
        "organisation": {
            "name": "New firm", "kind": "startup", "country": "DE", "region": "", "city": "", "website": "",
        },
        "privacy_version": 0, "privacy_shown_at": NOW.isoformat(), "wants_news": False, "next_page": "",
    },
}  # fmt: skip


@pytest.fixture
def open_app(config: Config, database: Database) -> Flask:
    """The application without CSRF tokens; what fails is answered, as in production, by a page."""
    app = create_app(replace(config, is_testing=False), database)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _world(session: Session) -> tuple[dict[str, int | None], dict[str, Any]]:
    """A person of each kind that sees most, around one event that has one of everything."""
    organiser = make_person(session)
    manager = make_person(session)
    administrator = make_person(session)
    administrator.rights.append(PersonRight(right=InstallationRight.ADMINISTRATOR, granted_at=NOW))
    starts_on = clock.now().date().replace(year=clock.now().year + 1)
    event = make_event(session, organiser, starts_on=starts_on, ends_on=starts_on)
    firm = make_organisation(session, manager)
    own = make_participation(
        session, event, person=manager, organisation=firm, offers=("Membranes",), needs=("Pilots",)
    )
    other = make_participation(session, event, group="corporates", needs=("Membranes",))
    arguments = make_subjects(session, event=event, own=own, other=other)
    slot = session.get_one(Slot, arguments["slot_id"])
    span = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "event_id": event.id}
    hours = add(session, OpeningHours(place_id=arguments["place_id"], **span))
    shift = add(session, Shift(block_id=slot.block_id, participation_id=other.id, **span))
    kept = Entry(organisation_id=firm.id, kind=EntryKind.OFFER, title="Membranes", language="en", topics=[])
    arguments["organisation_entry"] = add(session, kept).id
    file = keep_file(
        session, event=event, name="firms.csv", content=b"name,email\nAda,ada@ada.example\n",
        actor_id=organiser.id, now=clock.now(),
    )  # fmt: skip
    arguments |= {"hours_id": hours.id, "shift_id": shift.id, "import_id": file.id}
    arguments["entry_id"] = own.entries[0].id
    for endpoint, kind in TOKENS.items():
        arguments[endpoint] = issue_link(
            session, kind=kind, email=f"{kind}@matrix.example", lifetime=dt.timedelta(days=1),
            now=clock.now(), person_id=make_person(session).id, **ARGUMENTS[kind](own),
        )  # fmt: skip
    roles = {
        "visitor": None,
        "organiser": organiser.id,
        "manager": manager.id,
        "administrator": administrator.id,
    }
    return roles, arguments


def _rules(app: Flask, method: str) -> list[Rule]:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("static") and method in (rule.methods or ())
    ]
    return sorted(rules, key=lambda rule: (any(word in rule.endpoint for word in LAST), rule.endpoint))


def _path(app: Flask, rule: Rule, arguments: dict[str, Any]) -> str:
    values = {name: arguments[name] for name in rule.arguments}
    if "token" in values:
        values["token"] = (
            arguments.get(rule.endpoint, values["token"]) if "\0" not in values["token"] else "a\0b"
        )
    if rule.endpoint.startswith("organisation_entry") and "entry_id" in values:
        values["entry_id"] = arguments["organisation_entry"]
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _visitors(app: Flask, roles: dict[str, int | None]) -> list[tuple[str, Visitor]]:
    return [
        (role, Visitor(app) if person_id is None else Visitor(app).log_in(person_id))
        for role, person_id in roles.items()
    ]


def _forms(page: bytes, path: str) -> Iterator[tuple[str, MultiDict[str, Any]]]:
    """Where each form of a page is sent, and what it would send as it stands."""
    for form in BeautifulSoup(page, "html.parser").find_all("form"):
        action = str(form.get("action") or path)
        if str(form.get("method", "get")).lower() == "post" and "/log-out" not in action:
            data = typed(form)
            for upload in form.find_all("input", type="file"):
                data[str(upload["name"])] = ""
            yield action, data


def _spoilt(data: MultiDict[str, Any], most: int) -> Iterator[MultiDict[str, Any]]:
    """The form with one field spoilt at a time, `most` times each, and with all of them."""
    for name in sorted(data):
        first = zlib.crc32(name.encode())
        for number in range(most):
            changed = data.copy()
            changed.setlist(name, [GARBAGE[(first + number * 11) % len(GARBAGE)]])
            yield changed
    for garbage in GARBAGE[:: max(1, len(GARBAGE) // most)]:
        yield MultiDict(dict.fromkeys(data, garbage))


def _is_admitted(visitor: Visitor, path: str, method: str) -> bool:
    """Whether this role gets beyond the guard, so that garbage reaches the view."""
    answer = visitor.client.open(path, method=method)
    return answer.status_code != 403 and "/log-in" not in answer.headers.get("Location", "")


def test_forms_with_garbage_never_fail(open_app: Flask, database: Database) -> None:
    with database.transaction() as session:
        roles, arguments = _world(session)
    failed, seen = [], set()
    for role, visitor in _visitors(open_app, roles):
        for rule in _rules(open_app, "GET"):
            path = _path(open_app, rule, arguments)
            answer = visitor.client.get(path)
            if answer.status_code >= 500:
                failed.append(f"{role}: GET {path}")
            for action, data in _forms(answer.data, path):
                if (action, *sorted(data)) in seen:
                    continue
                seen.add((action, *sorted(data)))
                for changed in _spoilt(data, MOST):
                    status = visitor.client.post(action, data=changed).status_code
                    if status >= 500:
                        spoilt = {n: str(v)[:40] for n, v in changed.items() if v != data.get(n)}
                        failed.append(f"{role}: POST {action} {spoilt}")
    assert len(seen) > 60
    assert failed == []


def test_queries_and_numbers_without_sense_never_fail(open_app: Flask, database: Database) -> None:
    with database.transaction() as session:
        roles, arguments = _world(session)
    odd = arguments | {name: 2**31 - 1 for name, value in arguments.items() if isinstance(value, int)}
    odd |= {"token": "a\0b", "event_slug": "a\0b"}
    failed = []
    for role, visitor in _visitors(open_app, roles):
        for rule in _rules(open_app, "GET"):
            path = _path(open_app, rule, arguments)
            if _is_admitted(visitor, path, "GET"):
                paths = [*(f"{path}?{query}" for query in QUERIES), _path(open_app, rule, odd)]
                failed += [f"{role}: {p[:99]}" for p in paths if visitor.client.get(p).status_code >= 500]
    assert failed == []


@pytest.mark.both_databases
def test_bodies_of_the_wrong_kind_never_fail(open_app: Flask, database: Database) -> None:
    with database.transaction() as session:
        roles, arguments = _world(session)
    failed = []
    for role, visitor in _visitors(open_app, roles):
        for rule in _rules(open_app, "POST"):
            path = _path(open_app, rule, arguments)
            if not _is_admitted(visitor, path, "POST"):
                continue
            upload = {"data": {"file": (io.BytesIO(b"PK\3\4" + b"\0" * 99), "a.xlsx")}}
            for body in (*BODIES, upload):
                if visitor.client.post(path, **body).status_code >= 500:
                    failed.append(f"{role}: POST {path} {str(body)[:60]}")
    assert failed == []
