"""The results of an event: to read, to print, and as a workbook."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask_babel import gettext as _

from matchmaker.permissions import is_on_team
from matchmaker.services.meeting_statement import contradictions
from matchmaker.services.participant_export import as_xlsx
from matchmaker.services.result import LEAST_RATERS, ResultLine, read_results
from matchmaker.web.access import requires
from matchmaker.web.formats import country_name
from matchmaker.web.storage import reading

blueprint = Blueprint("result", __name__, url_prefix="/events/<event_slug>/results")


@blueprint.get("")
@requires(is_on_team)
def show(event_slug: str) -> str:
    """What came of the event so far, and where two sides contradict one another."""
    session = reading()
    return render_template(
        "result/show.html",
        results=read_results(session, event=g.event),
        contradictions=contradictions(session, event_id=g.event.id),
        country_name=country_name,
        least_raters=LEAST_RATERS,
    )


@blueprint.get("/results.xlsx")
@requires(is_on_team)
def workbook(event_slug: str) -> Response:
    """The same figures for a spreadsheet."""
    results = read_results(reading(), event=g.event)
    rows: list[list[str]] = [
        [_("Part"), _("Name"), *_titles()],
        _cells(_("Event"), g.event.name, results.total),
    ]
    rows += [_cells(_("Group"), line.name, line) for line in results.groups]
    rows += [_cells(_("Country"), country_name(line.name), line) for line in results.countries]
    return Response(
        as_xlsx(rows, title="results"),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{g.event.slug}-results.xlsx"'},
    )


def _titles() -> list[str]:
    return [
        _("Participations"), _("Confirmed by the firm"), _("Meetings published"), _("Accepted by both"),
        _("Held"), _("Missed"), _("Without an accepted meeting"), _("Usefulness, 1 to 5"),
    ]  # fmt: skip


def _cells(part: str, name: str, line: ResultLine) -> list[str]:
    figures = (
        line.registered, line.confirmed, line.published, line.accepted, line.held, line.missed, line.without
    )  # fmt: skip
    usefulness = "" if line.usefulness is None else f"{line.usefulness:.1f}"
    return [part, name, *map(str, figures), usefulness]
