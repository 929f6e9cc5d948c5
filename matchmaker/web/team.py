"""The team of an event, and the page behind the link of an invitation to it."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.permissions import is_organiser
from matchmaker.services import legal_text, team
from matchmaker.services.link import hash_token
from matchmaker.services.login import open_login
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.account import remember
from matchmaker.web.change import attempt
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.forms.registration import InvitedForm
from matchmaker.web.forms.team import InviteToTeamForm, RoleForm
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("team", __name__)


@blueprint.get("/events/<event_slug>/team")
@requires(is_organiser)
def index(event_slug: str) -> ResponseReturnValue:
    """Who runs the event, and who is invited to."""
    session = reading()
    return render_template(
        "team/index.html",
        roles=team.team_of(session, event_id=g.event.id),
        waiting=team.waiting_invitations(session, event_id=g.event.id),
        now=clock.now(),
    )


@blueprint.route("/events/<event_slug>/team/invite", methods=["GET", "POST"])
@requires(is_organiser)
def invite(event_slug: str) -> ResponseReturnValue:
    """Invite somebody by mail."""
    form = InviteToTeamForm()
    if form.validate_on_submit():
        limit("invite-to-team", acting_id(), tries=50, minutes=60)
        outcome = attempt(team.invite_to_team, form=form, email=form.email.data, role=form.role())
        if outcome.is_done:
            flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("team.index", event_slug=event_slug))
    return render_template("team/form.html", form=form, row=None)


@blueprint.post("/events/<event_slug>/team/invitations/<int:link_id>/take-back")
@requires(is_organiser)
def take_back(event_slug: str, link_id: int) -> ResponseReturnValue:
    """Make an invitation worthless."""
    if attempt(team.take_back_invitation, link_id=link_id).is_done:
        flash(_("The invitation is taken back; its link does nothing any more."), "success")
    return redirect(url_for("team.index", event_slug=event_slug))


@blueprint.route("/events/<event_slug>/team/<int:person_id>/edit", methods=["GET", "POST"])
@requires(is_organiser)
def edit(event_slug: str, person_id: int) -> ResponseReturnValue:
    """Change what a person does for the event."""
    row = team.find_role(reading(), event_id=g.event.id, person_id=person_id)
    form = RoleForm(row)
    if form.validate_on_submit():
        outcome = attempt(team.change_role, form=form, person_id=person_id, role=form.role())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("team.index", event_slug=event_slug))
    return render_template("team/form.html", form=form, row=row)


@blueprint.route("/events/<event_slug>/team/<int:person_id>/remove", methods=["GET", "POST"])
@requires(is_organiser)
def remove(event_slug: str, person_id: int) -> ResponseReturnValue:
    """Take a person off the team."""
    if request.method == "POST":
        if attempt(team.remove_from_team, person_id=person_id).is_done:
            flash(_("Removed."), "success")
        # whoever took away the own role has no team page any more
        is_own = person_id == acting_id()
        return redirect(url_for("home.start" if is_own else "team.index", event_slug=event_slug))
    row = team.find_role(reading(), event_id=g.event.id, person_id=person_id)
    return render_template("team/remove.html", row=row)


@blueprint.route("/join-team/<token>", methods=["GET", "POST"])
@public
def join(token: str) -> ResponseReturnValue:
    """Show who invites; the button joins, and who has no account chooses a password."""
    try:
        invitation = team.look_at_team_invitation(reading(), token=token, now=clock.now())
    except LinkInvalid:
        return render_template("registration/link_invalid.html"), LinkInvalid.status
    form = Form() if invitation.person else InvitedForm()
    if form.validate_on_submit():
        try:
            limit("join-team", hash_token(token), tries=20, minutes=15)
            return _joined(token, form, invitation)
        except MatchmakerError as error:
            put_on_form(form, error)
    return render_template("team/join.html", form=form, invitation=invitation)


def _joined(token: str, form: Form, invitation: team.TeamInvitation) -> ResponseReturnValue:
    config = cast(Config, current_app.extensions["config"])
    now = clock.now()
    shown = legal_text.privacy_version(reading(), language=reader_language())
    new_person = form.new_person(shown) if isinstance(form, InvitedForm) else None
    login_token = None
    with transaction() as session:
        person, is_new = team.join_team(session, token=token, new_person=new_person, now=now)
        if is_new:
            lifetime = dt.timedelta(days=config.login_days)
            agent = request.user_agent.string
            login_token = open_login(session, person=person, user_agent=agent, lifetime=lifetime, now=now)
    if login_token:
        remember(login_token)
    flash(_("You are on the team of %(name)s.", name=invitation.event.name), "success")
    target = url_for("event.show", event_slug=invitation.event.slug)
    is_logged_in = login_token or current_user.is_authenticated
    return redirect(target if is_logged_in else url_for("account.log_in", next=target))
