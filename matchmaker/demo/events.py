"""Seeds the demonstration's two events: a virtual hydrogen day and a shared stand at a fair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from matchmaker.demo.content import DemoOrganisation, organisations, wishes
from matchmaker.demo.people import Team, seed_organisations, seed_participation, seed_team
from matchmaker.demo.tables import seed_tables
from matchmaker.models import (
    Approval,
    Block,
    Event,
    EventFormat,
    EventRole,
    EventRoleKind,
    EventSession,
    Group,
    Organisation,
    Participation,
    Place,
    PlaceKind,
    PlaceOwner,
    SessionKind,
    Shift,
    Wish,
)
from matchmaker.services.block import BlockDetails, add_block
from matchmaker.services.event import EventDetails, EventRules, create_event, open_registration, set_rules
from matchmaker.services.group import GroupDetails, add_group, delete_group, groups_of, set_allowed_pairs
from matchmaker.services.place import PlaceDetails, add_place, add_places

HYDROGEN_DAY = "Hydrogen day Canada - Ruhr"
STAND = "Ruhr stand at the fair in Toronto"
ORGANISER = {
    "organiser_name": "Hydrogen day office (demonstration)",
    "organiser_address": "Example street 1, 45127 Essen, Germany",
    "organiser_email": "organiser@matchmaker.example",
}
BROUGHT = ("maple-make-believe", "erable-imaginaire", "next-hydrogen", "charbone")
PARTNERS = ("tk-nucera", "evonik", "rwe", "duisport", "zeche-phantasia", "thyssenkrupp-steel")
OWN_BOOTH = "ballard"


def seed_demo(session: Session, *, now: dt.datetime) -> Team:
    """Fill an empty database with the demonstration; rounds are run afterwards, as organisers would."""
    team = seed_team(session, now)
    content = organisations()
    rows = seed_organisations(session, content, team=team, now=now)
    _hydrogen_day(session, content, rows, team, now)
    _stand_at_the_fair(session, content, rows, team, now)
    return team


def _hydrogen_day(
    session: Session,
    content: Sequence[DemoOrganisation],
    rows: dict[str, Organisation],
    team: Team,
    now: dt.datetime,
) -> None:
    day = _weekday_after(now.date() + dt.timedelta(days=14))
    details = EventDetails(
        name=HYDROGEN_DAY,
        format=EventFormat.VIRTUAL,
        time_zone="Europe/Berlin",
        starts_on=day,
        ends_on=day,
        description=(
            "An afternoon in Essen that is a morning in Toronto: Canadian hydrogen and cleantech firms meet"
            " the steel, energy and chemical industry of the Ruhr, one to one, by video."
        ),
        video_link="https://video.example/{meeting}",
        **ORGANISER,
    )
    event = _event(session, details, EventRules(approval=Approval.BY_HAND, maximum=6, in_a_row=3), team, now)
    for name, start, end in (("First part", (14, 30), (16, 35)), ("Second part", (17, 0), (19, 5))):
        _block(session, event, team, now, name=name, day=day, start=start, end=end)
    groups = _two_groups(session, event, "Canada", "Ruhr and its industry", team, now)
    participations = {
        demo.key: seed_participation(
            session,
            demo,
            rows[demo.key],
            event=event,
            group_id=groups[0 if demo.is_canadian else 1].id,
            brought_by=team.enabler if demo.key in BROUGHT else None,
            now=now,
        )
        for demo in content
    }
    _wish(session, event, participations, now)
    seed_tables(session, event=event, participations=participations, team=team, now=now)


def _stand_at_the_fair(
    session: Session,
    content: Sequence[DemoOrganisation],
    rows: dict[str, Organisation],
    team: Team,
    now: dt.datetime,
) -> None:
    day = _weekday_after(now.date() + dt.timedelta(days=35))
    days = (day, day + dt.timedelta(days=1))
    details = EventDetails(
        name=STAND,
        format=EventFormat.ON_SITE,
        time_zone="America/Toronto",
        starts_on=days[0],
        ends_on=days[1],
        venue="Hall 3, stand 312",
        description=(
            "Partners from the Ruhr share one stand and take turns at it; Canadian firms come for a talk"
            " at the stand, at a table in the lounge or at a booth of their own."
        ),
        **ORGANISER,
    )
    rules = EventRules(approval=Approval.AUTOMATIC, confirms_all=False, maximum=8, per_day=5, in_a_row=3)
    event = _event(session, details, rules, team, now)
    acting: dict[str, Any] = {"event_id": event.id, "actor_id": team.organiser.id, "now": now}
    stand = add_place(session, details=PlaceDetails(PlaceKind.BOOTH, "Ruhr stand", capacity=2), **acting)
    booth = add_place(session, details=PlaceDetails(PlaceKind.BOOTH, "Booth 318"), **acting)
    add_places(session, details=PlaceDetails(PlaceKind.TABLE, "Lounge table"), count=3, **acting)
    by_key = {demo.key: demo for demo in content}
    canadians = [demo for demo in content if demo.is_canadian and not demo.is_invented][:24]
    guests = [*canadians, by_key["maple-make-believe"]]
    groups = _two_groups(session, event, "Visitors", "Partners at the stand", team, now)
    partners = _join(session, [by_key[key] for key in PARTNERS], rows, event, groups[1], now)
    visitors = _join(session, guests, rows, event, groups[0], now)
    session.add(PlaceOwner(event_id=event.id, place_id=booth.id, participation_id=visitors[OWN_BOOTH].id))
    _wish(session, event, partners | visitors, now)
    _programme(session, event, stand, list(partners.values()), days, team, now)


def _programme(
    session: Session,
    event: Event,
    stand: Place,
    partners: list[Participation],
    days: Sequence[dt.date],
    team: Team,
    now: dt.datetime,
) -> None:
    """Booth sessions held by two partners at a time, hours in the lounge, lunch, a masterclass."""
    turns = iter(_pairs(partners))
    for number, day in enumerate(days, start=1):
        for name, start, end in (("morning", (10, 0), (12, 0)), ("afternoon", (13, 0), (15, 0))):
            title = f"Stand, day {number}, {name}"
            block = _block(session, event, team, now, name=title, day=day, start=start, end=end, place=stand)
            on_duty = next(turns)
            session.add_all(
                Shift(
                    event_id=event.id,
                    block_id=block.id,
                    participation_id=partner.id,
                    starts_at=block.starts_at,
                    ends_at=block.ends_at,
                )
                for partner in on_duty
            )
        _block(session, event, team, now, name=f"Lounge, day {number}", day=day, start=(15, 15), end=(17, 20))
        session.add(
            EventSession(
                event_id=event.id,
                kind=SessionKind.BREAK,
                title="Lunch",
                starts_at=_moment(event, day, (12, 0)),
                ends_at=_moment(event, day, (13, 0)),
            )
        )
    session.add(
        EventSession(
            event_id=event.id,
            kind=SessionKind.MASTERCLASS,
            title="Selling hydrogen technology to German industry",
            description="Buyers of the steel and energy industry tell how they choose a supplier.",
            place_id=stand.id,
            starts_at=_moment(event, days[1], (9, 0)),
            ends_at=_moment(event, days[1], (9, 50)),
            seats=20,
        )
    )
    session.flush()


def _pairs(partners: list[Participation]) -> Iterable[tuple[Participation, Participation]]:
    """Two partners at a time, so that everybody has a turn before anybody has a second."""
    turn = 0
    while True:
        yield partners[turn % len(partners)], partners[(turn + 1) % len(partners)]
        turn += 2


def _event(session: Session, details: EventDetails, rules: EventRules, team: Team, now: dt.datetime) -> Event:
    actor_id = team.organiser.id
    event = create_event(session, details=details, actor_id=actor_id, now=now)
    event.is_demo = True
    set_rules(session, event_id=event.id, version=event.version, rules=rules, actor_id=actor_id, now=now)
    session.add_all(
        (
            EventRole(
                event_id=event.id,
                person_id=team.co_organiser.id,
                kind=EventRoleKind.CO_ORGANISER,
                can_run_rounds=True,
                created_at=now,
            ),
            EventRole(
                event_id=event.id, person_id=team.enabler.id, kind=EventRoleKind.ENABLER, created_at=now
            ),
        )
    )
    session.flush()
    return open_registration(session, event_id=event.id, actor_id=actor_id, now=now)


def _two_groups(
    session: Session, event: Event, first: str, second: str, team: Team, now: dt.datetime
) -> tuple[Group, Group]:
    """Replace the default groups by two that meet each other and not themselves."""
    acting: dict[str, Any] = {"event_id": event.id, "actor_id": team.organiser.id, "now": now}
    old = groups_of(session, event_id=event.id)
    new = (
        add_group(session, details=GroupDetails(name=first), **acting),
        add_group(session, details=GroupDetails(name=second), **acting),
    )
    for group in old:
        delete_group(session, group_id=group.id, **acting)
    low, high = sorted(group.id for group in new)
    set_allowed_pairs(session, pairs=frozenset({(low, high)}), **acting)
    return new


def _join(
    session: Session,
    content: Iterable[DemoOrganisation],
    rows: dict[str, Organisation],
    event: Event,
    group: Group,
    now: dt.datetime,
) -> dict[str, Participation]:
    return {
        demo.key: seed_participation(
            session, demo, rows[demo.key], event=event, group_id=group.id, brought_by=None, now=now
        )
        for demo in content
    }


def _wish(session: Session, event: Event, participations: dict[str, Participation], now: dt.datetime) -> None:
    present = [wish for wish in wishes() if {wish.from_key, wish.to_key} <= participations.keys()]
    for wish in present:
        session.add(
            Wish(
                event_id=event.id,
                from_id=participations[wish.from_key].id,
                to_id=participations[wish.to_key].id,
                kind=wish.kind,
                said_at=now,
            )
        )
    session.flush()


def _block(
    session: Session,
    event: Event,
    team: Team,
    now: dt.datetime,
    *,
    name: str,
    day: dt.date,
    start: tuple[int, int],
    end: tuple[int, int],
    place: Place | None = None,
) -> Block:
    details = BlockDetails(
        name=name,
        starts_at=_moment(event, day, start),
        ends_at=_moment(event, day, end),
        slot_minutes=20,
        pause_minutes=5,
        place_id=place.id if place else None,
    )
    return add_block(session, event_id=event.id, details=details, actor_id=team.organiser.id, now=now)


def _moment(event: Event, day: dt.date, time: tuple[int, int]) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time(*time), ZoneInfo(event.time_zone))
    return local.astimezone(dt.UTC)


def _weekday_after(day: dt.date) -> dt.date:
    """The next Wednesday, far from week-ends."""
    return day + dt.timedelta(days=(2 - day.weekday()) % 7)
