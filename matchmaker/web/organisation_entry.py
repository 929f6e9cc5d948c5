"""Offers and needs of an organisation whatever the event: its first registration starts with them."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import EntryKind, Organisation
from matchmaker.permissions import can_manage_organisation
from matchmaker.services.entry import add_entry, edit_entry, find_entry, remove_entry
from matchmaker.services.topic import default_topics
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.forms.entry import EntryForm
from matchmaker.web.storage import reading, transaction
from matchmaker.web.topics import grouped

blueprint = Blueprint(
    "organisation_entry", __name__, url_prefix="/organisations/<int:organisation_id>/entries"
)


@blueprint.route("/new/<any(offer, need):kind>", methods=["GET", "POST"])
@requires(can_manage_organisation, of="organisation_id")
def new(organisation_id: int, kind: str) -> ResponseReturnValue:
    """Add an offer or need."""
    topics = default_topics()
    form = EntryForm(topics, language=str(get_locale())[:2])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                add_entry(
                    session,
                    owner=session.get_one(Organisation, organisation_id),
                    kind=EntryKind(kind),
                    text=form.entry_text(),
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            if "another" in request.form:
                return redirect(url_for(".new", organisation_id=organisation_id, kind=kind))
            return redirect(_back(organisation_id))
    return render_template(
        "entry/edit.html",
        form=form,
        kind=EntryKind(kind),
        groups=grouped(topics),
        is_new=True,
        back_url=_back(organisation_id),
    )


@blueprint.route("/<int:entry_id>/edit", methods=["GET", "POST"])
@requires(can_manage_organisation, of="organisation_id")
def edit(organisation_id: int, entry_id: int) -> ResponseReturnValue:
    """Change an offer or need."""
    entry = find_entry(reading(), owner=g.subject, entry_id=entry_id)
    topics = default_topics()
    form = EntryForm(topics, entry)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                owner = session.get_one(Organisation, organisation_id)
                edit_entry(
                    session,
                    owner=owner,
                    entry=find_entry(session, owner=owner, entry_id=entry_id),
                    text=form.entry_text(),
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(_back(organisation_id))
    return render_template(
        "entry/edit.html",
        form=form,
        kind=entry.kind,
        groups=grouped(topics),
        is_new=False,
        back_url=_back(organisation_id),
    )


@blueprint.route("/<int:entry_id>/remove", methods=["GET", "POST"])
@requires(can_manage_organisation, of="organisation_id")
def remove(organisation_id: int, entry_id: int) -> ResponseReturnValue:
    """Remove an offer or need, after a question."""
    form = Form()
    if form.validate_on_submit():
        with transaction() as session:
            owner = session.get_one(Organisation, organisation_id)
            remove_entry(
                session,
                owner=owner,
                entry=find_entry(session, owner=owner, entry_id=entry_id),
                actor_id=acting_id(),
                now=clock.now(),
            )
        flash(gettext("Removed."), "success")
        return redirect(_back(organisation_id))
    entry = find_entry(reading(), owner=g.subject, entry_id=entry_id)
    return render_template("entry/remove.html", entry=entry, back_url=_back(organisation_id))


def _back(organisation_id: int) -> str:
    return url_for("organisation.show", organisation_id=organisation_id)
