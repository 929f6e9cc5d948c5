"""Leaving an organisation, or removing a person from it: who is hit, done, taken back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError, NotFound
from matchmaker.models import MemberStatus, Organisation, OrganisationMember
from matchmaker.permissions import can_manage_organisation, is_logged_in
from matchmaker.services.change import HOLD
from matchmaker.services.departure import (
    foresee_departure,
    held_departures,
    remove_member,
    take_departure_back,
)
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("departure", __name__, url_prefix="/organisations/<int:organisation_id>")


@blueprint.route("/people/<int:person_id>/remove", methods=["GET", "POST"])
@requires(can_manage_organisation, of="organisation_id")
def remove(organisation_id: int, person_id: int) -> ResponseReturnValue:
    """Say who is hit, then end a person's membership."""
    return _remove(organisation_id, person_id)


@blueprint.route("/leave", methods=["GET", "POST"])
@requires(is_logged_in)
def leave(organisation_id: int) -> ResponseReturnValue:
    """Say who is hit, then end the own membership; whoever is no member any more has done so already."""
    return _remove(organisation_id, acting_id())


@blueprint.get("/left")
@requires(is_logged_in)
def left(organisation_id: int) -> ResponseReturnValue:
    """What the reader, who has left, can still take back."""
    held = held_departures(reading(), actor_id=acting_id(), organisation_id=organisation_id, now=clock.now())
    own = [one for one in held if one.person_id == acting_id()]
    if not own:
        return redirect(url_for("home.start"))
    return render_template("organisation/left.html", organisation=_organisation(organisation_id), held=own)


@blueprint.post("/people/<int:person_id>/take-departure-back")
@requires(is_logged_in)
def take_back(organisation_id: int, person_id: int) -> ResponseReturnValue:
    """Undo what the reader did, while its mails are held."""
    is_own = person_id == acting_id()
    if not is_own and not can_manage_organisation(g.standing, _organisation(organisation_id)):
        abort(403)
    try:
        with transaction() as session:
            take_departure_back(
                session,
                organisation_id=organisation_id,
                person_id=person_id,
                actor_id=acting_id(),
                now=clock.now(),
            )
    except NotFound:
        if reading().get(OrganisationMember, (organisation_id, person_id)) is None:
            raise  # not the second of two clicks
    except MatchmakerError as error:
        put_on_form(None, error)
        return _after(organisation_id, person_id)
    else:
        flash(gettext("Undone. Nobody was told anything."), "success")
    if is_own:
        return redirect(url_for("organisation.show", organisation_id=organisation_id))
    return redirect(url_for("organisation_member.index", organisation_id=organisation_id))


def _remove(organisation_id: int, person_id: int) -> ResponseReturnValue:
    organisation = _organisation(organisation_id)
    member = reading().get(OrganisationMember, (organisation_id, person_id))
    if member is None or member.status != MemberStatus.ACTIVE:
        return _after(organisation_id, person_id)  # the second of two clicks
    form = Form()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                changes = remove_member(
                    session,
                    organisation_id=organisation_id,
                    person_id=person_id,
                    actor_id=acting_id(),
                    now=clock.now(),
                    hold=HOLD,
                )
        except NotFound:  # the second of two clicks at once
            return _after(organisation_id, person_id)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            if person_id != acting_id():
                flash(gettext("Removed."), "success")
            elif not changes:
                flash(gettext("You have left %(name)s.", name=organisation.name), "success")
            return _after(organisation_id, person_id)
    partings = foresee_departure(
        reading(), organisation_id=organisation_id, person_id=person_id, now=clock.now()
    )
    return render_template(
        "organisation/remove.html", form=form, organisation=organisation, member=member, partings=partings
    )


def _after(organisation_id: int, person_id: int) -> ResponseReturnValue:
    """Who took the own rights away must not be sent to a page that asks for them."""
    page = ".left" if person_id == acting_id() else "organisation_member.index"
    return redirect(url_for(page, organisation_id=organisation_id))


def _organisation(organisation_id: int) -> Organisation:
    return reading().get(Organisation, organisation_id) or abort(404)
