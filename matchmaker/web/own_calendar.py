"""The own calendar: invitations by mail, and the private subscription."""

from __future__ import annotations

import hashlib
from typing import cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from config import Config
from matchmaker import clock
from matchmaker.calendar.ics import agenda
from matchmaker.models import CalendarChoice
from matchmaker.permissions import is_logged_in
from matchmaker.services import person_calendar
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.calendar_file import meeting_entry, session_entry
from matchmaker.web.forms.mail_choice import CalendarChoiceForm
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("own_calendar", __name__)

# how often programs may ask; most ask far less often
SECONDS_FRESH = 300


@blueprint.route("/account/calendar", methods=["GET", "POST"])
@requires(is_logged_in)
def show() -> ResponseReturnValue:
    """Choose how meetings reach the calendar."""
    row = person_calendar.calendar_of(reading(), person_id=acting_id())
    form = CalendarChoiceForm(data={"choice": row.choice.value})
    if form.validate_on_submit():
        with transaction() as db_session:
            person_calendar.choose_invitations(
                db_session, person_id=acting_id(), choice=CalendarChoice(form.choice.data), now=clock.now()
            )
        flash(gettext("Saved."), "success")
        return redirect(url_for(".show"))
    # only its hash is kept, so that the address can be shown once
    token = session.pop("calendar_token", None)
    address = _base_url() + url_for(".feed", token=token) if token else None
    return render_template(
        "account/calendar.html", form=form, row=row, address=address,
        webcal=address and f"webcal:{address.partition(':')[2]}",
    )  # fmt: skip


@blueprint.post("/account/calendar/subscription")
@requires(is_logged_in)
def subscribe() -> ResponseReturnValue:
    """Make a new private address; the older one ends."""
    with transaction() as db_session:
        session["calendar_token"] = person_calendar.make_feed(
            db_session, person_id=acting_id(), now=clock.now()
        )
    return redirect(url_for(".show"))


@blueprint.post("/account/calendar/subscription/end")
@requires(is_logged_in)
def unsubscribe() -> ResponseReturnValue:
    """End the private address."""
    with transaction() as db_session:
        person_calendar.revoke_feed(db_session, person_id=acting_id(), now=clock.now())
    flash(gettext("The address has ended: calendars that use it get no more from us."), "success")
    return redirect(url_for(".show"))


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """All that a person has on, for a calendar program that holds the private address."""
    db_session = reading()
    person = person_calendar.find_subscriber(db_session, token=token)
    calendars = person_calendar.read_calendar(db_session, person_id=person.id, now=clock.now())
    entries = [meeting_entry(row, calendar.event) for calendar in calendars for row in calendar.meetings]
    entries += [session_entry(row, calendar.event) for calendar in calendars for row in calendar.sessions]
    text = agenda(entries, name=f"Matchmaker · {urlsplit(_base_url()).hostname}", is_feed=True)
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.set_etag(hashlib.sha256(text).hexdigest())
    response.cache_control.private = True
    response.cache_control.max_age = SECONDS_FRESH
    response.headers["X-Robots-Tag"] = "noindex"
    return cast(Response, response.make_conditional(request))


def _base_url() -> str:
    return cast(Config, current_app.extensions["config"]).base_url
