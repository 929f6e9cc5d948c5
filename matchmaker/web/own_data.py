"""What is held of the reader: to see, to take along, to erase."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.permissions import is_logged_in
from matchmaker.services.account_erasure import erase_account, plan_erasure
from matchmaker.services.departure import foresee_departure
from matchmaker.services.own_data import export_person
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.account import PresentPasswordForm
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("own_data", __name__)


@blueprint.get("/account/own-data")
@requires(is_logged_in)
def show() -> str:
    """What is held, in words, with the ways to correct, export and erase it."""
    return render_template("account/own_data.html")


@blueprint.get("/account/own-data/export")
@requires(is_logged_in)
def export() -> Response:
    """Everything held of the reader as a JSON file."""
    limit("export", acting_id(), tries=20, minutes=60)
    found = export_person(reading(), person_id=acting_id(), now=clock.now())
    text = json.dumps(found, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="matchmaker-own-data.json"'}
    return Response(text, mimetype="application/json", headers=headers)


@blueprint.route("/account/own-data/erase", methods=["GET", "POST"])
@requires(is_logged_in)
def erase() -> ResponseReturnValue:
    """Say what erasing does; the password and the button do it."""
    form = PresentPasswordForm()
    if form.validate_on_submit():
        try:
            limit("present-password", acting_id(), tries=10, minutes=15)
            with transaction() as db_session:
                erase_account(
                    db_session,
                    person_id=acting_id(),
                    password=form.present_password.data or "",
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            session.clear()
            flash(gettext("Your account is erased."), "success")
            return redirect(url_for("home.start"))
    plan = plan_erasure(reading(), person_id=acting_id(), now=clock.now())
    partings = foresee_departure(reading(), person_id=acting_id(), now=clock.now())
    return render_template("account/erase.html", form=form, plan=plan, partings=partings)
