"""Organisations: mine, a new one, and what is kept of them."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import MemberStatus, Organisation, Person
from matchmaker.permissions import can_manage_organisation, can_see_organisation, is_logged_in
from matchmaker.services import organisation as organisations
from matchmaker.services import organisation_member
from matchmaker.services.entry import entries_of
from matchmaker.services.topic import default_topics
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.organisation import OrganisationForm
from matchmaker.web.limits import limit
from matchmaker.web.next_page import safe_next
from matchmaker.web.storage import reading, transaction
from matchmaker.web.topics import topic_labels

blueprint = Blueprint("organisation", __name__)


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@requires(is_logged_in)
def new() -> ResponseReturnValue:
    """Add an organisation; where a known one looks the same, offer to ask to join it first."""
    waiting = cookie.get("organisation")
    form = OrganisationForm(data={**waiting, "organisation_name": waiting["name"]} if waiting else None)
    next_page = safe_next(request.args.get("next")) or (waiting or {}).get("next_page", "")
    similar: list[Organisation] = []
    if form.validate_on_submit() or (waiting and request.method == "GET"):
        similar = organisations.similar_organisations(
            reading(),
            name=form.organisation_name.data or "",
            email=current_user.person.email,
            person_id=acting_id(),
        )
    is_sure = "is_another" in request.form or not similar
    if request.method == "POST" and form.validate() and is_sure:
        try:
            found = _found(form)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            cookie.pop("organisation", None)
            flash(gettext("%(name)s is registered.", name=found.name), "success")
            return redirect(next_page or url_for("organisation.show", organisation_id=found.id))
    return render_template("organisation/new.html", form=form, similar=similar, next_page=next_page)


def _found(form: OrganisationForm) -> Organisation:
    limit("found-organisation", acting_id(), tries=10, minutes=60 * 24)
    with transaction() as db_session:
        return organisations.found_organisation(
            db_session,
            profile=form.profile(),
            person=db_session.get_one(Person, acting_id()),
            now=clock.now(),
        )


@blueprint.post("/organisations/<int:organisation_id>/ask-to-join")
@requires(is_logged_in)
def ask_to_join(organisation_id: int) -> ResponseReturnValue:
    """Ask a known organisation to be let in."""
    limit("ask-to-join", acting_id(), tries=10, minutes=60 * 24)
    with transaction() as db_session:
        is_asked = organisation_member.ask_to_join(
            db_session,
            organisation_id=organisation_id,
            person=db_session.get_one(Person, acting_id()),
            now=clock.now(),
        )
    cookie.pop("organisation", None)
    if not is_asked:
        return redirect(url_for("organisation.show", organisation_id=organisation_id))
    flash(gettext("We have passed your question on. You get a mail as soon as it is answered."), "success")
    return redirect(url_for("home.start"))


@blueprint.get("/organisations/<int:organisation_id>")
@requires(can_see_organisation, of="organisation_id")
def show(organisation_id: int) -> ResponseReturnValue:
    """What is kept of an organisation."""
    session = reading()
    members = organisation_member.list_members(session, organisation_id=organisation_id)
    return render_template(
        "organisation/show.html",
        organisation=g.subject,
        entries=entries_of(session, owner=g.subject),
        topic_labels=topic_labels(default_topics()),
        members=[member for member in members if member.status == MemberStatus.ACTIVE],
    )


@blueprint.route("/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
@requires(can_manage_organisation, of="organisation_id")
def edit(organisation_id: int) -> ResponseReturnValue:
    """Correct what is kept of an organisation."""
    form = OrganisationForm.of(g.subject)
    if form.validate_on_submit():
        try:
            with transaction() as db_session:
                organisations.edit_organisation(
                    db_session,
                    organisation_id=organisation_id,
                    profile=form.profile(),
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("organisation.show", organisation_id=organisation_id))
    return render_template("organisation/edit.html", form=form, organisation=g.subject)
