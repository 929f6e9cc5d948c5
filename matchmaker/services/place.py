"""Places of an event: booths, tables, rooms and video rooms; their hours, owners and links."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import (
    SEATED,
    Block,
    Event,
    EventFormat,
    EventSession,
    Meeting,
    MeetingStatus,
    Place,
    PlaceKind,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.event import check_link, find_event
from matchmaker.services.impact import InUse, impact_of_place
from matchmaker.services.narrowing import most_at_once
from matchmaker.services.seat import claim_seats_of

MOST_AT_ONCE = 300
MEETING_MARK = "{meeting}"


class PlaceInUse(Conflict):
    """A block or session happens there."""

    message = N_("Blocks or sessions happen at this place. Move or delete them first.")


@dataclass(frozen=True)
class PlaceDetails:
    """What an organiser says of a place; `capacity` None is any number of meetings, video rooms only."""

    kind: PlaceKind
    name: str
    note: str = ""
    capacity: int | None = 1
    link: str = ""


@dataclass(frozen=True)
class PlaceProblem:
    """Why meetings cannot be published with these places; `place_id` None speaks of the event."""

    code: str
    place_id: int | None = None
    place: str = ""


def find_place(session: Session, *, event_id: int, place_id: int) -> Place:
    """The place of this event with hours and owners; raises NotFound."""
    place = session.scalar(
        sa.select(Place)
        .where(Place.id == place_id, Place.event_id == event_id)
        .options(selectinload(Place.opening_hours), selectinload(Place.owners))
    )
    if place is None:
        raise NotFound()
    return place


def places_of(session: Session, *, event_id: int) -> list[Place]:
    """The event's places with hours and owners, by kind and name ("Table 2" before "Table 10")."""
    places = session.scalars(
        sa.select(Place)
        .where(Place.event_id == event_id)
        .options(selectinload(Place.opening_hours), selectinload(Place.owners))
    )
    kinds = list(PlaceKind)
    return sorted(places, key=lambda place: (kinds.index(place.kind), natural_key(place.name)))


def natural_key(name: str) -> tuple[str, int, str]:
    """Sorts names by their text and then by the number at their end."""
    digits = len(name) - len(name.rstrip("0123456789"))
    number = int(name[-digits:]) if digits else 0
    return name[: len(name) - digits].casefold(), number, name


def add_place(
    session: Session, *, event_id: int, details: PlaceDetails, actor_id: int, now: dt.datetime
) -> Place:
    """Add one place."""
    event = find_event(session, event_id=event_id)
    _check_details(session, event, details, place_id=None)
    place = Place(event_id=event_id, **asdict(details))
    session.add(place)
    session.flush()
    record_place(session, "add_place", place, actor_id, now)
    return place


def add_places(
    session: Session, *, event_id: int, details: PlaceDetails, count: int, actor_id: int, now: dt.datetime
) -> list[Place]:
    """Add `count` places of one kind, numbered on from those that there are: "Table 1", "Table 2", ..."""
    event = find_event(session, event_id=event_id)
    if not 1 <= count <= MOST_AT_ONCE:
        raise Invalid(N_("Add between 1 and %(most)s at once."), field="count", most=MOST_AT_ONCE)
    taken = set(session.scalars(sa.select(Place.name).where(Place.event_id == event_id)))
    last = max((natural_key(name)[1] for name in taken if _has_stem(name, details.name)), default=0)
    places = [
        Place(event_id=event_id, **{**asdict(details), "name": f"{details.name} {last + number}"})
        for number in range(1, count + 1)
    ]
    _check_details(session, event, details, place_id=None, is_stem=True)
    session.add_all(places)
    session.flush()
    record(
        session,
        actor_id=actor_id,
        event_id=event_id,
        action="add_places",
        subject="place",
        subject_id=None,
        now=now,
        first=places[0].name,
        last=places[-1].name,
    )
    return places


def edit_place(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    details: PlaceDetails,
    actor_id: int,
    now: dt.datetime,
) -> Place:
    """Change a place; raises Conflict when more meetings are there at once than it would hold."""
    event = find_event(session, event_id=event_id)
    place = find_place(session, event_id=event_id, place_id=place_id)
    _check_details(session, event, details, place_id=place.id)
    is_other = details.capacity != place.capacity
    if is_other and details.capacity is not None:
        # whoever claims a place there waits for this, or is counted
        session.execute(sa.select(Place.id).where(Place.id == place.id).with_for_update(key_share=True))
        most = most_at_once(session, place=place, statuses=SEATED, now=now)
        if most > details.capacity:
            raise Conflict(
                N_("Up to %(count)s meetings and roundtables are there at once already."),
                field="capacity",
                count=most,
            )
    for name, value in asdict(details).items():
        setattr(place, name, value)
    record_place(session, "edit_place", place, actor_id, now)
    session.flush()
    if is_other:
        _number_lanes_again(session, place, now)
    return place


def _number_lanes_again(session: Session, place: Place, now: dt.datetime) -> None:
    """The coming meetings take the lanes that there are now; in order of time they need the fewest."""
    meetings = session.scalars(
        sa.select(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Meeting.event_id == place.event_id,
            Meeting.place_id == place.id,
            Meeting.status.in_((MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED)),
            Slot.starts_at > now,
        )
        .order_by(Slot.starts_at, Meeting.id)
    ).all()
    refused = claim_seats_of(session, meetings=meetings)
    if refused:
        raise next(iter(refused.values()))


def delete_place(session: Session, *, event_id: int, place_id: int, actor_id: int, now: dt.datetime) -> None:
    """Delete a place that nothing uses; raises PlaceInUse or InUse. Ended meetings forget it."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    for table in (Block, EventSession):
        if session.scalar(
            sa.select(table.id).where(table.event_id == event_id, table.place_id == place.id).limit(1)
        ):
            raise PlaceInUse()
    impact = impact_of_place(session, event_id=event_id, place_id=place.id)
    if impact.is_blocking:
        raise InUse(impact)
    session.execute(
        sa.update(Meeting)
        .where(Meeting.event_id == event_id, Meeting.place_id == place.id)
        .values(place_id=None)
        .execution_options(synchronize_session=False)
    )
    record_place(session, "delete_place", place, actor_id, now)
    session.delete(place)
    session.flush()


def video_link(event: Event, place: Place | None, *, meeting: str) -> str:
    """Where a video meeting happens: the room's own link, else the event's; {meeting} filled in."""
    template = (place.link if place is not None else "") or event.video_link
    return template.replace(MEETING_MARK, meeting)


def publication_problems(session: Session, event: Event) -> tuple[PlaceProblem, ...]:
    """Why meetings cannot be published as the places stand; empty when they can.

    "no_places": an event on site without any place; "no_video_room": a virtual one without any;
    "video_without_link": a video room without a link of its own or the event's;
    "video_link_shared": one fixed link for a room of several meetings at once, who would all meet.
    """
    places = places_of(session, event_id=event.id)
    video = [place for place in places if place.kind == PlaceKind.VIDEO]
    found: list[PlaceProblem] = []
    if event.format == EventFormat.VIRTUAL and not video:
        found.append(PlaceProblem("no_video_room"))
    elif not places:
        found.append(PlaceProblem("no_places"))
    for place in video:
        link = place.link or event.video_link
        if not link:
            found.append(PlaceProblem("video_without_link", place.id, place.name))
        elif MEETING_MARK not in link and place.capacity != 1:
            found.append(PlaceProblem("video_link_shared", place.id, place.name))
    return tuple(found)


def _has_stem(name: str, stem: str) -> bool:
    return natural_key(name)[0].strip() == stem.casefold()


def _check_details(
    session: Session, event: Event, details: PlaceDetails, *, place_id: int | None, is_stem: bool = False
) -> None:
    if not details.name:
        raise Invalid(N_("Give the place a name."), field="name")
    taken = sa.select(Place.id).where(Place.event_id == event.id, Place.name == details.name)
    if not is_stem and session.scalar(taken.where(Place.id != (place_id or 0))):
        raise Conflict(N_("There is already a place called %(name)s."), field="name", name=details.name)
    if details.capacity is None and details.kind != PlaceKind.VIDEO:
        raise Invalid(N_("Say how many meetings fit there at once."), field="capacity")
    if details.capacity is not None and details.capacity < 1:
        raise Invalid(N_("Write a whole number, 1 or more."), field="capacity")
    if details.link and details.kind != PlaceKind.VIDEO:
        raise Invalid(N_("Only a video room has a link."), field="link")
    if details.kind == PlaceKind.VIDEO and event.format == EventFormat.ON_SITE:
        raise Invalid(N_("An event on site has no video rooms. Make it hybrid first."), field="kind")
    check_link(details.link, field="link")


def record_place(
    session: Session, action: str, place: Place, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    """Write down a change of a place."""
    record(
        session,
        actor_id=actor_id,
        event_id=place.event_id,
        action=action,
        subject="place",
        subject_id=place.id,
        now=now,
        name=place.name,
        **details,
    )
