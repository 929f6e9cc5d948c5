"""Registration and the confirmation of an address; `?next=` is kept from the first page to the last."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.services import legal_text, registration
from matchmaker.services.link import hash_token
from matchmaker.services.login import open_login
from matchmaker.web.access import public
from matchmaker.web.account import remember
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.registration import ConfirmForm, RegistrationForm
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.next_page import safe_next
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("registration", __name__)


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """Take a person and an organisation, and send the link that confirms the address."""
    next_page = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(next_page or url_for("home.start"))
    form = RegistrationForm()
    shown = legal_text.privacy_version(reading(), language=reader_language())
    if form.validate_on_submit():
        if form.privacy_version.data != shown:
            flash(
                gettext("The privacy notice has changed meanwhile. Please look at it once more."), "warning"
            )
        elif _send_confirmation(form, next_page):
            return redirect(url_for("registration.sent"))
    form.privacy_version.data = shown
    return render_template("registration/register.html", form=form, next_page=next_page)


def _send_confirmation(form: RegistrationForm, next_page: str) -> bool:
    email = cast(str, form.email.data)
    browser = session.get("registering") or secrets.token_urlsafe(16)
    try:
        limit("register", email.lower(), tries=6, minutes=60, tries_from_here=60)
        with transaction() as db_session:
            registration.register(
                db_session,
                registration=form.registration(next_page=next_page, browser=browser),
                now=clock.now(),
            )
    except MatchmakerError as error:
        put_on_form(form, error)
        return False
    session["registering"] = browser
    session["registering_as"] = email
    return True


@blueprint.get("/register/sent")
@public
def sent() -> ResponseReturnValue:
    """Say where the link went; the same page whether or not the address has an account."""
    email = session.get("registering_as")
    if email is None:
        return redirect(url_for("registration.register"))
    config = cast(Config, current_app.extensions["config"])
    token = None
    if config.is_demo and config.smtp_url is None:
        browser = session.get("registering", "")
        token = registration.waiting_token(reading(), email=email, browser=browser)
    return render_template("registration/sent.html", email=email, token=token)


@blueprint.post("/register/resend")
@public
def resend() -> ResponseReturnValue:
    """Send the link once more."""
    email = session.get("registering_as")
    if email is None:
        return redirect(url_for("registration.register"))
    limit("resend", email.lower(), tries=3, minutes=15, tries_from_here=30)
    with transaction() as db_session:
        registration.send_again(
            db_session, email=email, browser=session.get("registering", ""), now=clock.now()
        )
    flash(gettext("We have sent the mail once more."), "success")
    return redirect(url_for("registration.sent"))


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """Show whose address is to be confirmed; the button, not the link, confirms it."""
    form = ConfirmForm()
    browser = session.get("registering", "")
    try:
        if form.validate_on_submit():
            limit("confirm", hash_token(token), tries=10, minutes=15, tries_from_here=60)
            return _confirmed(token, browser, form.password.data or "")
        link, is_same_browser = registration.look_at_confirmation(
            reading(), token=token, browser=browser, now=clock.now()
        )
    except LinkInvalid:
        if current_user.is_authenticated:
            return redirect(url_for("home.start"))
        return render_template("registration/link_invalid.html"), LinkInvalid.status
    except MatchmakerError as error:
        put_on_form(form, error)
        link, is_same_browser = registration.look_at_confirmation(
            reading(), token=token, browser=browser, now=clock.now()
        )
    return render_template("registration/confirm.html", form=form, link=link, is_same_browser=is_same_browser)


def _confirmed(token: str, browser: str, password: str) -> ResponseReturnValue:
    config = cast(Config, current_app.extensions["config"])
    now = clock.now()
    with transaction() as db_session:
        done = registration.confirm(db_session, token=token, browser=browser, password=password, now=now)
        login_token = open_login(
            db_session,
            person=done.person,
            user_agent=request.user_agent.string,
            lifetime=dt.timedelta(days=config.login_days),
            now=now,
        )
    remember(login_token)
    next_page = safe_next(done.next_page)
    if done.has_similar:
        session["organisation"] = {**asdict(done.organisation), "next_page": next_page}
        return redirect(url_for("organisation.new"))
    flash(gettext("Welcome! Your address is confirmed and you are logged in."), "success")
    return redirect(next_page or url_for("home.start"))
