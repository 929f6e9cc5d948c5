"""Ends one kind of mails from the mail itself: GET shows, POST acts, nobody has to log in (RFC 8058)."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from config import Config
from matchmaker import clock
from matchmaker.mail.unsubscribe import read_unsubscribe
from matchmaker.models import MailTopic, Person
from matchmaker.services.mail_choice import refuse_topic
from matchmaker.web.access import public
from matchmaker.web.storage import reading, transaction

# mail programs post here by themselves and hold no CSRF token: web/__init__.py exempts the blueprint;
# the signed token in the path is what counts, and all it can do is to end one kind of mails
blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get("/unsubscribe/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Say what the button ends."""
    person, topic = _read(token)
    return _page(person, topic, is_done=False)


@blueprint.post("/unsubscribe/<token>")
@public
def end(token: str) -> ResponseReturnValue:
    """End it; a second time changes nothing."""
    person, topic = _read(token)
    with transaction() as session:
        refuse_topic(session, person_id=person.id, topic=topic, now=clock.now())
    return _page(person, topic, is_done=True)


def _page(person: Person, topic: MailTopic, *, is_done: bool) -> str:
    """In the language of the mail, whatever this browser prefers."""
    with force_locale(person.language):
        return render_template("unsubscribe/show.html", topic=topic, is_done=is_done)


def _read(token: str) -> tuple[Person, MailTopic]:
    config = cast(Config, current_app.extensions["config"])
    person_id, topic = read_unsubscribe(token, config) or abort(404)
    person = reading().get(Person, person_id)
    if person is None or person.erased_at is not None:  # erased meanwhile
        abort(404)
    return person, topic
