"""The way into a video room: closed before, open around the meeting, its address read at each visit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import jwt
import pytest
from sqlalchemy.orm import Session

from matchmaker.models import Event, Meeting, MeetingStatus, Person, PlaceKind
from matchmaker.services.video_room import Jitsi, Room, RoomState, read_room
from tests.factories import make_event, make_meeting, make_place, make_slots

JITSI = Jitsi("https://meet.example", "matchmaker", "a shared secret, long enough for HS256")


@dataclass
class Scene:
    """A confirmed video meeting."""

    event: Event
    meeting: Meeting
    person: Person
    starts_at: dt.datetime


@pytest.fixture
def scene(session: Session) -> Scene:
    """A virtual event whose rooms are on one server."""
    event = make_event(session, video_link="https://meet.example/{meeting}")
    slot = make_slots(session, event)[0]
    room = make_place(session, event, kind=PlaceKind.VIDEO, name="Video", capacity=50)
    meeting = make_meeting(session, event, slot=slot, place=room, status=MeetingStatus.CONFIRMED)
    return Scene(event, meeting, meeting.sitters[0].delegate.person, slot.starts_at)


def _enter(session: Session, scene: Scene, minutes: int, jitsi: Jitsi | None = None) -> Room:
    now = scene.starts_at + dt.timedelta(minutes=minutes)
    return read_room(
        session, event=scene.event, meeting=scene.meeting, person=scene.person, jitsi=jitsi, now=now
    )


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(-16, RoomState.EARLY), (-15, RoomState.OPEN), (49, RoomState.OPEN), (50, RoomState.OVER)],
)
def test_room_is_open_around_the_meeting(
    session: Session, scene: Scene, minutes: int, state: RoomState
) -> None:
    room = _enter(session, scene, minutes)
    assert (room.state, bool(room.link)) == (state, state == RoomState.OPEN)


def test_room_of_a_proposal_or_of_a_table_is_closed(session: Session, scene: Scene) -> None:
    scene.meeting.status = MeetingStatus.PROPOSED
    assert _enter(session, scene, 0).state == RoomState.NOT_CONFIRMED
    scene.meeting.place_id = make_place(session, scene.event).id
    assert _enter(session, scene, 0).state == RoomState.NO_ROOM


def test_provider_can_change_until_people_enter(session: Session, scene: Scene) -> None:
    before = _enter(session, scene, 0).link
    scene.event.video_link = "https://other.example/room-{meeting}"
    after = _enter(session, scene, 0).link
    assert before.startswith("https://meet.example/mm-")
    assert after == before.replace("https://meet.example/", "https://other.example/room-")


def test_jitsi_room_is_entered_with_a_token_for_this_person_room_and_time(
    session: Session, scene: Scene
) -> None:
    plain = _enter(session, scene, 0).link
    address, token = _enter(session, scene, 0, JITSI).link.split("?jwt=")
    assert address == plain
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(
        token, JITSI.secret, algorithms=["HS256"], audience="matchmaker", issuer="matchmaker",
        options={"verify_exp": False, "verify_nbf": False},
    )  # fmt: skip
    assert header["alg"] == "HS256"
    assert (claims["sub"], claims["room"]) == ("meet.example", plain.rsplit("/", 1)[1])
    assert claims["context"]["user"] == {"id": str(scene.person.id), "name": scene.person.name}
    opened, closed = (dt.datetime.fromtimestamp(claims[name], dt.UTC) for name in ("nbf", "exp"))
    assert opened == scene.starts_at - dt.timedelta(minutes=15)
    assert closed == scene.starts_at + dt.timedelta(minutes=50)


def test_rooms_of_another_server_get_no_token(session: Session, scene: Scene) -> None:
    scene.event.video_link = "https://other.example/{meeting}"
    assert "jwt" not in _enter(session, scene, 0, JITSI).link
