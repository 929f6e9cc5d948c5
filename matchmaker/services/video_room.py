"""Lets people into a meeting's video room, shortly before the start and until shortly after the end."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import jwt
from sqlalchemy.orm import Session

from matchmaker.models import Event, Meeting, MeetingStatus, Person, Place, Slot
from matchmaker.services.video_link import video_link

OPENS_BEFORE = dt.timedelta(minutes=15)
CLOSES_AFTER = dt.timedelta(minutes=30)


class RoomState(enum.StrEnum):
    """Whether one can go in."""

    NO_ROOM = "no_room"
    NOT_CONFIRMED = "not_confirmed"
    EARLY = "early"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Jitsi:
    """A Jitsi server whose rooms let in who shows a token signed with its secret (HS256)."""

    url: str
    app_id: str
    secret: str


@dataclass(frozen=True)
class Visit:
    """One person's way into one room; times are aware."""

    link: str
    person_id: int
    name: str
    opens_at: dt.datetime
    closes_at: dt.datetime


@dataclass(frozen=True)
class Room:
    """A meeting's room at a moment; `link` is the provider's address and only given while it is open."""

    state: RoomState
    starts_at: dt.datetime
    opens_at: dt.datetime
    closes_at: dt.datetime
    link: str = ""


# a provider of rooms: gives the address for this visit, or None when the link is not one of its own
Provider = Callable[[Visit], str | None]


def read_room(
    session: Session, *, event: Event, meeting: Meeting, person: Person, jitsi: Jitsi | None, now: dt.datetime
) -> Room:
    """The state of the meeting's room for this person now; the link is read at each visit."""
    slot = session.get_one(Slot, meeting.slot_id)
    place = session.get(Place, meeting.place_id) if meeting.place_id else None
    opens_at, closes_at = slot.starts_at - OPENS_BEFORE, slot.ends_at + CLOSES_AFTER
    link = video_link(event, meeting, place)
    state = _state(meeting, link, opens_at, closes_at, now)
    if state != RoomState.OPEN:
        return Room(state, slot.starts_at, opens_at, closes_at)
    visit = Visit(link, person.id, person.name, opens_at, closes_at)
    found = [provider(visit) for provider in providers(jitsi)]
    way = next(address for address in found if address is not None)
    return Room(state, slot.starts_at, opens_at, closes_at, way)


def providers(jitsi: Jitsi | None) -> list[Provider]:
    """The providers in the order in which they are asked; a plain link is anybody's."""
    signed: list[Provider] = [lambda visit: jitsi_address(visit, jitsi)] if jitsi is not None else []
    return [*signed, lambda visit: visit.link]


def jitsi_address(visit: Visit, jitsi: Jitsi) -> str | None:
    """The room with a token for this person and room alone, from its opening to its closing.

    The claims are those of Jitsi's token authentication: `iss` and `aud` the application, `sub` the
    host, `room` the room's name. The person's address is not told.
    """
    own, asked = urlsplit(jitsi.url), urlsplit(visit.link)
    if (own.scheme, own.netloc) != (asked.scheme, asked.netloc):
        return None
    claims = {
        "iss": jitsi.app_id,
        "aud": jitsi.app_id,
        "sub": asked.hostname,
        "room": asked.path.rsplit("/", 1)[-1].lower(),
        "nbf": int(visit.opens_at.timestamp()),
        "exp": int(visit.closes_at.timestamp()),
        "context": {"user": {"id": str(visit.person_id), "name": visit.name}},
    }
    token = jwt.encode(claims, jitsi.secret, algorithm="HS256")
    return asked._replace(query=f"jwt={token}").geturl()


def _state(
    meeting: Meeting, link: str, opens_at: dt.datetime, closes_at: dt.datetime, now: dt.datetime
) -> RoomState:
    if not link:
        return RoomState.NO_ROOM
    if meeting.status not in (MeetingStatus.CONFIRMED, MeetingStatus.HELD):
        return RoomState.NOT_CONFIRMED
    if now < opens_at:
        return RoomState.EARLY
    return RoomState.OPEN if now < closes_at else RoomState.OVER
