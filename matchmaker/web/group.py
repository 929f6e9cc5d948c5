"""Groups of participations, and the matrix of who may meet whom."""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from matchmaker.permissions import can_edit_event
from matchmaker.services import group as groups
from matchmaker.web.access import requires
from matchmaker.web.change import attempt
from matchmaker.web.forms.group import GroupForm
from matchmaker.web.storage import reading

blueprint = Blueprint("group", __name__, url_prefix="/events/<event_slug>/groups")


@blueprint.get("")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """The groups, and who may meet whom as a grid of boxes to tick."""
    session = reading()
    return render_template(
        "group/index.html",
        groups=groups.groups_of(session, event_id=g.event.id),
        pairs=groups.allowed_pairs(session, event_id=g.event.id),
        counts=groups.count_by_group(session, event_id=g.event.id),
        form=FlaskForm(),
    )


@blueprint.post("/matrix")
@requires(can_edit_event)
def set_matrix(event_slug: str) -> ResponseReturnValue:
    """Save who may meet whom."""
    ticked = (re.fullmatch(r"(\d{1,9})-(\d{1,9})", text) for text in request.form.getlist("pair"))
    pairs = frozenset((int(found[1]), int(found[2])) for found in ticked if found)
    if attempt(groups.set_allowed_pairs, pairs=pairs).is_done:
        flash(_("Saved. The next round follows this; meetings that there are stay."), "success")
    return redirect(url_for("group.index", event_slug=event_slug))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add a group."""
    form = GroupForm()
    if form.validate_on_submit() and attempt(groups.add_group, form=form, details=form.details()).is_done:
        flash(_("Saved. Tick below whom the group may meet."), "success")
        return redirect(url_for("group.index", event_slug=event_slug))
    return render_template("group/form.html", form=form, group=None)


@blueprint.route("/<int:group_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, group_id: int) -> ResponseReturnValue:
    """Change a group."""
    group = groups.find_group(reading(), event_id=g.event.id, group_id=group_id)
    form = GroupForm(group)
    if form.validate_on_submit():
        outcome = attempt(groups.edit_group, form=form, group_id=group_id, details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("group.index", event_slug=event_slug))
    return render_template("group/form.html", form=form, group=group)


@blueprint.route("/<int:group_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, group_id: int) -> ResponseReturnValue:
    """Delete an empty group."""
    if request.method == "POST":
        if attempt(groups.delete_group, group_id=group_id).is_done:
            flash(_("Deleted."), "success")
        return redirect(url_for("group.index", event_slug=event_slug))
    session = reading()
    return render_template(
        "group/delete.html",
        group=groups.find_group(session, event_id=g.event.id, group_id=group_id),
        count=groups.count_by_group(session, event_id=g.event.id).get(group_id, 0),
    )
