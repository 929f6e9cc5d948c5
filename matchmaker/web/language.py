"""Which language and zone the reader has, and the choice of another language."""

from __future__ import annotations

import datetime as dt

from babel.support import NullTranslations
from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

from matchmaker import clock
from matchmaker.permissions import is_logged_in
from matchmaker.services.account import prefer_language
from matchmaker.translations import LANGUAGES, SOURCE_LANGUAGE, translations
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.next_page import safe_next
from matchmaker.web.storage import transaction

__all__ = ["LANGUAGES", "init_language", "reader_language", "reader_zone"]

blueprint = Blueprint("language", __name__)

COOKIE = "language"
COOKIE_LIFE = dt.timedelta(days=365)


def reader_language() -> str:
    """The logged-in person's language, else the one chosen in this browser, else the browser's best."""
    if current_user and current_user.is_authenticated and current_user.person.language in LANGUAGES:
        return str(current_user.person.language)
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or SOURCE_LANGUAGE


def reader_zone() -> str:
    """The logged-in person's IANA zone; a visitor's is unknown and read as UTC."""
    if current_user and current_user.is_authenticated:
        return str(current_user.person.time_zone)
    return "UTC"


@blueprint.get("/language/<language>")
@public
def choose(language: str) -> ResponseReturnValue:
    """Read this browser's pages in another language while nobody is logged in."""
    response = redirect(safe_next(request.args.get("next")) or url_for("home.start"))
    if language in LANGUAGES:
        response.set_cookie(
            COOKIE, language, max_age=COOKIE_LIFE, samesite="Lax", httponly=True,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )  # fmt: skip
    return response


@blueprint.post("/account/language")
@requires(is_logged_in)
def prefer() -> ResponseReturnValue:
    """Read pages and mails in another language from now on."""
    language = request.form.get("language", "")
    if language in LANGUAGES:
        with transaction() as session:
            prefer_language(session, person_id=acting_id(), language=language, now=clock.now())
    return redirect(safe_next(request.form.get("next")) or url_for("home.start"))


def init_language(app: Flask) -> None:
    """Attach flask-babel to the catalogues, which are read now rather than in the first request."""
    _Babel(app, locale_selector=reader_language, timezone_selector=reader_zone)
    for language in LANGUAGES:
        translations(language)
    app.jinja_env.globals["languages"] = LANGUAGES
    app.add_template_global(_this_page, "this_page")


def _this_page() -> str:
    """Where a change of the language leads back to; a page that only takes forms has no such place."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""


class _Domain(Domain):
    """The texts of the reader's language."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the present request; outside of one, English."""
        return translations(str(get_locale() or SOURCE_LANGUAGE))


class _Babel(Babel):
    """flask-babel with the catalogues in place of compiled files."""

    @property
    def domain_instance(self) -> Domain:
        """Where every request's texts come from."""
        return _Domain()
