"""Acting for a participation: said on every page, written down, and seen by those acted for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.models import Event, Meeting, MeetingRequest, MeetingStatus, Participation, Person, WishKind
from matchmaker.services.audit import record
from matchmaker.services.meeting_history import SEEN_BY_BOTH
from matchmaker.services.seat import claim_seats
from matchmaker.services.wish import say_wish
from matchmaker.services.withdrawal import withdraw
from matchmaker.web.audit import ACTIONS
from tests.factories import make_meeting
from tests.rounds import Fair, make_fair
from tests.visitor import Visitor

BANNER = "You are acting for"


@pytest.fixture
def fair(database: Database) -> tuple[Fair, int]:
    """Two firms with a proposed meeting, and its number."""
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=1)
        meeting = make_meeting(
            session, fair.event, slot=fair.slots[0], status=MeetingStatus.PROPOSED,
            a=fair.startups[0], b=fair.corporates[0],
        )  # fmt: skip
        claim_seats(session, meeting=meeting)
        return fair, meeting.id


def _visitors(app: Flask, fair: Fair) -> tuple[Visitor, Visitor, Visitor]:
    """The organiser, the startup's manager, the corporate's."""
    people = [fair.people[side.id] for side in (fair.startups[0], fair.corporates[0])]
    organiser, one, other = (Visitor(app).log_in(number) for number in (fair.organiser.id, *people))
    return organiser, one, other


def _history(visitor: Visitor, path: str) -> list[str]:
    """The lines of a page's history without their times."""
    lines = visitor.get(path).select(".deeds li > span")
    return [" ".join(line.get_text().split()) for line in lines]


def test_every_page_of_another_s_participation_says_for_whom_one_acts(
    database: Database, config: Config, fair: tuple[Fair, int]
) -> None:
    app = create_app(config, database)
    here, meeting_id = fair
    organiser, one, _other = _visitors(app, here)
    side = here.startups[0].id
    event = f"/events/{here.event.slug}"
    pages = [
        f"{event}/participations/{side}{page}"
        for page in ("", "/edit", "/suggestions", "/agenda", "/preview")
    ]
    pages.append(f"{event}/meetings/{meeting_id}?side={side}")
    for page in pages:
        organiser.get(page)
        assert BANNER in organiser.text(), page
        one.get(page)
        assert BANNER not in one.text(), page
    organiser.get(f"{event}/meetings/{meeting_id}")
    assert BANNER not in organiser.text()


def test_what_an_organiser_does_for_a_side_is_seen_by_that_side_and_by_the_other_when_it_counts(
    database: Database, config: Config, fair: tuple[Fair, int]
) -> None:
    app = create_app(config, database)
    here, meeting_id = fair
    organiser, one, other = _visitors(app, here)
    side = here.startups[0]
    path = f"/events/{here.event.slug}/meetings/{meeting_id}"
    organiser.get(f"{path}?side={side.id}")
    organiser.submit(action="/accept")
    line = f"Olga Organiser on behalf of {_name(database, side.id)}: accepted a meeting"
    assert _history(one, path) == [line]
    assert _history(other, path) == []  # the other side's yes is its own until both have said it
    other.get(path)
    other.submit(action="/accept")
    own = _person(database, here.people[here.corporates[0].id])
    assert _history(other, path) == [f"{own}: accepted a meeting", line]
    # of the other side it reads the firm, not who of its people clicked
    assert _history(one, path)[0] == f"{_name(database, here.corporates[0].id)}: accepted a meeting"
    assert _history(organiser, path) == _history(other, path)
    profile = f"/events/{here.event.slug}/participations/{side.id}"
    assert _history(one, profile) == ["Olga Organiser: accepted a meeting"]
    assert "Done on your behalf" in one.text()


def test_request_says_who_asked_and_who_answered_on_whose_behalf(
    database: Database, config: Config, fair: tuple[Fair, int]
) -> None:
    app = create_app(config, database)
    here, _meeting_id = fair
    with database.transaction() as session:  # the two have no meeting yet
        session.delete(session.get_one(Meeting, _meeting_id))
    organiser, one, other = _visitors(app, here)
    side, partner = here.startups[0], here.corporates[0]
    event = f"/events/{here.event.slug}"
    page = organiser.get(f"{event}/participations/{side.id}/requests/new?to={partner.id}")
    assert BANNER in organiser.text()
    slot = page.find("input", {"name": "slot_id"})
    assert slot is not None
    organiser.submit(slot_id=str(slot["value"]))
    with database.reading() as session:
        path = f"{event}/requests/{session.scalars(sa.select(MeetingRequest.id)).one()}"
    name, theirs = _name(database, side.id), _name(database, partner.id)
    line = f"Olga Organiser on behalf of {name}: asked for a meeting"
    assert [_history(visitor, path) for visitor in (one, other, organiser)] == [[line]] * 3
    other.get(path)
    other.submit(action="/accept")
    assert _history(one, path) == [f"{theirs}: accepted a request", line]
    assert _history(one, f"{event}/participations/{side.id}") == ["Olga Organiser: asked for a meeting"]
    organiser.get(f"{event}/history")
    assert f"Olga Organiser for {name} asked for a meeting: {name} → {theirs}" in organiser.text()


def test_firm_sees_who_of_the_organisers_changed_its_participation(
    database: Database, config: Config, fair: tuple[Fair, int]
) -> None:
    app = create_app(config, database)
    here, _meeting_id = fair
    _organiser, one, _other = _visitors(app, here)
    with database.transaction() as session:
        withdraw(
            session, event=session.get_one(Event, here.event.id), participation_ids=[here.startups[0].id],
            actor_id=here.organiser.id, now=clock.now(),
        )  # fmt: skip
    profile = f"/events/{here.event.slug}/participations/{here.startups[0].id}"
    assert _history(one, profile) == ["Olga Organiser: withdrew a participation"]


def test_history_says_nothing_of_vetoes_wishes_and_private_ratings(
    database: Database, config: Config, fair: tuple[Fair, int]
) -> None:
    app = create_app(config, database)
    here, meeting_id = fair
    _organiser, one, other = _visitors(app, here)
    path = f"/events/{here.event.slug}/meetings/{meeting_id}"
    before = (_history(one, path), one.get(path).get_text())
    with database.transaction() as session:
        event = session.get_one(Event, here.event.id)
        meeting = session.get_one(Meeting, meeting_id)
        say_wish(
            session, participation=here.corporates[0], other_id=here.startups[0].id,
            kind=WishKind.NEVER, actor_id=here.organiser.id, behalf_of_id=here.corporates[0].id,
            now=clock.now(),
        )  # fmt: skip
        for action in ("rate_meeting", "answer_review", "state_attendance"):
            record(
                session, actor_id=here.people[here.corporates[0].id], action=action, subject="meeting",
                subject_id=meeting.id, event_id=event.id, now=clock.now(),
            )  # fmt: skip
    assert (_history(one, path), one.get(path).get_text()) == before
    assert [line.split(": ")[1] for line in _history(other, path)] == ["said what became of a meeting"]


def test_every_deed_of_a_history_has_words() -> None:
    assert set(SEEN_BY_BOTH) <= set(ACTIONS)


def _name(database: Database, participation_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Participation, participation_id).organisation.name


def _person(database: Database, person_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Person, person_id).name
