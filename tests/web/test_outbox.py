"""Who reads which mail where."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Flask

from config import ROOT, Config
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.models import InstallationRight, OutboxMail
from matchmaker.services.outbox import queue_mail
from matchmaker.web.mail_kinds import KINDS
from tests.factories import NOW, make_event, make_person
from tests.mail.test_meeting_mails import MEETING
from tests.visitor import Visitor

TOKEN: dict[str, Any] = {"token": "secret-token", "expires_at": (NOW + dt.timedelta(days=1)).isoformat()}


def _queued(
    database: Database, kind: str, arguments: dict[str, Any], *, of_event: bool
) -> tuple[str, int, int]:
    """A mail with its event's slug, its number, and the person who may run both event and installation."""
    with database.transaction() as session:
        person = make_person(session, InstallationRight.ADMINISTRATOR)
        event = make_event(session, person)
        queue_mail(
            session, kind=kind, key=kind, person=make_person(session, name="Ada"), arguments=arguments,
            event_id=event.id if of_event else None, now=NOW,
        )  # fmt: skip
        (mail,) = session.query(OutboxMail).all()
        return event.slug, mail.id, person.id


def test_every_kind_of_mail_has_a_name() -> None:
    folders = [path.name for path in (ROOT / "templates" / "emails").iterdir() if path.is_dir()]
    assert sorted(set(folders) - set(KINDS)) == []


def test_organiser_reads_a_waiting_mail_as_text_and_html(app: Flask, database: Database) -> None:
    slug, number, person = _queued(database, "meeting_confirmed", MEETING, of_event=True)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/events/{slug}/mails")
    assert "no mail server" in visitor.text()
    visitor.get(f"/events/{slug}/mails/{number}")
    assert "your meeting with Ruhr & Sons" in visitor.text()
    response = visitor.client.get(f"/events/{slug}/mails/{number}/html")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    visitor.get(f"/mails/{number}", status=404)


def test_mail_with_a_token_is_not_readable(app: Flask, database: Database) -> None:
    _slug, number, person = _queued(database, "confirm_email", TOKEN, of_event=False)
    visitor = Visitor(app).log_in(person)
    visitor.get(f"/mails/{number}")
    assert "secret-token" not in visitor.response.get_data(as_text=True)  # type: ignore[union-attr]
    assert "nobody else can read it" in visitor.text()
    visitor.get(f"/mails/{number}/html", status=404)


def test_mail_with_a_token_is_readable_in_the_demonstration(config: Config, database: Database) -> None:
    _slug, number, person = _queued(database, "confirm_email", TOKEN, of_event=False)
    visitor = Visitor(create_app(replace(config, is_demo=True), database)).log_in(person)
    visitor.get(f"/mails/{number}")
    assert "secret-token" in visitor.text()
