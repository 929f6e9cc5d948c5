"""A forgotten password: a link by mail, and the page behind it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.models import LinkKind
from matchmaker.services import account
from matchmaker.services.link import find_link, hash_token
from matchmaker.web.access import public
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.account import ForgottenForm, NewPasswordForm
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("password", __name__)


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Mail a link, if the address has an account; the page says the same either way."""
    form = ForgottenForm()
    if form.validate_on_submit():
        email = (form.email.data or "").lower()
        try:
            limit("forgotten", email, tries=4, minutes=60, tries_from_here=40)
            with transaction() as session:
                account.ask_new_password(session, email=email, now=clock.now())
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(
                gettext(
                    "If %(email)s has an account, a link is on its way. It works for two hours.", email=email
                ),
                "success",
            )
            return redirect(url_for("account.log_in"))
    return render_template("account/forgotten.html", form=form)


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password; every log-in ends."""
    form = NewPasswordForm()
    try:
        link = find_link(reading(), kind=LinkKind.RESET_PASSWORD, token=token, now=clock.now())
        email = link.email
        if form.validate_on_submit():
            limit("reset", hash_token(token), tries=20, minutes=15)
            with transaction() as session:
                account.reset_password(
                    session, token=token, password=form.password.data or "", now=clock.now()
                )
            flash(gettext("Your new password is set. Please log in with it."), "success")
            return redirect(url_for("account.log_in"))
    except LinkInvalid:
        return render_template("account/reset_invalid.html"), LinkInvalid.status
    except MatchmakerError as error:
        put_on_form(form, error)
    return render_template("account/reset.html", form=form, email=email)
