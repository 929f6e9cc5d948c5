"""The organiser reads that a roundtable has too few guests, and calls it off or lets it stay."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Change
from matchmaker.services.change import HOLD
from matchmaker.services.withdrawal import withdraw
from tests.factories import make_place
from tests.rounds import Fair, make_fair
from tests.tables import held_roundtable, sitting_at
from tests.visitor import Visitor


def _short(database: Database) -> tuple[Fair, int, int]:
    """A roundtable with one guest of two; its number and the organiser."""
    with database.transaction() as session:
        fair = make_fair(session)
        row = held_roundtable(session, fair, *fair.startups[:2], place=make_place(session, fair.event))
        withdraw(
            session, event=fair.event, participation_ids=[fair.startups[0].id], actor_id=fair.organiser.id,
            now=clock.now(), hold=HOLD,
        )  # fmt: skip
        return fair, row.id, fair.organiser.id


def test_call_it_off_says_who_is_hit_and_is_undone_with_one_button(app: Flask, database: Database) -> None:
    fair, number, who = _short(database)
    visitor = Visitor(app)
    visitor.log_in(who)
    sessions = f"/events/{fair.event.slug}/sessions"
    visitor.get(sessions)
    assert "1 guest is left, at least 2 are wanted." in visitor.text()
    visitor.get(f"{sessions}/{number}/call-off")
    assert "1 roundtable is called off. 2 people get one mail each." in visitor.text()
    visitor.submit(action="/call-off")
    with database.reading() as session:
        assert sitting_at(session, number) == set()
        change = session.scalars(sa.select(Change.id).order_by(Change.id.desc()).limit(1)).one()
    assert "It is called off." in visitor.text()
    visitor.submit(action=f"/changes/{change}/undo")
    with database.reading() as session:
        assert len(sitting_at(session, number)) == 2


def test_let_it_stay_and_it_is_no_longer_shown(app: Flask, database: Database) -> None:
    fair, number, who = _short(database)
    visitor = Visitor(app)
    visitor.log_in(who)
    visitor.get(f"/events/{fair.event.slug}/sessions/{number}/seats")
    visitor.submit(action="/let-stay")
    assert "for them nothing changes" in visitor.text()
    assert "at least 2 are wanted" not in visitor.text()
