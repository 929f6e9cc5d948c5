"""Which language and zone the reader has."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import Babel
from flask_login import current_user

LANGUAGES = {"en": "English"}


def reader_language() -> str:
    """The logged-in person's language, else the browser's best of those that there are."""
    if current_user and current_user.is_authenticated and current_user.person.language in LANGUAGES:
        return str(current_user.person.language)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def reader_zone() -> str:
    """The logged-in person's IANA zone; a visitor's is unknown and read as UTC."""
    if current_user and current_user.is_authenticated:
        return str(current_user.person.time_zone)
    return "UTC"


def init_language(app: Flask) -> None:
    """Attach flask-babel."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=reader_language, timezone_selector=reader_zone)
