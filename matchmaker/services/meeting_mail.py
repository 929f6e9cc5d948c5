"""Tells the people of a meeting what became of it, with an entry for their calendars."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Place,
    Slot,
)
from matchmaker.services.calendar_invitation import messages_of
from matchmaker.services.outbox import queue_mail
from matchmaker.services.video_link import room_path


@dataclass(frozen=True)
class Sitting:
    """A person who sits (or sat) in a meeting for one side."""

    person: Person
    participation_id: int


def sittings_of(session: Session, *, meeting_id: int) -> list[Sitting]:
    """The people of a meeting, both sides."""
    rows = session.execute(
        sa.select(Person, Delegate.participation_id)
        .join(Delegate, Delegate.person_id == Person.id)
        .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
        .where(MeetingDelegate.meeting_id == meeting_id)
        .order_by(Delegate.id)
    )
    return [Sitting(person, participation_id) for person, participation_id in rows]


def tell_meeting(
    session: Session,
    *,
    kind: str,
    event: Event,
    meeting: Meeting,
    sittings: list[Sitting],
    now: dt.datetime,
    method: str | None = None,
    **more: Any,
) -> None:
    """Queue one mail of this kind to each of these people; `method` is what happened for calendars.

    Whether a mail carries the message depends on whose calendar holds the meeting and who wants
    invitations. The key holds the meeting's version, so that one change is told once.
    """
    names = side_names(session, meeting)
    people = {sitting.person.id for sitting in sittings}
    happened = [(meeting, number, method) for number in people]
    messages = messages_of(session, happened=happened)
    for sitting in sittings:
        partner_id = meeting.other_side(sitting.participation_id)
        arguments = meeting_arguments(session, event, meeting, own_id=sitting.participation_id, names=names)
        message = messages.get((meeting.id, sitting.person.id))
        if message is not None:
            arguments["calendar"] = calendar_arguments(
                session, event, meeting, partner=names[partner_id], method=message, now=now
            )
        queue_mail(
            session,
            kind=kind,
            key=f"{kind}:{meeting.id}:{meeting.version}:{sitting.person.id}",
            person=sitting.person,
            arguments={**arguments, **more},
            event_id=event.id,
            participation_id=sitting.participation_id,
            messages={meeting.id: message} if message else None,
            now=now,
        )


def side_names(session: Session, meeting: Meeting) -> dict[int, str]:
    """What the two organisations are called, by participation."""
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_((meeting.participation_a_id, meeting.participation_b_id)))
    )
    return dict(rows.all())


def meeting_arguments(
    session: Session, event: Event, meeting: Meeting, *, own_id: int, names: dict[int, str]
) -> dict[str, Any]:
    """What every mail about a meeting says of it, as plain JSON."""
    slot = session.get_one(Slot, meeting.slot_id)
    place = session.get(Place, meeting.place_id) if meeting.place_id else None
    return {
        "event": event.name,
        "event_zone": event.time_zone,
        "event_slug": event.slug,
        "participation_id": own_id,
        "meeting_id": meeting.id,
        "own": names[own_id],
        "partner": names[meeting.other_side(own_id)],
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "place": place.name if place else "",
        "room": room_path(event, meeting, place),
    }


def calendar_arguments(
    session: Session, event: Event, meeting: Meeting, *, partner: str, method: str, now: dt.datetime
) -> dict[str, Any]:
    """The meeting's calendar entry for one side, as plain JSON (see calendar.entry)."""
    slot = session.get_one(Slot, meeting.slot_id)
    place = session.get(Place, meeting.place_id) if meeting.place_id else None
    return entry_arguments(event, meeting, slot, place, partner=partner, method=method, now=now)


def entry_arguments(
    event: Event, meeting: Meeting, slot: Slot, place: Place | None, *, partner: str, method: str,
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    """The entry of a meeting that was read with its slot and place."""
    return {
        "uid": meeting.uid,
        "sequence": meeting.sequence,
        "method": method,
        "status": "CANCELLED" if method == "CANCEL" else calendar_status(meeting.status),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "stamped_at": now.isoformat(),
        "summary": f"{partner} · {event.name}",
        "lines": [partner, event.name],
        "page": f"/events/{event.slug}/meetings/{meeting.id}",
        "location": ", ".join(part for part in (place.name, event.venue) if part) if place else "",
        "room": room_path(event, meeting, place),
        "organiser_name": event.organiser_name,
        "organiser_email": event.organiser_email,
    }


def calendar_status(status: MeetingStatus) -> str:
    """The word of RFC 5545 for a meeting's status."""
    if status in (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.MISSED):
        return "CONFIRMED"
    return "TENTATIVE" if status in (MeetingStatus.PROPOSED, MeetingStatus.DRAFT) else "CANCELLED"
