"""What people of an event have not done yet, or should look at: read for all of them in few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Organisation,
    OutboxMail,
    Participation,
    Place,
    RequestStatus,
    Round,
    Seat,
    Slot,
    Suggestion,
    Wish,
    WishKind,
)
from matchmaker.services.completeness import completeness
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.video_link import room_path

BEFORE_WISHES_END = dt.timedelta(hours=24)
WITHOUT_AN_END = dt.timedelta(days=3)
UNANSWERED_FOR = dt.timedelta(hours=24)
THIN_FOR = dt.timedelta(days=3)
BEFORE_THE_DAY = dt.timedelta(hours=18)
EVENING = 18
MANY_CHANGES = 3
CHANGES = ("meeting_confirmed", "meeting_moved", "meeting_cancelled", "meeting_delegate_switched",
           "session_moved", "session_cancelled")  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A proposed meeting or a request that one side has not answered."""

    number: int
    is_meeting: bool
    partner: str
    starts_at: dt.datetime
    expires_at: dt.datetime | None
    path: str


def unsaid_wishes(session: Session, *, event: Event, now: dt.datetime) -> dict[int, Round]:
    """Participations with suggestions who said nothing of anybody, near the end of the time for it."""
    round_ = session.scalar(
        sa.select(Round)
        .where(Round.event_id == event.id, Round.opened_at.is_not(None))
        .order_by(Round.opened_at.desc(), Round.id.desc())
        .limit(1)
    )
    if round_ is None or not _is_time_for_wishes(round_, now):
        return {}
    said = sa.select(Wish.from_id).where(Wish.event_id == event.id)
    rows: set[int] = set()
    for side in (Suggestion.participation_a_id, Suggestion.participation_b_id):
        rows |= set(
            session.scalars(
                sa.select(side).where(Suggestion.round_id == round_.id, side.not_in(said)).distinct()
            )
        )
    return dict.fromkeys(rows, round_)


def _is_time_for_wishes(round_: Round, now: dt.datetime) -> bool:
    """A day before the end, in a short time for wishes at its half; without an end after three days."""
    opened_at, until = round_.opened_at, round_.wishes_until
    if opened_at is None:
        return False
    if until is None:
        return opened_at + WITHOUT_AN_END <= now
    return max(opened_at + (until - opened_at) / 2, until - BEFORE_WISHES_END) <= now < until


def waiting_answers(session: Session, *, event: Event, now: dt.datetime) -> dict[int, list[Waiting]]:
    """Per participation what has waited for its answer for a day (a request: for half of its life)."""
    found: dict[int, list[Waiting]] = defaultdict(list)
    for side, item in (*_meetings(session, event, now), *_requests(session, event, now)):
        found[side].append(item)
    for items in found.values():
        items.sort(key=lambda item: item.starts_at)
    return found


def _meetings(session: Session, event: Event, now: dt.datetime) -> list[tuple[int, Waiting]]:
    rows = session.execute(
        sa.select(Meeting, Slot.starts_at)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == event.id,
            Meeting.status == MeetingStatus.PROPOSED,
            Meeting.updated_at <= now - UNANSWERED_FOR,
            Slot.starts_at > now,
        )
    ).all()
    names = _names(session, event) if rows else {}
    return [
        (
            side,
            Waiting(
                meeting.id, True, names[meeting.other_side(side)], starts_at, None,
                f"/events/{event.slug}/meetings/{meeting.id}",
            ),
        )
        for meeting, starts_at in rows
        for side, answered in (
            (meeting.participation_a_id, meeting.accepted_a_at),
            (meeting.participation_b_id, meeting.accepted_b_at),
        )
        if answered is None
    ]  # fmt: skip


def _requests(session: Session, event: Event, now: dt.datetime) -> list[tuple[int, Waiting]]:
    """Open requests of people whom the asked side did not veto."""
    wish = aliased(Wish)
    rows = session.execute(
        sa.select(MeetingRequest, Slot.starts_at)
        .join(Slot, Slot.id == MeetingRequest.slot_id)
        .outerjoin(
            wish,
            sa.and_(
                wish.from_id == MeetingRequest.to_id,
                wish.to_id == MeetingRequest.from_id,
                wish.kind == WishKind.NEVER,
            ),
        )
        .where(
            MeetingRequest.event_id == event.id,
            MeetingRequest.status == RequestStatus.OPEN,
            MeetingRequest.expires_at > now,
            Slot.starts_at > now,
            wish.from_id.is_(None),
        )
    ).all()
    names = _names(session, event) if rows else {}
    found = []
    for request, starts_at in rows:
        if now - request.asked_at < min(UNANSWERED_FOR, (request.expires_at - request.asked_at) / 2):
            continue
        is_askers_turn = request.is_countered
        side, other = (request.from_id, request.to_id) if is_askers_turn else (request.to_id, request.from_id)
        path = f"/events/{event.slug}/requests/{request.id}"
        found.append((side, Waiting(request.id, False, names[other], starts_at, request.expires_at, path)))
    return found


def thin_profiles(session: Session, *, event: Event, now: dt.datetime) -> dict[int, tuple[str, ...]]:
    """What is missing in profiles that can hardly be matched, three days after they were confirmed."""
    if event.starts_on <= (now + dt.timedelta(days=1)).date():
        return {}
    rows = session.scalars(
        participations_for_rounds(event.id)
        .where(Participation.confirmed_at <= now - THIN_FOR)
        .options(selectinload(Participation.entries), joinedload(Participation.organisation))
    ).unique()
    whole = {row.id: completeness(row, row.organisation.kind) for row in rows}
    return {
        number: tuple(part.value for part in done.missing[:4])
        for number, done in whole.items()
        if done.is_thin
    }


def changed_today(
    session: Session, *, event: Event, now: dt.datetime
) -> list[tuple[int, str, int, list[dict[str, Any]]]]:
    """In the event's evening: persons who were told of several changes today, and what they have on now."""
    local = now.astimezone(ZoneInfo(event.time_zone))
    if local.hour < EVENING:
        return []
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = session.execute(
        sa.select(OutboxMail.person_id, sa.func.count())
        .where(
            OutboxMail.event_id == event.id,
            OutboxMail.kind.in_(CHANGES),
            OutboxMail.created_at >= midnight,
            OutboxMail.person_id.is_not(None),
        )
        .group_by(OutboxMail.person_id)
        .having(sa.func.count() >= MANY_CHANGES)
    ).all()
    if not rows:
        return []
    coming = _coming(session, event, now, None)
    day = local.date().isoformat()
    return [(person_id, day, count, coming.get(person_id, [])) for person_id, count in rows if person_id]


def busy_days(
    session: Session, *, event: Event, now: dt.datetime
) -> list[tuple[int, str, list[dict[str, Any]]]]:
    """Persons whose next day of meetings begins soon, and what they have on that day."""
    zone = ZoneInfo(event.time_zone)
    found = []
    # to the end of a day that begins soon
    for person_id, meetings in _coming(session, event, now, now + dt.timedelta(hours=48)).items():
        first = dt.datetime.fromisoformat(meetings[0]["starts_at"])
        if first > now + BEFORE_THE_DAY:
            continue
        day = first.astimezone(zone).date()
        of_day = [
            row
            for row in meetings
            if dt.datetime.fromisoformat(row["starts_at"]).astimezone(zone).date() == day
        ]
        found.append((person_id, day.isoformat(), of_day))
    return found


def _coming(
    session: Session, event: Event, now: dt.datetime, until: dt.datetime | None
) -> dict[int, list[dict[str, Any]]]:
    """Per person the confirmed meetings ahead, in order of time, as plain JSON for a mail."""
    statement = (
        sa.select(Seat.person_id, Delegate.participation_id, Meeting, Slot, Place)
        .join(Delegate, Delegate.id == Seat.delegate_id)
        .join(Meeting, Meeting.id == Seat.meeting_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(Seat.event_id == event.id, Meeting.status == MeetingStatus.CONFIRMED, Slot.starts_at > now)
        .order_by(Slot.starts_at, Meeting.id)
        .distinct()
    )
    if until is not None:
        statement = statement.where(Slot.starts_at < until)
    rows = session.execute(statement).all()
    names = _names(session, event) if rows else {}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for person_id, own_id, meeting, slot, place in rows:
        found[person_id].append(
            {
                "starts_at": slot.starts_at.isoformat(),
                "ends_at": slot.ends_at.isoformat(),
                "partner": names[meeting.other_side(own_id)],
                "place": place.name if place else "",
                "room": room_path(event, meeting, place),
                "path": f"/events/{event.slug}/meetings/{meeting.id}",
                "is_moved": meeting.sequence > 0,
            }
        )
    return found


def _names(session: Session, event: Event) -> dict[int, str]:
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event.id)
    )
    return dict(rows.all())
