"""Sessions: the organiser's list and form, and the programme in which people take seats."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.local_time import moments_of
from matchmaker.permissions import can_edit_event, is_logged_in
from matchmaker.services import attendance
from matchmaker.services import event_session as sessions
from matchmaker.services.place import places_of
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.change import attempt
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.event_session import SessionForm
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("event_session", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/programme")
@public
def programme(event_slug: str) -> ResponseReturnValue:
    """The programme; delegates take and give back seats."""
    session = reading()
    person_id = g.standing.person_id
    attended: frozenset[int] = frozenset()
    is_delegate = False
    if person_id is not None:
        attended = attendance.attended_sessions(session, event_id=g.event.id, person_id=person_id)
        is_delegate = bool(attendance.can_attend_as(session, event_id=g.event.id, person_id=person_id))
    return render_template(
        "event_session/programme.html",
        items=sessions.programme_of(session, event_id=g.event.id),
        attended=attended,
        is_delegate=is_delegate,
    )


@blueprint.post("/sessions/<int:session_id>/attend")
@requires(is_logged_in)
def attend(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Take a seat."""
    try:
        with transaction() as session:
            attendance.attend(
                session,
                event_id=g.event.id,
                session_id=session_id,
                person_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        put_on_form(None, error)
    else:
        flash(_("You have a seat. You are busy for the time of the session."), "success")
    return redirect(url_for("event_session.programme", event_slug=event_slug))


@blueprint.post("/sessions/<int:session_id>/stay-away")
@requires(is_logged_in)
def stay_away(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Give the seat back."""
    with transaction() as session:
        attendance.stay_away(
            session, event_id=g.event.id, session_id=session_id, person_id=acting_id(), now=clock.now()
        )
    flash(_("Your seat is free for others."), "success")
    return redirect(url_for("event_session.programme", event_slug=event_slug))


@blueprint.get("/sessions")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """All sessions, to edit."""
    items = sessions.programme_of(reading(), event_id=g.event.id)
    return render_template("event_session/index.html", items=items)


@blueprint.route("/sessions/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add a session."""
    form = SessionForm(g.event, places_of(reading(), event_id=g.event.id))
    impact = None
    if not form.is_submitted():
        nine = moments_of(dt.datetime.combine(g.event.starts_on, dt.time(9)), g.event.time_zone)
        form.starts_at.process_data(nine[0])
        form.ends_at.process_data(nine[0] + dt.timedelta(hours=1))
    if form.validate_on_submit():
        outcome = attempt(sessions.add_session, form=form, shows_impact=True, details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event_session.index", event_slug=event_slug))
        impact = outcome.impact
    return render_template("event_session/form.html", form=form, row=None, impact=impact)


@blueprint.route("/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Change a session."""
    session = reading()
    row = sessions.find_session(session, event_id=g.event.id, session_id=session_id)
    form = SessionForm(g.event, places_of(session, event_id=g.event.id), row)
    impact = None
    if form.validate_on_submit():
        outcome = attempt(
            sessions.edit_session,
            form=form,
            shows_impact=True,
            session_id=session_id,
            details=form.details(),
        )
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event_session.index", event_slug=event_slug))
        impact = outcome.impact
    return render_template("event_session/form.html", form=form, row=row, impact=impact)


@blueprint.route("/sessions/<int:session_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Say who attends, and delete the session; they are told by mail."""
    if request.method == "POST":
        if attempt(sessions.delete_session, session_id=session_id).is_done:
            flash(_("Deleted."), "success")
        return redirect(url_for("event_session.index", event_slug=event_slug))
    session = reading()
    return render_template(
        "event_session/delete.html",
        row=sessions.find_session(session, event_id=g.event.id, session_id=session_id),
        people=sessions.attending_people(session, session_id=session_id),
    )
