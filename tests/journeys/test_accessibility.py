"""The pages of an event in a real browser: WCAG 2.2 AA in light and dark, on a desktop and on a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Event,
    EventFormat,
    EventSession,
    Meeting,
    MeetingRequest,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    OutboxMail,
    ParticipationStatus,
    Person,
    PlaceKind,
    RequestStatus,
    Round,
    RoundStep,
    SessionKind,
    Topic,
    WishKind,
)
from matchmaker.services.password import set_password
from matchmaker.services.publication import publish_round
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.shift import ShiftDetails, add_shift
from tests.factories import PASSWORD, add, make_participation, make_place, make_slots
from tests.journeys.accessible import log_in, problems_of, served
from tests.rounds import Fair, make_fair, run_round, say

pytestmark = pytest.mark.browser

OF_VISITORS = ("/", "{event}", "/how-matching-works", "/model-card", "{event}/model-card")
OF_PARTICIPANTS = (
    "/",
    "{event}",
    "{event}/register",
    "{event}/programme",
    "{own}",
    "{own}/preview",
    "{own}/edit",
    "{own}/withdraw",
    "{own}/entries/new/need",
    "{own}/delegates/new",
    "{own}/delegates/{delegate}/availability",
    "{own}/suggestions",
    "{own}/others",
    "{own}/agenda",
    "{own}/agenda/print",
    "{own}/requests/new?to={other}",
    "{event}/requests/{request}",
    "{event}/requests/{request}/decline",
    "{event}/meetings/{meeting}",
    "{event}/meetings/{meeting}/decline",
    "{event}/meetings/{meeting}/delegates",
)
OF_ORGANISERS = (
    "/",
    "{event}/overview",
    "{event}/edit",
    "{event}/rules",
    "{event}/blocks",
    "{event}/blocks/new",
    "{event}/blocks/{block}/edit",
    "{event}/blocks/{block}/shifts",
    "{event}/blocks/{block}/shifts/new",
    "{event}/places",
    "{event}/places/new",
    "{event}/places/{place}/edit",
    "{event}/places/{place}/delete",
    "{event}/places/print",
    "{event}/groups",
    "{event}/groups/new",
    "{event}/sessions",
    "{event}/sessions/new",
    "{event}/topics",
    "{event}/topics/new",
    "{event}/participations",
    "{event}/participations/new",
    "{own}/limits",
    "{own}/suggestions",
    "{event}/imports/new",
    "{event}/rounds",
    "{event}/weights",
    "{event}/rounds/new",
    "{event}/rounds/{published}",
    "{event}/rounds/{draft}",
    "{event}/rounds/{draft}/publish",
    "{event}/rounds/{draft}/discard",
    "{event}/meetings",
    "{event}/meetings/{meeting}",
    "{event}/meetings/{meeting}/move",
    "{event}/agendas/print",
    "{event}/mails",
    "{event}/mails/{mail}",
    "{event}/team",
    "{event}/team/invite",
    "{event}/history",
)


@dataclass(frozen=True)
class Shown:
    """A served event: its address, who logs in, and what the names in the paths stand for."""

    address: str
    participant: str
    organiser: str
    names: dict[str, object]

    def paths(self, templates: tuple[str, ...]) -> list[str]:
        """The paths of this event."""
        return [template.format(**self.names) for template in templates]


@pytest.fixture
def shown(app: Flask, config: Config, database: Database) -> Iterator[Shown]:
    """An event in the middle of its life: suggestions open, a round published, the next one a draft."""
    with database.transaction() as session:
        fair = make_fair(session, format=EventFormat.HYBRID, venue="Hall 3")
        names, participant, organiser = _set_up(session, fair)
    suggested = run_round(database, config, fair.event, RoundStep.SUGGEST)
    with database.transaction() as session:
        round_ = session.get_one(Round, suggested)
        until = clock.now() + dt.timedelta(days=3)
        open_suggestions(session, round_=round_, actor_id=None, now=clock.now(), wishes_until=until)
    published = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with database.transaction() as session:
        round_, event = session.get_one(Round, published), session.get_one(Event, fair.event.id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())
        late = make_participation(session, event, group="corporates", needs=("A late need",))
        own = fair.startups[0].id
        meetings = session.scalars(sa.select(Meeting).order_by(Meeting.id))
        meeting = next(row for row in meetings if own in (row.participation_a_id, row.participation_b_id))
        mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).first()
        assert mail is not None
        names |= {"other": late.id, "meeting": meeting.id, "mail": mail.id, "published": published}
    names["draft"] = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with served(app) as address:
        yield Shown(address, participant, organiser, names)


def _set_up(session: Session, fair: Fair) -> tuple[dict[str, object], str, str]:
    event, own, partner = fair.event, fair.startups[0], fair.corporates[0]
    booth = make_place(session, event, kind=PlaceKind.BOOTH, name="Shared stand", capacity=2)
    morning = dt.datetime.combine(event.starts_on, dt.time(8, 0), dt.UTC)
    turns = make_slots(session, event, count=3, start=morning, place=booth, capacity=2)
    make_place(session, event, name="Table 1", note="left of the entrance")
    details = ShiftDetails(partner.id, turns[0].starts_at, turns[-1].ends_at)
    add_shift(
        session, event_id=event.id, block_id=turns[0].block_id, details=details, actor_id=fair.organiser.id,
        now=clock.now(),
    )  # fmt: skip
    lunch = (fair.slots[-1].ends_at, fair.slots[-1].ends_at + dt.timedelta(hours=1))
    for kind, title in ((SessionKind.BREAK, "Lunch"), (SessionKind.MASTERCLASS, "Selling to industry")):
        row = EventSession(
            event_id=event.id, kind=kind, title=title, starts_at=lunch[0], ends_at=lunch[1], seats=20
        )
        add(session, row)
    add(
        session, Topic(event_id=event.id, code="h2", label_en="Hydrogen", label_de="Wasserstoff", label_fr="")
    )
    make_participation(session, event, status=ParticipationStatus.REGISTERED)
    make_participation(session, event, status=ParticipationStatus.INVITED, confirmed_at=None)
    say(session, own, WishKind.MUST, partner)
    say(session, own, WishKind.NEVER, fair.corporates[1])
    request = add(
        session,
        MeetingRequest(
            event_id=event.id, from_id=fair.corporates[2].id, to_id=own.id, slot_id=fair.slots[-1].id,
            status=RequestStatus.OPEN, message="May we show you the plant?", asked_at=clock.now(),
            expires_at=clock.now() + dt.timedelta(days=3),
        ),
    )  # fmt: skip
    person = session.get_one(Person, fair.people[own.id])
    add(
        session,
        OrganisationMember(
            organisation_id=own.organisation_id, person_id=person.id, role=MemberRole.MANAGER,
            status=MemberStatus.ACTIVE, created_at=clock.now(),
        ),
    )  # fmt: skip
    for who in (person, fair.organiser):
        set_password(who, PASSWORD)
    names: dict[str, object] = {
        "event": f"/events/{event.slug}",
        "own": f"/events/{event.slug}/participations/{own.id}",
        "delegate": own.delegates[0].id,
        "block": turns[0].block_id,
        "place": booth.id,
        "request": request.id,
    }
    return names, person.email, fair.organiser.email


def test_pages_of_an_event_are_accessible_and_fit_the_screen(
    shown: Shown, open_page: Callable[..., Page]
) -> None:
    visitor, participant, organiser = (open_page() for _ in range(3))
    problems = problems_of(visitor, shown.address, shown.paths(OF_VISITORS))
    log_in(participant, shown.address, shown.participant)
    problems += problems_of(participant, shown.address, shown.paths(OF_PARTICIPANTS))
    problems += problems_of(participant, shown.address, shown.paths(("{event}/overview",)), status=403)
    problems += problems_of(participant, shown.address, ("/nothing-here",), status=404)
    log_in(organiser, shown.address, shown.organiser)
    problems += problems_of(organiser, shown.address, shown.paths(OF_ORGANISERS))
    assert problems == []
