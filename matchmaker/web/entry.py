"""Offers and needs of a participation: added, edited, moved, removed."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import EntryKind, Participation
from matchmaker.permissions import can_edit_participation
from matchmaker.services.entry import add_entry, edit_entry, find_entry, move_entry, remove_entry
from matchmaker.services.participation import find_participation
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.entry import EntryForm
from matchmaker.web.storage import reading, transaction
from matchmaker.web.topics import grouped, read_topics

blueprint = Blueprint(
    "entry", __name__, url_prefix="/events/<event_slug>/participations/<int:participation_id>/entries"
)


@blueprint.route("/new/<any(offer, need):kind>", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def new(event_slug: str, participation_id: int, kind: str) -> ResponseReturnValue:
    """Add an offer or need."""
    topics = read_topics(reading(), event_id=g.event.id)
    form = EntryForm(topics, language=g.subject.language or str(get_locale())[:2])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                add_entry(
                    session,
                    owner=_owner(session, participation_id),
                    kind=EntryKind(kind),
                    text=form.entry_text(),
                    actor_id=acting_id(),
                    behalf_of_id=behalf_of(participation_id),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            if "another" in request.form:
                return redirect(
                    url_for(".new", event_slug=event_slug, participation_id=participation_id, kind=kind)
                )
            return _to_profile(participation_id)
    return render_template(
        "entry/edit.html", form=form, kind=EntryKind(kind), groups=grouped(topics), is_new=True
    )


@blueprint.route("/<int:entry_id>/edit", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def edit(event_slug: str, participation_id: int, entry_id: int) -> ResponseReturnValue:
    """Change an offer or need."""
    entry = find_entry(reading(), owner=g.subject, entry_id=entry_id)
    topics = read_topics(reading(), event_id=g.event.id)
    form = EntryForm(topics, entry)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                owner = _owner(session, participation_id)
                edit_entry(
                    session,
                    owner=owner,
                    entry=find_entry(session, owner=owner, entry_id=entry_id),
                    text=form.entry_text(),
                    actor_id=acting_id(),
                    behalf_of_id=behalf_of(participation_id),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return _to_profile(participation_id)
    return render_template(
        "entry/edit.html", form=form, kind=entry.kind, groups=grouped(topics), is_new=False
    )


@blueprint.post("/<int:entry_id>/move")
@requires(can_edit_participation, of="participation_id")
def move(event_slug: str, participation_id: int, entry_id: int) -> ResponseReturnValue:
    """Move an offer or need one place up or down."""
    with transaction() as session:
        owner = _owner(session, participation_id)
        move_entry(
            session,
            owner=owner,
            entry=find_entry(session, owner=owner, entry_id=entry_id),
            up=request.form.get("to") == "up",
            actor_id=acting_id(),
            behalf_of_id=behalf_of(participation_id),
            now=clock.now(),
        )
    return _to_profile(participation_id)


@blueprint.route("/<int:entry_id>/remove", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def remove(event_slug: str, participation_id: int, entry_id: int) -> ResponseReturnValue:
    """Remove an offer or need, after a question."""
    if request.method == "GET":
        entry = find_entry(reading(), owner=g.subject, entry_id=entry_id)
        return render_template("entry/remove.html", entry=entry)
    with transaction() as session:
        owner = _owner(session, participation_id)
        remove_entry(
            session,
            owner=owner,
            entry=find_entry(session, owner=owner, entry_id=entry_id),
            actor_id=acting_id(),
            behalf_of_id=behalf_of(participation_id),
            now=clock.now(),
        )
    flash(gettext("Removed."), "success")
    return _to_profile(participation_id)


def _owner(session: Session, participation_id: int) -> Participation:
    return find_participation(session, event_id=g.event.id, participation_id=participation_id)


def _to_profile(participation_id: int) -> ResponseReturnValue:
    return redirect(
        url_for("participation.profile", event_slug=g.event.slug, participation_id=participation_id)
    )
