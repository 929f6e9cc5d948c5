"""Create, describe, open and close an event, and set its rules."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound, Stale
from matchmaker.local_time import check_zone, local_day
from matchmaker.models import (
    Approval,
    Block,
    Event,
    EventFormat,
    EventRole,
    EventRoleKind,
    EventSession,
    EventStatus,
    Place,
    PlaceKind,
)
from matchmaker.services.audit import record
from matchmaker.services.group import add_default_groups
from matchmaker.services.limits import LONGEST_PAUSE, PAUSE_RANGE
from matchmaker.services.slug import make_slug
from matchmaker.services.topic import copy_default_topics

LONGEST_EVENT = dt.timedelta(days=366)
VIDEO_ROOM = "Video"
RESERVED_SLUGS = frozenset({"new"})  # paths of their own below /events/


class NotReady(Conflict):
    """What every invitation and page must say is still missing."""

    message = N_("Before registration opens, complete what the overview marks as missing.")


class OutsideEvent(Conflict):
    """Blocks or sessions lie outside the event's days."""

    message = N_("Some blocks or sessions lie outside these days. Move or delete them first.")


class ZoneInUse(Conflict):
    """Blocks or sessions are fixed to times of the present zone."""

    message = N_(
        "Blocks and sessions are fixed to times in %(zone)s. Delete them before you choose another time zone."
    )


class VideoRoomsLeft(Conflict):
    """An event on site has no video rooms."""

    message = N_("The event has video rooms. Delete them under Places before you make it an event on site.")


@dataclass(frozen=True)
class EventDetails:
    """What an organiser says of an event; `video_link` may hold {meeting}, the meeting's own name."""

    name: str
    format: EventFormat
    time_zone: str
    starts_on: dt.date
    ends_on: dt.date
    description: str = ""
    venue: str = ""
    organiser_name: str = ""
    organiser_address: str = ""
    organiser_email: str = ""
    video_link: str = ""


@dataclass(frozen=True)
class EventRules:
    """How participations are approved, meetings confirmed and limited; None means no limit.

    `pause` is how many minutes a person has free between two meetings.
    excludes_met_before keeps organisations apart that met at an earlier event. A request waits for
    `request_minutes` unless the asker says otherwise; None: until its slot begins.
    """

    approval: Approval = Approval.BY_HAND
    confirms_all: bool = False
    excludes_met_before: bool = False
    minimum: int = 0
    maximum: int | None = None
    per_day: int | None = None
    in_a_row: int | None = None
    pause: int | None = None
    most_musts: int | None = None
    most_requests: int = 20
    request_minutes: int | None = 3 * 24 * 60
    confirms_mutual: bool = True
    has_waiting_list: bool = True


def find_event(session: Session, *, event_id: int) -> Event:
    """The event; raises NotFound."""
    event = session.get(Event, event_id)
    if event is None:
        raise NotFound()
    return event


def create_event(session: Session, *, details: EventDetails, actor_id: int, now: dt.datetime) -> Event:
    """A draft with default groups and topics, run by the acting person; virtual ones get a video room."""
    _check_details(details)
    slugs = set(session.scalars(sa.select(Event.slug))) | RESERVED_SLUGS
    event = Event(
        slug=make_slug(details.name, taken=slugs, length=60, fallback="event"),
        status=EventStatus.DRAFT,
        created_at=now,
        **asdict(details),
    )
    session.add(event)
    session.flush()
    session.add(
        EventRole(event_id=event.id, person_id=actor_id, kind=EventRoleKind.ORGANISER, created_at=now)
    )
    _settle_video_rooms(session, event)
    add_default_groups(session, event_id=event.id)
    copy_default_topics(session, event_id=event.id)
    _record(session, "create_event", event, actor_id, now)
    session.flush()
    return event


def edit_event(
    session: Session,
    *,
    event_id: int,
    version: int,
    details: EventDetails,
    actor_id: int,
    now: dt.datetime,
) -> Event:
    """Change what an event says of itself; its slug stays, because links point to it."""
    event = _fresh(session, event_id, version)
    _check_details(details)
    spans = _spans(session, event_id)
    if spans and details.time_zone != event.time_zone:
        raise ZoneInUse(field="time_zone", zone=event.time_zone)
    if not all(is_within_days(details, *span) for span in spans):
        raise OutsideEvent(field="starts_on")
    for name, value in asdict(details).items():
        setattr(event, name, value)
    _settle_video_rooms(session, event)
    _record(session, "edit_event", event, actor_id, now)
    session.flush()
    return event


def set_rules(
    session: Session, *, event_id: int, version: int, rules: EventRules, actor_id: int, now: dt.datetime
) -> Event:
    """Set how participations are approved, meetings confirmed and limited."""
    event = _fresh(session, event_id, version)
    if rules.minimum < 0:
        raise Invalid(N_("Write a whole number, 0 or more."), field="minimum")
    for name in ("maximum", "per_day", "in_a_row"):
        value = getattr(rules, name)
        if value is not None and value < 1:
            raise Invalid(N_("Write a whole number, 1 or more, or leave it empty."), field=name)
    if rules.pause is not None and not 0 <= rules.pause <= LONGEST_PAUSE:
        raise Invalid(PAUSE_RANGE, field="pause", most=LONGEST_PAUSE)
    if rules.most_musts is not None and rules.most_musts < 0:
        raise Invalid(N_("Write a whole number, 0 or more."), field="most_musts")
    if rules.most_requests < 1:
        raise Invalid(N_("Write a whole number, 1 or more."), field="most_requests")
    if rules.request_minutes is not None and not 15 <= rules.request_minutes <= 10 * 24 * 60:
        raise Invalid(N_("A request waits between 15 minutes and 10 days."), field="request_minutes")
    if rules.maximum is not None and rules.maximum < rules.minimum:
        raise Invalid(N_("The most cannot be less than the least."), field="maximum")
    for name, value in asdict(rules).items():
        setattr(event, name, value)
    _record(session, "set_rules", event, actor_id, now, **asdict(rules))
    session.flush()
    return event


def missing_to_open(event: Event) -> tuple[str, ...]:
    """The names of the columns that must be filled in before an event may take registrations."""
    needed = ("description", "organiser_name", "organiser_address", "organiser_email")
    return tuple(name for name in needed if not getattr(event, name).strip())


def open_registration(session: Session, *, event_id: int, actor_id: int, now: dt.datetime) -> Event:
    """Show the event to everybody and take registrations; raises NotReady while something is missing."""
    event = find_event(session, event_id=event_id)
    if missing_to_open(event):
        raise NotReady()
    if event.status != EventStatus.OPEN:  # a second click changes nothing
        event.status = EventStatus.OPEN
        _record(session, "open_registration", event, actor_id, now)
        session.flush()
    return event


def close_registration(session: Session, *, event_id: int, actor_id: int, now: dt.datetime) -> Event:
    """Take no more registrations; everything else goes on."""
    event = find_event(session, event_id=event_id)
    if event.status == EventStatus.DRAFT:
        raise Conflict(N_("Registration has not been opened yet."))
    if event.status != EventStatus.CLOSED:
        event.status = EventStatus.CLOSED
        _record(session, "close_registration", event, actor_id, now)
        session.flush()
    return event


def is_within_days(days: Event | EventDetails, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    """Whether a span lies within the event's days on the calendar of its zone; midnight ends the last."""
    first = local_day(starts_at, days.time_zone)
    last = local_day(ends_at - dt.timedelta(seconds=1), days.time_zone)
    return days.starts_on <= first and last <= days.ends_on


def check_within_days(event: Event, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Raise Invalid unless the span runs forward and lies within the event's days."""
    if ends_at <= starts_at:
        raise Invalid(N_("The end must be after the start."), field="ends_at")
    if not is_within_days(event, starts_at, ends_at):
        raise Invalid(
            N_("The event runs from %(first)s to %(last)s (%(zone)s). Choose a time on these days."),
            field="starts_at",
            first=event.starts_on.isoformat(),
            last=event.ends_on.isoformat(),
            zone=event.time_zone,
        )


def check_link(link: str, *, field: str) -> None:
    """Raise Invalid unless `link` is empty or a web address whose only placeholder is {meeting}."""
    if not link:
        return
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid(N_("Write a full address such as https://video.example.org/room."), field=field)
    if set(re.findall(r"\{[^}]*\}?", link)) - {"{meeting}"}:
        raise Invalid(N_("The only placeholder is {meeting}."), field=field)


def _fresh(session: Session, event_id: int, version: int) -> Event:
    event = find_event(session, event_id=event_id)
    if event.version != version:
        raise Stale()
    return event


def _check_details(details: EventDetails) -> None:
    if not details.name:
        raise Invalid(N_("Give the event a name."), field="name")
    check_zone(details.time_zone)
    if details.ends_on < details.starts_on:
        raise Invalid(N_("The last day cannot be before the first."), field="ends_on")
    if details.ends_on - details.starts_on > LONGEST_EVENT:
        raise Invalid(N_("An event lasts at most a year."), field="ends_on")
    check_link(details.video_link, field="video_link")


def _settle_video_rooms(session: Session, event: Event) -> None:
    """Give a virtual or hybrid event its first video room; an event on site has none."""
    rooms = session.scalars(
        sa.select(Place.id).where(Place.event_id == event.id, Place.kind == PlaceKind.VIDEO)
    ).all()
    if event.format == EventFormat.ON_SITE and rooms:
        raise VideoRoomsLeft(field="format")
    if event.format != EventFormat.ON_SITE and not rooms:
        session.add(Place(event_id=event.id, kind=PlaceKind.VIDEO, name=VIDEO_ROOM, capacity=None))


def _spans(session: Session, event_id: int) -> list[tuple[dt.datetime, dt.datetime]]:
    blocks = sa.select(Block.starts_at, Block.ends_at).where(Block.event_id == event_id)
    sessions = sa.select(EventSession.starts_at, EventSession.ends_at).where(
        EventSession.event_id == event_id
    )
    return [(row[0], row[1]) for query in (blocks, sessions) for row in session.execute(query)]


def _record(
    session: Session, action: str, event: Event, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=event.id,
        action=action,
        subject="event",
        subject_id=event.id,
        now=now,
        **details,
    )
