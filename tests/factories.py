"""Makes rows for tests, without surprises: every value can be given, defaults are plain."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.models import (
    Block,
    Delegate,
    Entry,
    EntryKind,
    Event,
    EventFormat,
    EventRole,
    EventRoleKind,
    EventStatus,
    Group,
    GroupRule,
    InstallationRight,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
    PersonRight,
    Place,
    PlaceKind,
    Slot,
)

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
PASSWORD = "seven blue ferries cross"
_numbers = itertools.count(1)


def add(session: Session, row: Any) -> Any:
    """Add a row and give it back with its number."""
    session.add(row)
    session.flush()
    return row


def make_person(session: Session, *rights: InstallationRight, **values: Any) -> Person:
    """A person with a confirmed address and no password (see services.password to set one)."""
    number = next(_numbers)
    person = Person(
        **{
            "email": f"person{number}@firm{number}.example",
            "name": f"Person {number}",
            "email_confirmed_at": NOW,
            "created_at": NOW,
            "language": "en",
            "time_zone": "Europe/Berlin",
            **values,
        }
    )
    person.rights = [PersonRight(right=right, granted_at=NOW) for right in rights]
    return add(session, person)


def make_organisation(session: Session, *managers: Person, **values: Any) -> Organisation:
    """An organisation, a startup unless said otherwise, with its managers."""
    number = next(_numbers)
    # padded, so that names sort as they were made, whatever was made before
    name = values.pop("name", f"Firm {number:06}")
    organisation = Organisation(
        **{
            "name": name,
            "name_key": name.casefold(),
            "kind": OrganisationKind.STARTUP,
            "country": "DE",
            "created_at": NOW,
            **values,
        }
    )
    organisation.members = [
        OrganisationMember(
            person_id=person.id, role=MemberRole.MANAGER, status=MemberStatus.ACTIVE, created_at=NOW
        )
        for person in managers
    ]
    return add(session, organisation)


def make_event(session: Session, organiser: Person | None = None, **values: Any) -> Event:
    """An open virtual event in Essen's zone with the groups startups and corporates, who may meet."""
    number = next(_numbers)
    event = add(
        session,
        Event(
            **{
                "slug": f"event-{number}",
                "name": f"Event {number}",
                "format": EventFormat.VIRTUAL,
                "status": EventStatus.OPEN,
                "time_zone": "Europe/Berlin",
                "starts_on": dt.date(2026, 11, 25),
                "ends_on": dt.date(2026, 11, 25),
                "organiser_name": "Organiser",
                "organiser_address": "Street 1, 45127 Essen",
                "organiser_email": "organiser@event.example",
                "video_link": "https://video.example/{meeting}",
                "created_at": NOW,
                **values,
            }
        ),
    )
    startups = add(session, Group(event_id=event.id, code="startups", name="Startups", kind="startup"))
    corporates = add(
        session,
        Group(event_id=event.id, code="corporates", name="Corporates", kind="corporate", position=1),
    )
    add(session, GroupRule(group_a_id=startups.id, group_b_id=corporates.id, event_id=event.id))
    if organiser is not None:
        add(
            session,
            EventRole(
                event_id=event.id, person_id=organiser.id, kind=EventRoleKind.ORGANISER, created_at=NOW
            ),
        )
    return event


def make_slots(
    session: Session,
    event: Event,
    *,
    count: int = 4,
    start: dt.datetime | None = None,
    minutes: int = 20,
    pause: int = 5,
    place: Place | None = None,
    capacity: int | None = None,
) -> list[Slot]:
    """A block of slots, on the event's first day at 14:00 UTC unless said otherwise."""
    begin = start or dt.datetime.combine(event.starts_on, dt.time(14, 0), dt.UTC)
    step = dt.timedelta(minutes=minutes + pause)
    block = add(
        session,
        Block(
            event_id=event.id,
            name="Meetings",
            starts_at=begin,
            ends_at=begin + count * step,
            slot_minutes=minutes,
            pause_minutes=pause,
            place_id=place.id if place else None,
            capacity=capacity,
        ),
    )
    starts = [begin + number * step for number in range(count)]
    length = dt.timedelta(minutes=minutes)
    return [
        add(session, Slot(event_id=event.id, block_id=block.id, starts_at=at, ends_at=at + length))
        for at in starts
    ]


def make_place(session: Session, event: Event, **values: Any) -> Place:
    """A table for one meeting at a time unless said otherwise."""
    number = next(_numbers)
    return add(
        session,
        Place(
            **{
                "event_id": event.id,
                "kind": PlaceKind.TABLE,
                "name": f"Place {number}",
                "capacity": 1,
                **values,
            }
        ),
    )


def make_participation(
    session: Session,
    event: Event,
    *,
    group: str = "startups",
    person: Person | None = None,
    organisation: Organisation | None = None,
    offers: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    **values: Any,
) -> Participation:
    """An approved, confirmed participation with one delegate, who manages it."""
    person = person or make_person(session)
    kind = OrganisationKind.STARTUP if group == "startups" else OrganisationKind.CORPORATE
    organisation = organisation or make_organisation(session, kind=kind)
    row = next(g for g in event.groups if g.code == group)
    participation = add(
        session,
        Participation(
            **{
                "event_id": event.id,
                "organisation_id": organisation.id,
                "group_id": row.id,
                "status": ParticipationStatus.APPROVED,
                "origin": Origin.SELF,
                "confirmed_at": NOW,
                "country": organisation.country,
                "languages": ["en"],
                "created_at": NOW,
                "updated_at": NOW,
                **values,
            }
        ),
    )
    make_delegate(session, participation, person, is_manager=True)
    for kind_of_entry, texts in ((EntryKind.OFFER, offers), (EntryKind.NEED, needs)):
        for position, text in enumerate(texts):
            add(
                session,
                Entry(
                    participation_id=participation.id,
                    event_id=event.id,
                    kind=kind_of_entry,
                    title=text,
                    language="en",
                    topics=[],
                    position=position,
                ),
            )
    session.refresh(participation)
    return participation


def make_delegate(
    session: Session, participation: Participation, person: Person, *, is_manager: bool = False
) -> Delegate:
    """A person of a participation."""
    return add(
        session,
        Delegate(
            event_id=participation.event_id,
            participation_id=participation.id,
            person_id=person.id,
            is_manager=is_manager,
            created_at=NOW,
        ),
    )


def make_meeting(
    session: Session,
    event: Event,
    *,
    slot: Slot,
    a: Participation | None = None,
    b: Participation | None = None,
    place: Place | None = None,
    **values: Any,
) -> Meeting:
    """A proposed meeting of two participations with their first delegates; it has no seats yet."""
    first = a or make_participation(session, event)
    second = b or make_participation(session, event, group="corporates")
    low, high = sorted((first, second), key=lambda side: side.id)
    meeting = Meeting(
        **{
            "event_id": event.id,
            "participation_a_id": low.id,
            "participation_b_id": high.id,
            "slot_id": slot.id,
            "place_id": place.id if place else None,
            "status": MeetingStatus.PROPOSED,
            "uid": f"{uuid.uuid4().hex}@matchmaker",
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )
    meeting.sitters = [
        MeetingDelegate(delegate_id=side.delegates[0].id, event_id=event.id) for side in (low, high)
    ]
    return add(session, meeting)
