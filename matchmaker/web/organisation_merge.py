"""Merging duplicates: who looks alike, what would move, and the button that moves it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Organisation
from matchmaker.permissions import can_manage_participations, can_merge_organisation
from matchmaker.services import organisation_merge
from matchmaker.services.organisation import similar_organisations
from matchmaker.services.standing import read_standing
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("organisation_merge", __name__)


@blueprint.get("/events/<event_slug>/duplicates")
@requires(can_manage_participations)
def duplicates(event_slug: str) -> str:
    """Organisations of the event that look alike."""
    found = organisation_merge.find_duplicates(reading(), event_id=g.event.id)
    return render_template("organisation/duplicates.html", duplicates=found)


@blueprint.get("/organisations/<int:organisation_id>/merge")
@requires(can_merge_organisation, of="organisation_id")
def choose(organisation_id: int) -> str:
    """Organisations into which this one could be merged."""
    alike = similar_organisations(
        reading(), name=g.subject.name, email=f"@{g.subject.mail_domain}" if g.subject.mail_domain else None
    )
    others = [row for row in alike if row.id != organisation_id and _may_merge(row)]
    return render_template("organisation/merge_choose.html", organisation=g.subject, others=others)


@blueprint.route("/organisations/<int:organisation_id>/merge/<int:target_id>", methods=["GET", "POST"])
@requires(can_merge_organisation, of="organisation_id")
def merge(organisation_id: int, target_id: int) -> ResponseReturnValue:
    """Show what would move; the button moves it."""
    target = reading().get(Organisation, target_id) or abort(404)
    if not _may_merge(target):
        abort(403)
    form = Form()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                organisation_merge.merge(
                    session,
                    source_id=organisation_id,
                    target_id=target_id,
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Merged into %(name)s.", name=target.name), "success")
            return redirect(url_for("organisation_member.index", organisation_id=target_id))
    plan = organisation_merge.plan_merge(reading(), source_id=organisation_id, target_id=target_id)
    return render_template("organisation/merge.html", form=form, plan=plan)


def _may_merge(target: Organisation) -> bool:
    """Merging makes people members of the target too, so it asks for the same right there."""
    standing = read_standing(reading(), person_id=acting_id(), organisation_id=target.id)
    return can_merge_organisation(standing, target)
