"""Who may use a view: each declares it with @public or @requires; an undeclared view answers 403."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from matchmaker.models import (
    Block,
    Change,
    Event,
    EventSession,
    EventStatus,
    Group,
    Meeting,
    MeetingRequest,
    Organisation,
    Participation,
    Place,
    Round,
    Topic,
)
from matchmaker.permissions import Standing, can_see_draft
from matchmaker.services.standing import read_standing
from matchmaker.web.numbers import LARGEST_NUMBER
from matchmaker.web.storage import reading

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# the nouns that a path may name by number within an event: argument -> table
NOUNS_OF_EVENTS: Mapping[str, Any] = {
    "participation_id": Participation,
    "meeting_id": Meeting,
    "round_id": Round,
    "place_id": Place,
    "block_id": Block,
    "group_id": Group,
    "topic_id": Topic,
    "request_id": MeetingRequest,
    "session_id": EventSession,
    "change_id": Change,
}


def public(view: View) -> View:
    """Anybody may use this view."""
    view.access = ("public", None)  # type: ignore[attr-defined]
    return view


def requires(rule: Callable[..., bool], *, of: str | None = None) -> Callable[[View], View]:
    """Only persons whom a sentence of permissions.py admits may use this view.

    `of` names the path argument (such as "meeting_id") whose row, looked up through the path's
    event, is the sentence's second argument and stands in `g.subject`.
    """

    def declare(view: View) -> View:
        view.access = (rule, of)  # type: ignore[attr-defined]
        return view

    return declare


def init_access(app: Flask) -> None:
    """Guard every request."""
    app.before_request(guard)


def guard() -> ResponseReturnValue | None:
    """Admit, send to the log-in, or refuse; loads g.event, g.standing and g.subject on the way."""
    if request.endpoint is None or request.endpoint.endswith("static"):
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access is None:
        abort(403)
    if not _can_be_looked_up():
        abort(404)
    rule, of = access
    person_id = current_user.person_id if current_user.is_authenticated else None
    session = reading()
    g.event = _event_of_path(session)
    g.standing = read_standing(
        session,
        person_id=person_id,
        event_id=g.event.id if g.event else None,
        organisation_id=(request.view_args or {}).get("organisation_id"),
    )
    g.subject = _subject_of_path(session, of) if of else None
    if rule == "public":
        _hide_drafts()
        return None
    if person_id is None:
        return redirect(url_for("account.log_in", next=request.full_path.rstrip("?")))
    is_admitted = rule(g.standing, g.subject) if of else rule(g.standing)
    if not is_admitted:
        _hide_drafts()
        abort(403)
    return None


def _can_be_looked_up() -> bool:
    """Whether both databases can be asked for what the address names (PostgreSQL refuses NUL in a text)."""
    named = (request.view_args or {}).values()
    too_large = any(isinstance(value, int) and value > LARGEST_NUMBER for value in named)
    texts = [*(value for value in named if isinstance(value, str)), *request.args.values()]
    return not too_large and not any("\0" in text for text in texts)


def _hide_drafts() -> None:
    """Answer as if a draft were not there to everybody who has no part in it."""
    if g.event is not None and g.event.status == EventStatus.DRAFT and not can_see_draft(g.standing):
        g.event = None  # the frame of the answer would name it
        abort(404)


def _event_of_path(session: Session) -> Event | None:
    slug = (request.view_args or {}).get("event_slug")
    if slug is None:
        return None
    event = session.scalar(sa.select(Event).where(Event.slug == slug))
    return event or abort(404)


def _subject_of_path(session: Session, of: str) -> Any:
    number = (request.view_args or {})[of]
    if of == "organisation_id":
        return session.get(Organisation, number) or abort(404)
    table = NOUNS_OF_EVENTS[of]
    row = session.scalar(sa.select(table).where(table.id == number, table.event_id == g.event.id))
    return row or abort(404)


def acting_id() -> int:
    """The person who acts in this request; only for views that require one."""
    standing: Standing = g.standing
    if standing.person_id is None:
        abort(403)
    return standing.person_id
