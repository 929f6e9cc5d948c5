"""Runs one service in one transaction for a view, and turns its named errors into what a person sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from matchmaker import clock
from matchmaker.errors import MatchmakerError, Stale
from matchmaker.services.impact import Impact, InUse
from matchmaker.web.access import acting_id
from matchmaker.web.errors import put_on_form
from matchmaker.web.storage import transaction


@dataclass(frozen=True)
class Outcome:
    """Whether the change was made, what the service gave back, and who would have been hit."""

    is_done: bool
    result: Any = None
    impact: Impact | None = None


def attempt(
    service: Callable[..., Any], *, form: Any = None, shows_impact: bool = False, **arguments: Any
) -> Outcome:
    """Call the service for the acting person on the path's event; errors go to the form, or are flashed.

    With `shows_impact` the page itself lists who is hit by a refused change.
    """
    try:
        with transaction() as session:
            return Outcome(True, _call(service, session, arguments))
    except InUse as error:
        if not shows_impact:
            put_on_form(form, error)
        return Outcome(False, impact=error.impact)
    except MatchmakerError as error:
        put_on_form(form, error)
    except (IntegrityError, StaleDataError):  # two people changed the same thing at the same moment
        put_on_form(form, Stale())
    return Outcome(False)


def _call(service: Callable[..., Any], session: Session, arguments: dict[str, Any]) -> Any:
    acting = {"actor_id": acting_id(), "now": clock.now()}
    if g.event is not None:
        acting["event_id"] = g.event.id
    return service(session, **acting, **arguments)
