"""Places: names, capacities, hours, owners, links, and what keeps meetings from being published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, Invalid
from matchmaker.models import Event, EventFormat, Meeting, MeetingStatus, Place, PlaceKind
from matchmaker.services.impact import InUse
from matchmaker.services.opening_hours import add_opening_hours, remove_opening_hours
from matchmaker.services.place import (
    PlaceDetails,
    PlaceInUse,
    add_place,
    add_places,
    delete_place,
    edit_place,
    places_of,
    publication_problems,
    video_link,
)
from matchmaker.services.place_owner import add_owner, owner_names, remove_owner, set_owners
from tests.factories import (
    NOW,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)

HOUR = dt.timedelta(hours=1)


def _acting(session: Session, event: Event) -> dict[str, Any]:
    return {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}


def test_add_places_numbers_on_from_those_that_there_are(session: Session) -> None:
    event = make_event(session)
    acting = _acting(session, event)
    table = PlaceDetails(PlaceKind.TABLE, "Table")
    add_places(session, details=table, count=9, **acting)
    more = add_places(session, details=table, count=2, **acting)
    assert [place.name for place in more] == ["Table 10", "Table 11"]
    names = [place.name for place in places_of(session, event_id=event.id)]
    assert names == [f"Table {number}" for number in range(1, 12)]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (PlaceDetails(PlaceKind.TABLE, ""), "name"),
        (PlaceDetails(PlaceKind.TABLE, "Table", capacity=None), "capacity"),
        (PlaceDetails(PlaceKind.TABLE, "Table", capacity=0), "capacity"),
        (PlaceDetails(PlaceKind.ROOM, "Room", link="https://video.example"), "link"),
        (PlaceDetails(PlaceKind.VIDEO, "Room", link="video.example"), "link"),
    ],
)
def test_add_place_names_the_field_that_is_wrong(session: Session, details: PlaceDetails, field: str) -> None:
    event = make_event(session)
    with pytest.raises(Invalid) as raised:
        add_place(session, details=details, **_acting(session, event))
    assert raised.value.field == field


def test_add_place_with_a_taken_name_is_refused(session: Session) -> None:
    event = make_event(session)
    make_place(session, event, name="Table 1")
    with pytest.raises(Conflict):
        add_place(session, details=PlaceDetails(PlaceKind.TABLE, "Table 1"), **_acting(session, event))


def test_edit_place_holds_at_least_what_is_there_at_once(session: Session) -> None:
    event = make_event(session)
    place = make_place(session, event, capacity=2)
    slot = make_slots(session, event)[0]
    for _ in range(2):
        make_meeting(session, event, slot=slot, place=place)
    with pytest.raises(Conflict) as raised:
        edit_place(
            session,
            place_id=place.id,
            details=PlaceDetails(PlaceKind.TABLE, place.name),
            **_acting(session, event),
        )
    assert raised.value.field == "capacity"


def test_delete_place_with_a_living_meeting_or_a_block_is_refused(session: Session) -> None:
    event = make_event(session)
    acting = _acting(session, event)
    used, stand = make_place(session, event), make_place(session, event)
    meeting = make_meeting(session, event, slot=make_slots(session, event)[0], place=used)
    make_slots(session, event, place=stand)
    with pytest.raises(InUse):
        delete_place(session, place_id=used.id, **acting)
    with pytest.raises(PlaceInUse):
        delete_place(session, place_id=stand.id, **acting)
    meeting.status = MeetingStatus.CANCELLED
    session.flush()
    delete_place(session, place_id=used.id, **acting)
    session.expire_all()
    assert session.scalars(sa.select(Meeting.place_id)).all() == [None]
    assert session.scalars(sa.select(Place.id)).all() == [stand.id]


def test_opening_hours_leave_no_meeting_outside(session: Session) -> None:
    event = make_event(session)
    place = make_place(session, event)
    slots = make_slots(session, event, count=4, minutes=30, pause=0)
    start = slots[0].starts_at
    make_meeting(session, event, slot=slots[0], place=place)
    acting = {**_acting(session, event), "place_id": place.id}
    with pytest.raises(InUse):
        add_opening_hours(session, starts_at=start + HOUR, ends_at=start + 2 * HOUR, **acting)
    first = add_opening_hours(session, starts_at=start, ends_at=start + HOUR, **acting)
    second = add_opening_hours(session, starts_at=start + HOUR, ends_at=start + 2 * HOUR, **acting)
    with pytest.raises(Conflict):
        add_opening_hours(session, starts_at=start, ends_at=start + HOUR / 2, **acting)
    with pytest.raises(InUse):
        remove_opening_hours(session, hours_id=first.id, **acting)
    remove_opening_hours(session, hours_id=second.id, **acting)
    remove_opening_hours(session, hours_id=second.id, **acting)
    assert [hours.id for hours in place.opening_hours] == [first.id]


def test_owners_leave_no_meeting_of_others_at_their_place(session: Session) -> None:
    event = make_event(session)
    place = make_place(session, event)
    owner, stranger = make_participation(session, event), make_participation(session, event)
    meeting = make_meeting(session, event, slot=make_slots(session, event)[0], place=place, a=stranger)
    acting = {**_acting(session, event), "place_id": place.id}
    with pytest.raises(InUse):
        add_owner(session, participation_id=owner.id, **acting)
    set_owners(session, participation_ids={owner.id, meeting.participation_b_id}, **acting)
    remove_owner(session, participation_id=owner.id, **acting)
    names = owner_names(session, event_id=event.id)
    assert set(names[place.id]) == {meeting.participation_b_id}


def test_owners_of_another_event_are_refused(session: Session) -> None:
    event, other = make_event(session), make_event(session)
    place = make_place(session, event)
    foreign = make_participation(session, other)
    with pytest.raises(Invalid):
        set_owners(session, participation_ids=[foreign.id], place_id=place.id, **_acting(session, event))


def test_video_link_of_the_room_goes_before_that_of_the_event(session: Session) -> None:
    event = make_event(session, video_link="https://event.example/{meeting}")
    room = make_place(session, event, kind=PlaceKind.VIDEO, link="https://room.example/fixed")
    assert video_link(event, None, meeting="abc") == "https://event.example/abc"
    assert video_link(event, room, meeting="abc") == "https://room.example/fixed"


@pytest.mark.parametrize(
    ("of_event", "of_place", "codes"),
    [
        ({"video_link": ""}, None, ["no_video_room"]),
        ({"video_link": ""}, {"capacity": None}, ["video_without_link"]),
        ({"video_link": "https://one.example"}, {"capacity": None}, ["video_link_shared"]),
        ({"video_link": "https://one.example"}, {"capacity": 1}, []),
        ({"video_link": "https://one.example/{meeting}"}, {"capacity": None}, []),
        ({"format": EventFormat.ON_SITE}, None, ["no_places"]),
        ({"format": EventFormat.ON_SITE}, {"kind": PlaceKind.TABLE}, []),
    ],
)
def test_publication_problems_are_named(
    session: Session, of_event: dict[str, Any], of_place: dict[str, Any] | None, codes: list[str]
) -> None:
    event = make_event(session, **of_event)
    if of_place is not None:
        make_place(session, event, **{"kind": PlaceKind.VIDEO, **of_place})
    assert [problem.code for problem in publication_problems(session, event)] == codes
