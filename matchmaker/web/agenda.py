"""The agenda of a participation: to read, to answer, to print, for the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, g, render_template

from matchmaker import clock
from matchmaker.permissions import can_say_wishes, can_see_agenda, is_on_team
from matchmaker.services.agenda import Agenda, read_agenda, read_agendas
from matchmaker.services.agenda_request import SoftHold, read_requests, soft_holds
from matchmaker.services.not_proposed import read_not_proposed
from matchmaker.services.review import round_in_review
from matchmaker.services.suggestion import read_cards
from matchmaker.web.access import requires
from matchmaker.web.calendar_file import calendar_response, meeting_entry, session_entry
from matchmaker.web.formats import in_zone
from matchmaker.web.language import reader_zone
from matchmaker.web.reasons import reason_words
from matchmaker.web.storage import reading

blueprint = Blueprint("agenda", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/participations/<int:participation_id>/agenda")
@requires(can_see_agenda, of="participation_id")
def show(event_slug: str, participation_id: int) -> str:
    """Meetings by day, what is attended, requests in and out."""
    session = reading()
    agenda = read_agenda(session, event=g.event, participation_id=participation_id)
    requests = read_requests(session, event=g.event, participation_id=participation_id)
    return render_template(
        "agenda/show.html",
        agenda=agenda,
        days=list(by_day(agenda, reader_zone(), soft_holds(requests))),
        requests=requests,
        cards=read_cards(
            session, participation=g.subject, other_ids={row.partner_id for row in agenda.coming}
        ),
        now=clock.now(),
        not_proposed=read_not_proposed(session, event=g.event, participation=g.subject)
        if can_say_wishes(g.standing, g.subject)
        else None,
        review_open=can_say_wishes(g.standing, g.subject)
        and round_in_review(session, event_id=g.event.id) is not None,
        **reason_words(),
    )


@blueprint.get("/participations/<int:participation_id>/agenda/print")
@requires(can_see_agenda, of="participation_id")
def printed(event_slug: str, participation_id: int) -> str:
    """One agenda on paper."""
    agenda = read_agenda(reading(), event=g.event, participation_id=participation_id)
    return render_template("agenda/print.html", plans=[(agenda, list(by_day(agenda, g.event.time_zone)))])


@blueprint.get("/agendas/print")
@requires(is_on_team)
def all_printed(event_slug: str) -> str:
    """Every agenda on paper, one after the other."""
    agendas = read_agendas(reading(), event=g.event)
    plans = [(agenda, list(by_day(agenda, g.event.time_zone))) for agenda in agendas]
    return render_template("agenda/print.html", plans=plans, is_all=True)


@blueprint.get("/participations/<int:participation_id>/agenda.ics")
@requires(can_see_agenda, of="participation_id")
def calendar(event_slug: str, participation_id: int) -> Response:
    """All meetings and sessions as one calendar file."""
    agenda = read_agenda(reading(), event=g.event, participation_id=participation_id)
    entries = [meeting_entry(row, g.event) for row in agenda.coming]
    entries += [session_entry(row, g.event) for row in agenda.sessions if row.people]
    return calendar_response(entries, name=g.event.name, file_name=f"{g.event.slug}.ics")


def by_day(agenda: Agenda, zone: str, holds: Sequence[SoftHold] = ()) -> Iterator[tuple[Any, list[Any]]]:
    """Coming meetings, sessions and soft holds in order of time, day by day on the clock of `zone`."""
    rows: Iterable[Any] = sorted([*agenda.coming, *agenda.sessions, *holds], key=lambda row: row.starts_at)
    for day, items in groupby(rows, key=lambda row: in_zone(row.starts_at, zone).date()):
        yield day, list(items)
