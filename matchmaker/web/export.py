"""Participants and meetings as files for spreadsheets."""

from __future__ import annotations

from flask import Blueprint, Response, g

from matchmaker.permissions import can_bring_participations, is_on_team
from matchmaker.services.participant_export import Rows, as_csv, as_xlsx, meeting_rows, participant_rows
from matchmaker.web import meeting_list, participation_list
from matchmaker.web.access import requires
from matchmaker.web.storage import reading

blueprint = Blueprint("export", __name__, url_prefix="/events/<event_slug>/export")

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("/participants.<any(csv, xlsx):file_type>")
@requires(can_bring_participations)
def participants(event_slug: str, file_type: str) -> Response:
    """The participants that the filter finds, in a form that an import reads back."""
    rows = participant_rows(reading(), event=g.event, wanted=participation_list.filter_of_request())
    return _file(rows, "participants", file_type)


@blueprint.get("/meetings.<any(csv, xlsx):file_type>")
@requires(is_on_team)
def meetings(event_slug: str, file_type: str) -> Response:
    """The meetings that have left the draft and that the filter finds."""
    rows = meeting_rows(reading(), event=g.event, wanted=meeting_list.filter_of_request())
    return _file(rows, "meetings", file_type)


def _file(rows: Rows, what: str, file_type: str) -> Response:
    content = as_csv(rows) if file_type == "csv" else as_xlsx(rows, title=what)
    begin = "demonstration-" if g.event.is_demo else ""
    name = f"{begin}{g.event.slug}-{what}.{file_type}"
    return Response(
        content,
        content_type=TYPES[file_type],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
