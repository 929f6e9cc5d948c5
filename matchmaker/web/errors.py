"""What a person sees when something cannot be done; never a bare 500 for bad input."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, flash, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from matchmaker.errors import MatchmakerError, Stale

log = structlog.get_logger()


def sentence(error: MatchmakerError) -> str:
    """The error in the reader's language."""
    text = gettext(error.message)
    return text % error.arguments if error.arguments else text


def put_on_form(form: Any, error: MatchmakerError) -> None:
    """Show the error at its field, or above the form where it has none; what was typed stays."""
    field = getattr(form, error.field, None) if error.field else None
    if field is None:
        flash(sentence(error), "danger")
    else:
        field.errors = [*field.errors, sentence(error)]


def init_errors(app: Flask) -> None:
    """Attach the error pages."""

    @app.errorhandler(MatchmakerError)
    def show_error(error: MatchmakerError) -> tuple[str, int]:
        return render_template("error.html", status=error.status, text=sentence(error)), error.status

    # a constraint that two people hit at the same moment, after both services had looked
    @app.errorhandler(IntegrityError)
    @app.errorhandler(StaleDataError)
    def show_stale(_error: StaleDataError | IntegrityError) -> tuple[str, int]:
        return show_error(Stale())

    @app.errorhandler(CSRFError)
    def show_csrf(_error: CSRFError) -> tuple[str, int]:
        text = gettext(
            "This page had been open for too long. Go back, load it again and repeat the last step."
        )
        return render_template("error.html", status=400, text=text), 400

    # no page can be drawn for a host that is not ours: its links would lead there
    @app.errorhandler(SecurityError)
    def show_foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
        return "This service does not answer for this host.\n", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(HTTPException)
    def show_http(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        return render_template("error.html", status=status, text=_text_of(status)), status

    @app.errorhandler(500)
    def show_failure(error: Exception) -> tuple[str, int]:
        log.error("request_failed", error=repr(getattr(error, "original_exception", error)))
        return render_template("error.html", status=500, text=_text_of(500)), 500


def _text_of(status: int) -> str:
    texts = {
        400: gettext("The request could not be understood. Go back and try again."),
        403: gettext("You are not allowed to see this page or to do this."),
        404: gettext("There is nothing here, or it is not for you."),
        405: gettext("This cannot be done that way."),
        413: gettext("This file is too large; at most 20 MB can be taken."),
        429: gettext("Too many tries. Please wait a few minutes and try again."),
        500: gettext("Something went wrong on our side. It has been written down; please try again."),
    }
    return texts.get(status) or gettext("This could not be done.")
