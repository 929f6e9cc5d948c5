"""Events: the public page, the overview, and what an organiser says of the event."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from matchmaker import clock
from matchmaker.models import Approval, EventFormat
from matchmaker.permissions import can_create_events, can_edit_event, is_on_team
from matchmaker.services import event as events
from matchmaker.services.block import blocks_of
from matchmaker.services.checklist import read_checklist, read_figures
from matchmaker.services.place import publication_problems
from matchmaker.services.programme import sessions_of
from matchmaker.web.access import public, requires
from matchmaker.web.change import attempt
from matchmaker.web.forms.event import EventForm, RulesForm, version_of
from matchmaker.web.storage import reading

blueprint = Blueprint("event", __name__, url_prefix="/events")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_create_events)
def create() -> ResponseReturnValue:
    """Start an event as a draft that only its team sees."""
    form = EventForm()
    if not form.is_submitted():
        form.format.data = EventFormat.VIRTUAL.value
        form.time_zone.data = current_user.person.time_zone
    if form.validate_on_submit():
        outcome = attempt(events.create_event, form=form, details=form.details())
        if outcome.is_done:
            flash(_("The event is a draft: only its team sees it until you open registration."), "success")
            return redirect(url_for("event.overview", event_slug=outcome.result.slug))
    return render_template("event/create.html", form=form)


@blueprint.get("/<event_slug>")
@public
def show(event_slug: str) -> ResponseReturnValue:
    """What the event is, when, and how to take part."""
    session = reading()
    return render_template(
        "event/show.html",
        blocks=blocks_of(session, event_id=g.event.id),
        sessions=sessions_of(session, event_id=g.event.id),
        today=clock.now().date(),
    )


@blueprint.get("/<event_slug>/overview")
@requires(is_on_team)
def overview(event_slug: str) -> ResponseReturnValue:
    """How far the event has come and what is missing."""
    session = reading()
    figures = read_figures(session, event_id=g.event.id)
    return render_template(
        "event/overview.html",
        figures=figures,
        items=read_checklist(session, event=g.event, figures=figures),
        problems=publication_problems(session, g.event),
    )


@blueprint.route("/<event_slug>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str) -> ResponseReturnValue:
    """Change what the event says of itself."""
    form = EventForm(g.event)
    if form.validate_on_submit():
        outcome = attempt(events.edit_event, form=form, version=version_of(form), details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event.edit", event_slug=event_slug))
    return render_template("event/edit.html", form=form)


@blueprint.route("/<event_slug>/rules", methods=["GET", "POST"])
@requires(can_edit_event)
def rules(event_slug: str) -> ResponseReturnValue:
    """Set how participations are approved, meetings confirmed and limited."""
    form = RulesForm(g.event)
    if form.validate_on_submit():
        outcome = attempt(events.set_rules, form=form, version=version_of(form), rules=form.rules())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event.rules", event_slug=event_slug))
    return render_template("event/rules.html", form=form)


@blueprint.post("/<event_slug>/open")
@requires(can_edit_event)
def open_registration(event_slug: str) -> ResponseReturnValue:
    """Show the event to everybody and take registrations."""
    outcome = attempt(events.open_registration)
    if outcome.is_done:
        text = (
            _("Registration is open. You approve each registration by hand.")
            if outcome.result.approval == Approval.BY_HAND
            else _("Registration is open. Whoever registers takes part at once.")
        )
        flash(text, "success")
    return redirect(url_for("event.overview", event_slug=event_slug))


@blueprint.post("/<event_slug>/close")
@requires(can_edit_event)
def close_registration(event_slug: str) -> ResponseReturnValue:
    """Take no more registrations."""
    if attempt(events.close_registration).is_done:
        flash(_("Registration is closed. Those who are in stay in."), "success")
    return redirect(url_for("event.overview", event_slug=event_slug))
