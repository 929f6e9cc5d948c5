"""What a participant reads of a wish without a meeting: the same, whoever or whatever was the reason."""

from __future__ import annotations

import pytest
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Event, Participation, PlaceKind, Round, RoundStep, WishKind
from matchmaker.services.availability import state_availability
from matchmaker.services.publication import publish_round
from tests.factories import make_place
from tests.rounds import Fair, make_fair, run_round, say
from tests.visitor import Visitor


def _prepare(database: Database, reason: str) -> Fair:
    """One slot; the first startup wishes for the only corporate, and does not get it."""
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=1, slots=1)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        wishing, rival, wanted = *fair.startups, fair.corporates[0]
        say(session, wishing, WishKind.MUST, wanted)
        if reason == "veto":
            say(session, wanted, WishKind.NEVER, wishing)
        elif reason == "outvoted":
            say(session, rival, WishKind.MUST, wanted)
            say(session, wanted, WishKind.MUST, rival)
        else:
            state_availability(
                session,
                delegate=session.get_one(Participation, wanted.id).delegates[0],
                slot_ids=set(),
                actor_id=fair.organiser.id,
                now=clock.now(),
            )
    return fair


def _read(app: Flask, database: Database, config: Config, reason: str) -> str:
    fair = _prepare(database, reason)
    round_id = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        round_ = session.get_one(Round, round_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())
        name = session.get_one(Participation, fair.corporates[0].id).organisation.name
    wishing = fair.startups[0]
    visitor = Visitor(app).log_in(fair.people[wishing.id])
    visitor.get(f"/events/{fair.event.slug}/participations/{wishing.id}/agenda")
    section = next(
        part for part in visitor.page().find_all("details") if "without a meeting" in part.get_text()
    )
    return " ".join(section.get_text().replace(name, "THEM").split())


@pytest.mark.parametrize("reason", ["veto", "outvoted"])
def test_reason_cannot_be_told_from_a_calendar_that_is_full(
    reason: str, app: Flask, database: Database, config: Config
) -> None:
    told = _read(app, database, config, reason)
    assert "THEM Not proposed" in told
    assert told == _read(app, database, config, "busy")
