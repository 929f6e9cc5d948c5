"""Turns meetings of an agenda into calendar files to download."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal, cast

from flask import Response, current_app, url_for

from config import Config
from matchmaker.calendar.entry import CalendarEntry, Status
from matchmaker.calendar.ics import agenda
from matchmaker.models import Event
from matchmaker.services.agenda import AgendaMeeting, AgendaSession
from matchmaker.services.meeting_mail import calendar_status
from matchmaker.services.seat_calendar import uid_of_session


def calendar_response(entries: Iterable[CalendarEntry], *, name: str, file_name: str) -> Response:
    """A calendar file as a download."""
    return Response(
        agenda(entries, name=name),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"},
    )


def meeting_entry(row: AgendaMeeting, event: Event) -> CalendarEntry:
    """A meeting as one side's calendar keeps it."""
    page = _absolute("meeting.show", event_slug=event.slug, meeting_id=row.meeting.id)
    place = ", ".join(part for part in (row.place.name, event.venue) if part) if row.place else ""
    room = _base_url() + row.room if row.room else ""
    people = ", ".join(person.name for person in row.partner_people)
    return _entry(
        event,
        uid=row.meeting.uid,
        sequence=row.meeting.sequence,
        status=cast(Status, calendar_status(row.meeting.status)),
        span=(row.starts_at, row.ends_at),
        stamped_at=row.meeting.updated_at,
        summary=f"{row.partner_name} · {event.name}",
        lines=(row.partner_name, people, room, page),
        location=place or room,
        url=room or page,
    )


def session_entry(row: AgendaSession, event: Event) -> CalendarEntry:
    """A session that somebody of the participation attends."""
    page = _absolute("event.show", event_slug=event.slug)
    return _entry(
        event,
        uid=uid_of_session(row.session, event),
        sequence=row.session.sequence,
        status="CONFIRMED",
        span=(row.starts_at, row.ends_at),
        stamped_at=event.created_at,
        summary=f"{row.session.title} · {event.name}",
        lines=(", ".join(row.people), page),
        location=row.place.name if row.place else "",
        url=page,
    )


def _entry(
    event: Event,
    *,
    uid: str,
    sequence: int,
    status: Literal["TENTATIVE", "CONFIRMED", "CANCELLED"],
    span: tuple[dt.datetime, dt.datetime],
    stamped_at: dt.datetime,
    summary: str,
    lines: Iterable[str],
    location: str,
    url: str,
) -> CalendarEntry:
    return CalendarEntry(
        uid=uid,
        sequence=sequence,
        method="PUBLISH",
        status=status,
        starts_at=span[0],
        ends_at=span[1],
        stamped_at=stamped_at,
        summary=summary,
        description="\n".join(line for line in lines if line),
        location=location,
        url=url,
        organiser_name=event.organiser_name,
        organiser_email=event.organiser_email,
    )


def _absolute(endpoint: str, **values: object) -> str:
    """A page's full address at the installation's own name, whatever host the request used."""
    return _base_url() + url_for(endpoint, **values)  # type: ignore[arg-type]


def _base_url() -> str:
    config: Config = current_app.extensions["config"]
    return config.base_url
