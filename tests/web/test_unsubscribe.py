"""Mails are switched off in one click, from the mail, without a log-in: GET shows, POST acts."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
from flask import Flask

from config import Config
from matchmaker.db import Database
from matchmaker.mail.message import compose
from matchmaker.models import MailTopic, OutboxMail
from matchmaker.services.mail_choice import refused_topics
from matchmaker.services.outbox import queue_mail
from tests.factories import make_person
from tests.mail.snapshot import make_mail
from tests.visitor import Visitor

ARGUMENTS = {"event_name": "Day", "event_slug": "day", "organiser_name": "", "participation_id": 1}
INVITATION = {
    **ARGUMENTS, "token": "t", "organisation": "Acme", "event_zone": "Europe/Berlin",
    "organiser_address": "", "starts_on": "2026-11-25", "ends_on": "2026-11-25", "organiser_email": "",
    "source": "", "answer_by": "2026-11-18", "note": "", "is_included": False,
}  # fmt: skip


@pytest.fixture
def person_id(database: Database) -> int:
    """Somebody who is invited."""
    with database.transaction() as session:
        return make_person(session).id


def _path(person_id: int, config: Config, now: dt.datetime) -> str:
    mail = make_mail("invitation_reminder", INVITATION, person_id=person_id)
    message = compose(mail, config, reply_to=None, now=now)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(message["List-Unsubscribe"]).strip("<>")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert link in text.get_content()
    assert link in html.get_content()
    return urlsplit(link).path


def _refused(database: Database, person_id: int) -> frozenset[MailTopic]:
    with database.reading() as session:
        return refused_topics(session, person_id=person_id)


def test_mail_program_unsubscribes_with_one_post(
    app: Flask, database: Database, config: Config, person_id: int, now: dt.datetime
) -> None:
    path = _path(person_id, config, now)
    client = app.test_client()
    assert client.get(path).status_code == 200
    assert _refused(database, person_id) == frozenset()  # a link scanner switches nothing off
    for _time in range(2):
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert _refused(database, person_id) == {MailTopic.INVITATIONS}
    with database.transaction() as session:
        person = make_person(session)
        for to, expected in ((person_id, False), (person.id, True)):
            row = session.get_one(type(person), to)
            assert expected is queue_mail(
                session, kind="invitation_reminder", key=f"again:{to}", person=row, arguments=INVITATION,
                now=now,
            )  # fmt: skip


def test_page_speaks_the_language_of_the_mail_whatever_the_browser_prefers(
    app: Flask, database: Database, config: Config, now: dt.datetime
) -> None:
    with database.transaction() as session:
        german = make_person(session, language="de").id
    answer = app.test_client().get(_path(german, config, now), headers={"Accept-Language": "en"})
    assert '<html lang="de"' in answer.text
    assert "Mails, die Sie nicht mehr möchten" in answer.text


def test_link_of_another_installation_or_person_does_nothing(
    app: Flask, database: Database, config: Config, person_id: int, now: dt.datetime
) -> None:
    path = _path(person_id, config, now)
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    client = app.test_client()
    assert client.post(forged).status_code == 404
    assert client.post(_path(person_id + 999, config, now)).status_code == 404
    assert _refused(database, person_id) == frozenset()


def test_mail_that_is_needed_cannot_be_switched_off(config: Config, now: dt.datetime) -> None:
    mail: OutboxMail = make_mail("participation_approved", ARGUMENTS, person_id=1)
    assert compose(mail, config, reply_to=None, now=now)["List-Unsubscribe"] is None


def test_person_switches_topics_off_and_on(app: Flask, database: Database, person_id: int) -> None:
    visitor = Visitor(app).log_in(person_id)
    visitor.get("/account/mails")
    visitor.submit(action=None, topics=["wishes", "start"])
    assert _refused(database, person_id) == set(MailTopic) - {MailTopic.WISHES, MailTopic.START}
    visitor.submit(action=None, topics=[topic.value for topic in MailTopic])
    assert _refused(database, person_id) == frozenset()
