"""Events: their slugs, days, rules, and what keeps them from opening."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, Invalid, MatchmakerError, Stale
from matchmaker.local_time import NoSuchZone
from matchmaker.models import (
    EventFormat,
    EventRole,
    EventRoleKind,
    EventStatus,
    Group,
    Place,
    PlaceKind,
    Topic,
)
from matchmaker.services.event import (
    EventDetails,
    EventRules,
    NotReady,
    OutsideEvent,
    VideoRoomsLeft,
    ZoneInUse,
    close_registration,
    create_event,
    edit_event,
    missing_to_open,
    open_registration,
    set_rules,
)
from tests.factories import NOW, make_person, make_slots

DETAILS = EventDetails(
    name="Wasserstofftag Nordamerika – Ruhr & Gäste",
    format=EventFormat.VIRTUAL,
    time_zone="Europe/Berlin",
    starts_on=dt.date(2026, 11, 25),
    ends_on=dt.date(2026, 11, 26),
    description="Firms meet.",
    organiser_name="Chamber",
    organiser_address="Street 1, Essen",
    organiser_email="desk@chamber.example",
)


def _create(session: Session, **values: Any) -> Any:
    details = dataclasses.replace(DETAILS, **values)
    return create_event(session, details=details, actor_id=make_person(session).id, now=NOW)


def test_create_event_makes_a_draft_with_groups_topics_and_a_video_room(session: Session) -> None:
    event = _create(session)
    assert (event.slug, event.status) == ("wasserstofftag-nordamerika-ruhr-gaeste", EventStatus.DRAFT)
    codes = session.scalars(sa.select(Group.code).order_by(Group.position)).all()
    assert codes == ["startups", "corporates", "research", "investors", "public", "enablers"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Topic)) == 90
    assert session.scalars(sa.select(Place.kind)).all() == [PlaceKind.VIDEO]
    assert session.scalars(sa.select(EventRole.kind)).all() == [EventRoleKind.ORGANISER]


def test_create_event_on_site_has_no_video_room(session: Session) -> None:
    _create(session, format=EventFormat.ON_SITE)
    assert session.scalars(sa.select(Place)).all() == []


@pytest.mark.parametrize(
    ("name", "slugs"),
    [("Fair", ["fair", "fair-2"]), ("New", ["new-2", "new-3"]), ("氢", ["event", "event-2"])],
)
def test_create_event_makes_slugs_unique_and_readable(session: Session, name: str, slugs: list[str]) -> None:
    assert [_create(session, name=name).slug for _ in slugs] == slugs


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"ends_on": dt.date(2026, 11, 24)}, "ends_on"),
        ({"ends_on": dt.date(2028, 1, 1)}, "ends_on"),
        ({"video_link": "javascript:alert(1)"}, "video_link"),
        ({"video_link": "https://video.example/{room}"}, "video_link"),
    ],
)
def test_create_event_names_the_field_that_is_wrong(
    session: Session, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as raised:
        _create(session, **values)
    assert raised.value.field == field


def test_create_event_refuses_an_unknown_zone(session: Session) -> None:
    with pytest.raises(NoSuchZone):
        _create(session, time_zone="Europe/Essen")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"time_zone": "America/Toronto"}, ZoneInUse),
        ({"starts_on": dt.date(2026, 11, 26)}, OutsideEvent),
    ],
)
def test_edit_event_leaves_no_block_outside_or_shifted(
    session: Session, values: dict[str, Any], error: type[MatchmakerError]
) -> None:
    event = _create(session)
    make_slots(session, event)
    with pytest.raises(error):
        edit_event(
            session,
            event_id=event.id,
            version=event.version,
            details=dataclasses.replace(DETAILS, **values),
            actor_id=make_person(session).id,
            now=NOW,
        )


def test_set_rules_of_a_version_that_has_gone_is_refused(session: Session) -> None:
    event = _create(session)
    acting: dict[str, Any] = {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}
    version = event.version
    set_rules(session, version=version, rules=EventRules(maximum=6), **acting)
    with pytest.raises(Stale):
        set_rules(session, version=version, rules=EventRules(maximum=7), **acting)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (EventRules(minimum=-1), "minimum"),
        (EventRules(minimum=3, maximum=2), "maximum"),
        (EventRules(per_day=0), "per_day"),
        (EventRules(in_a_row=0), "in_a_row"),
        (EventRules(pause=-1), "pause"),
        (EventRules(pause=481), "pause"),
    ],
)
def test_set_rules_names_the_limit_that_is_wrong(session: Session, rules: EventRules, field: str) -> None:
    event = _create(session)
    with pytest.raises(Invalid) as raised:
        set_rules(
            session, event_id=event.id, version=event.version, rules=rules, actor_id=make_person(session).id,
            now=NOW,
        )  # fmt: skip
    assert raised.value.field == field


def test_open_registration_waits_for_what_the_law_wants(session: Session) -> None:
    event = _create(session, organiser_address=" ")
    assert missing_to_open(event) == ("organiser_address",)
    acting: dict[str, Any] = {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}
    with pytest.raises(NotReady):
        open_registration(session, **acting)
    with pytest.raises(Conflict):
        close_registration(session, **acting)
    event.organiser_address = "Street 1, Essen"
    assert open_registration(session, **acting).status == EventStatus.OPEN
    assert close_registration(session, **acting).status == EventStatus.CLOSED


def test_edit_event_gives_video_rooms_where_people_meet_by_video(session: Session) -> None:
    event = _create(session, format=EventFormat.ON_SITE)
    acting: dict[str, Any] = {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}
    hybrid = dataclasses.replace(DETAILS, format=EventFormat.HYBRID)
    edit_event(session, version=event.version, details=hybrid, **acting)
    assert session.scalars(sa.select(Place.kind)).all() == [PlaceKind.VIDEO]
    on_site = dataclasses.replace(DETAILS, format=EventFormat.ON_SITE)
    with pytest.raises(VideoRoomsLeft):
        edit_event(session, version=event.version, details=on_site, **acting)
