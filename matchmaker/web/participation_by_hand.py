"""Adding one firm by hand, and what an organiser sets for one participation."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Organisation, OrganisationKind, Participation
from matchmaker.permissions import can_bring_participations, can_manage_participations
from matchmaker.services.participant_row import DelegateRow, FirmRow
from matchmaker.services.participation import find_participation
from matchmaker.services.participation_by_hand import add_firm
from matchmaker.services.participation_rules import change_group, set_limits
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.participation import AddFirmForm, LimitsForm
from matchmaker.web.participation import blueprint
from matchmaker.web.participation_list import groups_of_event, own_scope, to_list
from matchmaker.web.storage import reading, transaction


@blueprint.route("/participations/new", methods=["GET", "POST"])
@requires(can_bring_participations)
def create(event_slug: str) -> ResponseReturnValue:
    """Add one firm by hand."""
    form = AddFirmForm(groups_of_event(reading()))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = _added(session, form)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Added. Complete the profile, then invite the firm to confirm it."), "success")
            return redirect(url_for("participation.profile", event_slug=event_slug, participation_id=made.id))
    return render_template("participation_list/create.html", form=form)


def _added(session: Session, form: AddFirmForm) -> Participation:
    email = (form.contact_email.data or "").lower()
    contact = DelegateRow(name=form.contact_name.data or "", email=email or None)
    return add_firm(
        session,
        event=g.event,
        firm=FirmRow(
            number=1,
            name=form.name.data or "",
            given=frozenset(),
            profile=form.profile(),
            delegates=(contact,) if contact.name or contact.email else (),
        ),
        group_id=form.group.data,
        kind=OrganisationKind(form.kind.data),
        source=form.source.data or "",
        actor_id=acting_id(),
        now=clock.now(),
        brought_by_id=own_scope(),
    )


@blueprint.route("/participations/<int:participation_id>/limits", methods=["GET", "POST"])
@requires(can_manage_participations)
def limits(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """A participation's group and limits of its own."""
    participation = find_participation(reading(), event_id=g.event.id, participation_id=participation_id)
    form = LimitsForm(participation, groups_of_event(reading()))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                _limited(session, form, participation_id)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return to_list()
    organisation = reading().get_one(Organisation, participation.organisation_id)
    return render_template(
        "participation_list/limits.html", form=form, organisation=organisation, participation=participation
    )


def _limited(session: Session, form: LimitsForm, participation_id: int) -> None:
    participation = find_participation(session, event_id=g.event.id, participation_id=participation_id)
    change_group(
        session,
        participation=participation,
        group_id=form.group.data,
        actor_id=acting_id(),
        now=clock.now(),
    )
    set_limits(
        session,
        participation=participation,
        minimum=form.minimum.data,
        maximum=form.maximum.data,
        per_day=form.per_day.data,
        in_a_row=form.in_a_row.data,
        pause=form.pause.data,
        actor_id=acting_id(),
        now=clock.now(),
    )
