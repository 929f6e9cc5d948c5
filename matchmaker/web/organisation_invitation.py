"""The page behind the link of an invitation to an organisation."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.services import legal_text
from matchmaker.services.link import hash_token
from matchmaker.services.login import open_login
from matchmaker.services.organisation_invitation import Invitation, accept, look_at_invitation
from matchmaker.web.access import public
from matchmaker.web.account import remember
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.forms.registration import InvitedForm
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("organisation_invitation", __name__)


@blueprint.route("/join/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    """Show who invites; the button joins, and who has no account chooses a password."""
    try:
        invitation = look_at_invitation(reading(), token=token, now=clock.now())
    except LinkInvalid:
        return render_template("registration/link_invalid.html"), LinkInvalid.status
    form = Form() if invitation.person else InvitedForm()
    shown = legal_text.privacy_version(reading(), language=reader_language())
    if form.validate_on_submit():
        try:
            limit("join", hash_token(token), tries=20, minutes=15)
            return _joined(token, form, invitation, shown)
        except MatchmakerError as error:
            put_on_form(form, error)
    return render_template("organisation/invitation.html", form=form, invitation=invitation)


def _joined(token: str, form: Form, invitation: Invitation, privacy_version: str) -> ResponseReturnValue:
    config = cast(Config, current_app.extensions["config"])
    now = clock.now()
    new_person = form.new_person(privacy_version) if isinstance(form, InvitedForm) else None
    login_token = None
    with transaction() as session:
        person, is_new = accept(session, token=token, new_person=new_person, now=now)
        if is_new:
            lifetime = dt.timedelta(days=config.login_days)
            agent = request.user_agent.string
            login_token = open_login(session, person=person, user_agent=agent, lifetime=lifetime, now=now)
    if login_token:
        remember(login_token)
    flash(gettext("You now belong to %(name)s.", name=invitation.organisation.name), "success")
    if not login_token and not current_user.is_authenticated:
        return redirect(url_for("account.log_in"))
    return redirect(url_for("home.start"))
