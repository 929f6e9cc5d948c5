"""Tells everybody once what a publication made: one mail per person with the agenda."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    SEATED,
    Attendance,
    Change,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Place,
    Round,
    Slot,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.outbox import queue_mail
from matchmaker.services.publication_calendar import PublicationCalendar
from matchmaker.services.round_opening import people_of_rounds
from matchmaker.services.seat_calendar import PUBLISH
from matchmaker.services.seat_reason import without_seat


def tell_published(
    session: Session, *, round_: Round, event: Event, change: Change, now: dt.datetime
) -> None:
    """Queue each person's mail; it is held back as long as the publication can be undone."""
    names = _names(session, event.id)
    agendas = _agendas(session, event.id, names)
    sessions = _sessions(session, event.id, names)
    without = _without(session, round_)
    calendar = PublicationCalendar(session, event, names, now)
    for person_id, theirs in people_of_rounds(session, event_id=event.id).items():
        asked = [(row.id, told) for _, row, _ in theirs for told in agendas[row.id] if told["needs_answer"]]
        queue_mail(
            session,
            kind="agenda_published",
            key=f"agenda_published:{round_.id}:{person_id}",
            person=theirs[0][0],
            arguments={
                "event_name": event.name,
                "event_slug": event.slug,
                "event_zone": event.time_zone,
                "agendas": [
                    {
                        "participation_id": row.id,
                        "name": name,
                        "meetings": agendas[row.id],
                        "sessions": sessions[row.id],
                        "without_seat": without[row.id],
                    }
                    for _, row, name in theirs
                ],
                "answer_token": _link(session, event, theirs[0][0], asked, now),
                "calendar_entries": calendar.file_of(person_id),
            },
            now=now,
            change=change,
            event_id=event.id,
            participation_id=theirs[0][1].id,
            seats=dict.fromkeys(calendar.seats_in_file(person_id), PUBLISH),
        )
        calendar.invite(theirs[0][0], change)


def _without(session: Session, round_: Round) -> dict[int, list[dict[str, str]]]:
    """Per participation the sessions in which it would have liked a seat and has none, and why."""
    titles = dict(
        session.execute(
            sa.select(EventSession.id, EventSession.title).where(EventSession.event_id == round_.event_id)
        ).all()
    )
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    for (session_id, participation_id), code in sorted(without_seat(session, round_=round_).items()):
        found[participation_id].append({"title": titles[session_id], "code": code})
    return found


def _link(
    session: Session,
    event: Event,
    person: Person,
    asked: list[tuple[int, dict[str, Any]]],
    now: dt.datetime,
) -> str:
    """One link to all meetings that wait for this person's answer, until the last of them begins."""
    questions = [Question(QuestionKind.MEETING, told["meeting_id"], side) for side, told in asked]
    begins = [dt.datetime.fromisoformat(told["starts_at"]) for _side, told in asked]
    return make_answer_link(
        session, person=person, event_id=event.id, questions=questions, expires_at=max(begins, default=now),
        now=now,
    )  # fmt: skip


def _names(session: Session, event_id: int) -> dict[int, str]:
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event_id)
    )
    return dict(rows.all())


def _agendas(session: Session, event_id: int, names: dict[int, str]) -> dict[int, list[dict[str, Any]]]:
    """Per participation the meetings that have seats, in order of time, as plain JSON for a mail."""
    rows = session.execute(
        sa.select(Meeting, Slot.starts_at, Slot.ends_at, Place.name)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(Meeting.event_id == event_id, Meeting.status.in_(SEATED))
        .order_by(Slot.starts_at, Meeting.id)
    )
    agendas: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for meeting, starts_at, ends_at, place in rows:
        for side, answered in (
            (meeting.participation_a_id, meeting.accepted_a_at),
            (meeting.participation_b_id, meeting.accepted_b_at),
        ):
            agendas[side].append(
                {
                    "meeting_id": meeting.id,
                    "starts_at": starts_at.isoformat(),
                    "ends_at": ends_at.isoformat(),
                    "other": names[meeting.other_side(side)],
                    "place": place or "",
                    "is_confirmed": meeting.status != MeetingStatus.PROPOSED,
                    "needs_answer": meeting.status == MeetingStatus.PROPOSED and answered is None,
                }
            )
    return agendas


def _sessions(session: Session, event_id: int, names: dict[int, str]) -> dict[int, list[dict[str, Any]]]:
    """Per participation the sessions in which its people have seats, in order of time."""
    rows = session.execute(
        sa.select(EventSession, Place.name, Delegate.participation_id, Person.name)
        .join(Attendance, Attendance.session_id == EventSession.id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .join(Person, Person.id == Delegate.person_id)
        .outerjoin(Place, Place.id == EventSession.place_id)
        .where(EventSession.event_id == event_id)
        .order_by(EventSession.starts_at, EventSession.id, Person.name)
    )
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row, place, participation_id, person in rows:
        told = found[participation_id].setdefault(
            row.id,
            {
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
                "title": row.title,
                "place": place or "",
                "host": names.get(row.host_id, "") if row.host_id else "",
                "is_host": row.host_id == participation_id,
                "people": [],
            },
        )
        told["people"].append(person)
    return defaultdict(list, {number: list(told.values()) for number, told in found.items()})
