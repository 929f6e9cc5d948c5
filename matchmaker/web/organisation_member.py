"""The people of an organisation: who asks to join, who is invited, who may do what."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError, NotFound
from matchmaker.models import MemberRole, MemberStatus
from matchmaker.permissions import can_answer_askers, can_manage_organisation
from matchmaker.services import organisation_invitation, organisation_member
from matchmaker.services.departure import held_departures
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.organisation import InvitationForm
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("organisation_member", __name__)


@blueprint.route("/organisations/<int:organisation_id>/people", methods=["GET", "POST"])
@requires(can_answer_askers, of="organisation_id")
def index(organisation_id: int) -> ResponseReturnValue:
    """Everybody of the organisation, who asks to join, and the form that invites."""
    form = InvitationForm()
    if form.validate_on_submit():
        if not can_manage_organisation(g.standing, g.subject):
            raise NotFound()
        try:
            _invite(organisation_id, form)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("The invitation to %(email)s is on its way.", email=form.email.data), "success")
            return redirect(url_for(".index", organisation_id=organisation_id))
    members = organisation_member.list_members(reading(), organisation_id=organisation_id)
    return render_template(
        "organisation/people.html",
        organisation=g.subject,
        form=form,
        askers=[row for row in members if row.status == MemberStatus.ASKED],
        members=[row for row in members if row.status == MemberStatus.ACTIVE],
        invitations=organisation_invitation.waiting_invitations(reading(), organisation_id=organisation_id),
        held=held_departures(
            reading(), actor_id=acting_id(), organisation_id=organisation_id, now=clock.now()
        ),
        now=clock.now(),
    )


def _invite(organisation_id: int, form: InvitationForm) -> None:
    limit("invite-colleague", acting_id(), tries=50, minutes=60 * 24)
    with transaction() as session:
        organisation_invitation.invite(
            session,
            organisation_id=organisation_id,
            email=form.email.data or "",
            role=MemberRole(form.role.data),
            actor_id=acting_id(),
            now=clock.now(),
        )


@blueprint.post("/organisations/<int:organisation_id>/people/<int:person_id>/answer")
@requires(can_answer_askers, of="organisation_id")
def answer(organisation_id: int, person_id: int) -> ResponseReturnValue:
    """Let in who asked, or refuse."""
    is_welcome = request.form.get("is_welcome") == "1"
    with transaction() as session:
        organisation_member.answer_asker(
            session,
            organisation_id=organisation_id,
            person_id=person_id,
            is_welcome=is_welcome,
            actor_id=acting_id(),
            now=clock.now(),
        )
    flash(gettext("Let in.") if is_welcome else gettext("Refused."), "success")
    return redirect(url_for(".index", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/people/<int:person_id>/role")
@requires(can_manage_organisation, of="organisation_id")
def change_role(organisation_id: int, person_id: int) -> ResponseReturnValue:
    """Make a member a manager, or a manager a member."""
    is_manager = request.form.get("role") == MemberRole.MANAGER
    try:
        with transaction() as session:
            organisation_member.change_role(
                session,
                organisation_id=organisation_id,
                person_id=person_id,
                role=MemberRole.MANAGER if is_manager else MemberRole.MEMBER,
                actor_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        put_on_form(None, error)
    else:
        flash(gettext("Saved."), "success")
    return redirect(_after(organisation_id, person_id))


def _after(organisation_id: int, person_id: int) -> str:
    """Who took the own rights away must not be sent to a page that asks for them."""
    if person_id == acting_id():
        return url_for("home.start")
    return url_for(".index", organisation_id=organisation_id)


@blueprint.post("/organisations/<int:organisation_id>/invitations/<int:link_id>/take-back")
@requires(can_manage_organisation, of="organisation_id")
def take_back(organisation_id: int, link_id: int) -> ResponseReturnValue:
    """Make a waiting invitation worthless."""
    with transaction() as session:
        organisation_invitation.take_back(
            session,
            organisation_id=organisation_id,
            link_id=link_id,
            actor_id=acting_id(),
            now=clock.now(),
        )
    flash(gettext("The invitation no longer works."), "success")
    return redirect(url_for(".index", organisation_id=organisation_id))
