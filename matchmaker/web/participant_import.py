"""Importing participants in the browser: upload, map the columns, look at the dry run, import."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import ImportFile, OrganisationKind
from matchmaker.permissions import can_bring_participations
from matchmaker.services.import_file import (
    ImportSettings,
    find_file,
    import_file,
    keep_file,
    keep_settings,
    plan_file,
    settings_of,
)
from matchmaker.services.participant_columns import all_fields, is_field
from matchmaker.services.participant_import import RowAction
from matchmaker.services.participant_row import RowError
from matchmaker.services.table_file import read_table
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.participant_import import ImportSettingsForm, UploadForm
from matchmaker.web.limits import limit
from matchmaker.web.participation_list import can_list_all, own_scope
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("participant_import", __name__, url_prefix="/events/<event_slug>/imports")

SHOWN_ERRORS = 100
SHOWN_ROWS = 20


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_bring_participations)
def upload(event_slug: str) -> ResponseReturnValue:
    """Take a file."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            limit("upload", acting_id(), tries=60, minutes=60)
            with transaction() as session:
                file = keep_file(
                    session,
                    event=g.event,
                    name=form.file.data.filename or "",
                    content=form.file.data.read(),
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            return redirect(url_for(".check", event_slug=event_slug, import_id=file.id))
    return render_template("participant_import/upload.html", form=form)


@blueprint.route("/<int:import_id>", methods=["GET", "POST"])
@requires(can_bring_participations)
def check(event_slug: str, import_id: int) -> ResponseReturnValue:
    """Show the columns, how they are meant, and what an import would do; keep corrections."""
    if request.method == "POST":
        with transaction() as session:
            file = _find(session, import_id)
            keep_settings(session, file=file, settings=_typed_settings())
        return redirect(url_for(".check", event_slug=event_slug, import_id=import_id))
    file = _find(reading(), import_id)
    settings = settings_of(file)
    shown: dict[str, Any] = {"table": read_table(file.content), "plan": None, "problem": ""}
    try:
        shown["table"], shown["plan"] = plan_file(
            reading(), event=g.event, file=file, only_brought_by=own_scope()
        )
    except MatchmakerError as error:
        shown["problem"] = sentence(error)
    return render_template(
        "participant_import/check.html",
        file=file,
        settings=settings,
        form=ImportSettingsForm(settings),
        fields=all_fields(),
        actions=[action for action in RowAction if shown["plan"] and shown["plan"].count(action)],
        errors=[_told(error) for error in shown["plan"].errors[:SHOWN_ERRORS]] if shown["plan"] else [],
        shown_rows=SHOWN_ROWS,
        may_include=can_list_all(),
        **shown,
    )


@blueprint.post("/<int:import_id>/apply")
@requires(can_bring_participations)
def apply(event_slug: str, import_id: int) -> ResponseReturnValue:
    """Import the file as it was checked; a second press finds it done."""
    try:
        with transaction() as session:
            result = import_file(
                session,
                event=g.event,
                file=_find(session, import_id),
                actor_id=acting_id(),
                now=clock.now(),
                brought_by_id=own_scope(),
            )
    except MatchmakerError as error:
        if error.status == 404:
            raise
        flash(sentence(error), "danger")
        return redirect(url_for(".check", event_slug=event_slug, import_id=import_id))
    flash(
        gettext(
            "Imported: %(created)s new, %(updated)s updated, %(kept)s left as they are.",
            created=result.created,
            updated=result.updated,
            kept=result.kept + result.erased,
        ),
        "success",
    )
    return redirect(url_for("participation.index", event_slug=event_slug, unconfirmed=1))


@blueprint.post("/<int:import_id>/discard")
@requires(can_bring_participations)
def discard(event_slug: str, import_id: int) -> ResponseReturnValue:
    """Forget the file without importing it."""
    with transaction() as session:
        session.delete(_find(session, import_id))
    flash(gettext("The file is forgotten; nothing was imported."), "success")
    return redirect(url_for("participation.index", event_slug=event_slug))


def _find(session: Session, import_id: int) -> ImportFile:
    return find_file(session, event=g.event, import_id=import_id, actor_id=acting_id())


def _typed_settings() -> ImportSettings:
    form = request.form
    columns = form.getlist("column")
    fields = form.getlist("meant")
    mapping = {
        column: field
        for column, field in zip(columns, fields, strict=False)
        if column and (not field or is_field(field))
    }
    kind = form.get("kind", "")
    return ImportSettings(
        mapping=mapping,
        kind=OrganisationKind(kind) if kind in list(OrganisationKind) else None,
        source=form.get("source", "").replace("\0", "").strip()[:300],
        includes_unconfirmed=form.get("includes_unconfirmed") == "y",
        skips_bad_rows=form.get("skips_bad_rows") == "y",
    )


def _told(error: RowError) -> tuple[int, str, str, str]:
    text = gettext(error.message)
    return (
        error.row,
        error.column,
        error.value,
        text % error.arguments if error.arguments else text,
    )
