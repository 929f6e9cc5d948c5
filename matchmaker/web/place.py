"""Places: the list, adding one or many, and a place's hours and owners."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from matchmaker import clock
from matchmaker.permissions import can_edit_event
from matchmaker.services import place as places
from matchmaker.services import place_owner
from matchmaker.services.change import HOLD
from matchmaker.services.gone import Gone
from matchmaker.services.impact import Impact, impact_of_place
from matchmaker.services.place_change import add_hours as add_hours_and_mend
from matchmaker.services.place_change import change_place, foresee_edit, foresee_hours
from matchmaker.services.place_change import remove_hours as remove_hours_and_mend
from matchmaker.services.removal import Outlook, foresee_removal
from matchmaker.services.schedule_change import remove_place
from matchmaker.web.access import requires
from matchmaker.web.change import attempt
from matchmaker.web.forms.place import OpeningHoursForm, OwnerForm, PlaceForm
from matchmaker.web.phase_words import held_lines
from matchmaker.web.storage import reading

blueprint = Blueprint("place", __name__, url_prefix="/events/<event_slug>/places")


@blueprint.get("")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """All places of the event, and what stands in the way of publishing."""
    session = reading()
    rows = places.places_of(session, event_id=g.event.id)
    return render_template(
        "place/index.html",
        places=rows,
        counts=Counter(row.kind for row in rows),
        problems=places.publication_problems(session, g.event),
        owners=place_owner.owner_names(session, event_id=g.event.id),
        held=held_lines(session, g.event),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add one place, or a row of numbered ones."""
    form = PlaceForm(g.event)
    if not form.is_submitted():
        form.count.data = form.capacity.data = 1
    if form.validate_on_submit():
        count = form.count.data or 1
        if count == 1:
            outcome = attempt(places.add_place, form=form, details=form.details())
        else:
            outcome = attempt(places.add_places, form=form, details=form.details(), count=count)
        if outcome.is_done:
            flash(ngettext("%(num)s place added.", "%(num)s places added.", count), "success")
            return redirect(url_for("place.index", event_slug=event_slug))
    return render_template("place/create.html", form=form)


@blueprint.route("/<int:place_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, place_id: int) -> ResponseReturnValue:
    """Change a place, after saying who is hit when it holds less."""
    place = places.find_place(reading(), event_id=g.event.id, place_id=place_id)
    form = PlaceForm(g.event, place)
    if not form.validate_on_submit():
        return _edit_page(place_id, form=form)
    details = form.details()
    outlook = foresee_edit(
        reading(), event_id=g.event.id, place_id=place_id, details=details, now=clock.now()
    )
    if not outlook.is_harmless and not _is_sure():
        return _edit_page(place_id, form=form, outlook=outlook)
    if attempt(change_place, form=form, place_id=place_id, details=details, hold=HOLD).is_done:
        flash(_("Saved."), "success")
        return redirect(url_for("place.index", event_slug=event_slug))
    return _edit_page(place_id, form=form)


@blueprint.post("/<int:place_id>/hours")
@requires(can_edit_event)
def add_hours(event_slug: str, place_id: int) -> ResponseReturnValue:
    """Add a span in which the place is open, after saying who is hit when it is shut otherwise."""
    hours_form = OpeningHoursForm(zone=g.event.time_zone)
    if not hours_form.validate_on_submit():
        return _edit_page(place_id, hours_form=hours_form)
    span = {"starts_at": hours_form.starts_at.data, "ends_at": hours_form.ends_at.data}
    outlook = foresee_hours(reading(), event_id=g.event.id, place_id=place_id, **span, now=clock.now())
    if not outlook.is_harmless and not _is_sure():
        return _edit_page(place_id, hours_form=hours_form, outlook=outlook)
    if attempt(add_hours_and_mend, form=hours_form, place_id=place_id, **span, hold=HOLD).is_done:
        return _to_edit(event_slug, place_id)
    return _edit_page(place_id, hours_form=hours_form)


@blueprint.post("/<int:place_id>/hours/<int:hours_id>/remove")
@requires(can_edit_event)
def remove_hours(event_slug: str, place_id: int, hours_id: int) -> ResponseReturnValue:
    """Remove a span, after saying who is hit."""
    outlook = foresee_hours(
        reading(), event_id=g.event.id, place_id=place_id, without_id=hours_id, now=clock.now()
    )
    if not outlook.is_harmless and not _is_sure():
        return _edit_page(place_id, outlook=outlook, going_id=hours_id)
    attempt(remove_hours_and_mend, place_id=place_id, hours_id=hours_id, hold=HOLD)
    return _to_edit(event_slug, place_id)


@blueprint.post("/<int:place_id>/owners")
@requires(can_edit_event)
def add_owner(event_slug: str, place_id: int) -> ResponseReturnValue:
    """Make a participation an owner of the place."""
    owner_form = _owner_form()
    impact = None
    if owner_form.validate_on_submit():
        outcome = attempt(
            place_owner.add_owner,
            form=owner_form,
            shows_impact=True,
            place_id=place_id,
            participation_id=owner_form.participation_id.data,
        )
        if outcome.is_done:
            return _to_edit(event_slug, place_id)
        impact = outcome.impact
    return _edit_page(place_id, owner_form=owner_form, impact=impact)


@blueprint.post("/<int:place_id>/owners/<int:participation_id>/remove")
@requires(can_edit_event)
def remove_owner(event_slug: str, place_id: int, participation_id: int) -> ResponseReturnValue:
    """Take the place from a participation; refused while its meetings are there and others own it too."""
    attempt(place_owner.remove_owner, place_id=place_id, participation_id=participation_id)
    return _to_edit(event_slug, place_id)


@blueprint.route("/<int:place_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, place_id: int) -> ResponseReturnValue:
    """Say who is hit and what becomes of their meetings, then delete the place."""
    if request.method == "POST":
        if attempt(remove_place, place_id=place_id, hold=HOLD).is_done:
            flash(_("Deleted."), "success")
            return redirect(url_for("place.index", event_slug=event_slug))
        return redirect(url_for("place.delete", event_slug=event_slug, place_id=place_id))
    session = reading()
    place = places.find_place(session, event_id=g.event.id, place_id=place_id)
    impact = impact_of_place(session, event_id=g.event.id, place_id=place_id)
    outlook = foresee_removal(session, event=g.event, gone=Gone(place_id=place_id), now=clock.now())
    return render_template("place/delete.html", place=place, impact=impact, outlook=outlook)


def _edit_page(
    place_id: int,
    *,
    form: Any = None,
    hours_form: Any = None,
    owner_form: Any = None,
    impact: Impact | None = None,
    outlook: Outlook | None = None,
    going_id: int | None = None,
) -> str:
    session = reading()
    place = places.find_place(session, event_id=g.event.id, place_id=place_id)
    if form is None:
        form = PlaceForm(g.event, place)
        # another form of the page was sent: this one shows the place as it is
        form.process(obj=place)
    return render_template(
        "place/edit.html",
        place=place,
        form=form,
        hours_form=hours_form or OpeningHoursForm(zone=g.event.time_zone),
        owner_form=owner_form or _owner_form(),
        owners=place_owner.owner_names(session, event_id=g.event.id).get(place_id, {}),
        impact=impact,
        outlook=outlook,
        # which of the page's forms asks for a yes
        asks="hours" if going_id or hours_form else "place",
        going_id=going_id,
        held=held_lines(session, g.event),
    )


def _is_sure() -> bool:
    """Whether the reader has seen who is hit and wants it all the same."""
    return request.form.get("step") == "mend"


def _owner_form() -> OwnerForm:
    form = OwnerForm()
    names = place_owner.possible_owners(reading(), event_id=g.event.id)
    form.participation_id.choices = list(names.items())
    return form


def _to_edit(event_slug: str, place_id: int) -> ResponseReturnValue:
    return redirect(url_for("place.edit", event_slug=event_slug, place_id=place_id))
