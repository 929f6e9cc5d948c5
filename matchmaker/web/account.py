"""Log-in and log-out."""

from __future__ import annotations

import datetime as dt
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.permissions import is_logged_in
from matchmaker.services import login
from matchmaker.web.access import public, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.account import LogInForm
from matchmaker.web.limits import limit
from matchmaker.web.next_page import safe_next
from matchmaker.web.storage import transaction

blueprint = Blueprint("account", __name__)


@blueprint.route("/log-in", methods=["GET", "POST"])
@public
def log_in() -> ResponseReturnValue:
    """Check address and password and open a log-in."""
    next_page = safe_next(request.args.get("next"))
    form = LogInForm()
    if form.validate_on_submit():
        try:
            token = _checked_log_in(form)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            remember(token)
            return redirect(next_page or url_for("home.start"))
    return render_template("account/log_in.html", form=form, next_page=next_page)


@blueprint.post("/log-out")
@requires(is_logged_in)
def log_out() -> ResponseReturnValue:
    """End this log-in, also for copies of its cookie."""
    with transaction() as db_session:
        login.log_out(db_session, login_id=current_user.login_id, now=clock.now())
    session.clear()
    return redirect(url_for("home.start"))


def _checked_log_in(form: LogInForm) -> str:
    config = cast(Config, current_app.extensions["config"])
    now = clock.now()
    email = cast(str, form.email.data).lower()
    limit("log-in", email, tries=10, minutes=15, tries_from_here=60)
    with transaction() as db_session:
        return login.log_in(
            db_session,
            email=email,
            password=cast(str, form.password.data),
            user_agent=request.user_agent.string,
            lifetime=dt.timedelta(days=config.login_days),
            now=now,
            is_this_machine=_is_this_machine(config),
        )


def _is_this_machine(config: Config) -> bool:
    """Whether browser and service are one machine, also as the service itself sees its address."""
    host = urlsplit(config.base_url).hostname
    peer = request.remote_addr or ""
    return host in {"localhost", "127.0.0.1"} and (peer == "::1" or peer.startswith("127."))


def remember(token: str) -> None:
    """Put a log-in's token into the browser's cookie, leaving nothing of an earlier session there."""
    session.clear()
    session.permanent = True
    session["_user_id"] = token
    session["_fresh"] = True
