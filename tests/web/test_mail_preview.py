"""The organiser reads every kind of mail in each language, and adds a passage."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT, Config
from matchmaker.db import Database
from matchmaker.mail.passage import as_html, fill, unknown_placeholders
from matchmaker.mail.samples import SERVICE_KINDS, SampleEvent, sample_arguments
from matchmaker.mail.send import send_due_mails
from matchmaker.services.outbox import queue_mail
from matchmaker.translations import LANGUAGES
from matchmaker.web.mail_kinds import KINDS
from tests.factories import make_event, make_person
from tests.mailbox import port_of, start_mail_server, text_of
from tests.visitor import Visitor

DAY = dt.date(2026, 11, 25)
SAMPLE = SampleEvent(1, "Day", "day", "Europe/Berlin", DAY, DAY, "Olga", "Essen", "olga@event.example")
FOLDERS = {path.name for path in (Path(ROOT) / "templates" / "emails").iterdir() if path.is_dir()}


def test_every_kind_has_a_name_and_a_sample() -> None:
    assert set(sample_arguments(SAMPLE)) == FOLDERS
    assert set(KINDS) == FOLDERS
    assert SERVICE_KINDS < FOLDERS


def test_every_kind_is_shown_in_every_language(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        slug = make_event(session, organiser).slug
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{slug}/mails/kinds")
    assert visitor.page().find_all("a", string="Read")
    for kind in sorted(FOLDERS):
        for language in LANGUAGES:
            response = visitor.client.get(f"/events/{slug}/mails/kinds/{kind}/html?language={language}")
            assert response.status_code == 200
            assert f'<html lang="{language}">' in response.get_data(as_text=True)
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_passage_is_checked_kept_and_sent_in_its_language(
    app: Flask, database: Database, config: Config, now: dt.datetime
) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser, name="Wasserstofftag")
        anna = make_person(session, language="de", name="Anna")
        ben = make_person(session, language="en", name="Ben")
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{event.slug}/mails/kinds/participation_approved?language=de")
    visitor.submit(action=None, text="Bis bald, {nome}")
    assert "Nothing can be filled in for {nome}." in visitor.text()
    visitor.submit(action=None, text="Bis **bald**, {name}, bei {event}!")
    assert "Saved." in visitor.text()
    with database.transaction() as session:
        for person in (anna, ben):
            queue_mail(
                session, kind="participation_approved", key=person.name, person=person, event_id=event.id,
                arguments=sample_arguments(SAMPLE)["participation_approved"] | {"event_name": event.name},
                now=now,
            )  # fmt: skip
    controller, mailbox = start_mail_server()
    try:
        send_due_mails(database, replace(config, smtp_url=f"smtp://127.0.0.1:{port_of(controller)}"), now)
    finally:
        controller.stop()
    german, english = mailbox.messages
    assert "Bis **bald**, Anna, bei Wasserstofftag!" in text_of(german)
    html = german.get_body(("html",))
    assert html is not None
    assert "Bis <strong>bald</strong>, Anna, bei Wasserstofftag!" in html.get_content()
    assert "bald" not in text_of(english)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("{name}", "<p>A *b* &lt;i&gt;</p>\n"),
        ("![x](https://e.example/x.png)", '<p>!<a href="https://e.example/x.png">x</a></p>\n'),
    ],
)
def test_passage_cannot_hold_markup_of_its_own(text: str, html: str) -> None:
    assert as_html(text, {"name": "A *b* <i>"}) == html


def test_placeholders_are_filled_once() -> None:
    assert fill("{name} {event}", {"name": "{event}", "event": "Day"}) == "{event} Day"
    assert unknown_placeholders("{name} {nome} {}") == ["nome", ""]
