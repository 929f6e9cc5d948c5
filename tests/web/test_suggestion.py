"""The page of suggestions: reasons, wishes by buttons, filters, everybody else, acting for somebody."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from bs4 import Tag
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import AuditEntry, Round, RoundStep, Wish
from matchmaker.services.round_opening import open_suggestions
from tests.rounds import Fair, make_fair, run_round
from tests.visitor import Visitor


@pytest.fixture
def fair(database: Database, config: Config) -> Fair:
    """An event whose suggestions are open."""
    with database.transaction() as session:
        made = make_fair(session)
    round_id = run_round(database, config, made.event, RoundStep.SUGGEST)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        open_suggestions(session, round_=round_, actor_id=None, now=clock.now(), wishes_until=None)
    return made


def _path(fair: Fair, page: str = "suggestions") -> str:
    return f"/events/{fair.event.slug}/participations/{fair.startups[0].id}/{page}"


def _press(visitor: Visitor, card_id: int, kind: str) -> Tag:
    """Press one of a card's three buttons and give the card as it is after."""
    card = visitor.page().find(id=f"p{card_id}")
    assert isinstance(card, Tag)
    form = card.find("form")
    assert isinstance(form, Tag)
    data = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    button = next(b for b in form.find_all("button") if b.get_text() == kind)
    response = visitor.client.post(str(form["action"]), data={**data, "kind": str(button["value"])})
    assert response.status_code == 302
    page = visitor.get(response.location.split("#")[0])
    after = page.find(id=f"p{card_id}")
    assert isinstance(after, Tag)
    return after


def _pressed(card: Tag) -> list[str]:
    return [button.get_text() for button in card.find_all("button", {"aria-pressed": "true"})]


def _wishes(database: Database) -> list[tuple[int, int, str, int | None]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(Wish))
        return [(row.from_id, row.to_id, row.kind.value, row.said_by_id) for row in rows]


def test_best_fit_comes_first_with_both_quotes(app: Flask, fair: Fair) -> None:
    visitor = Visitor(app).log_in(fair.people[fair.startups[0].id])
    page = visitor.get(_path(fair))
    cards = page.find_all("article")
    assert len(cards) == 3
    assert cards[0]["id"] == f"p{fair.corporates[0].id}"
    told = " ".join(cards[0].get_text(" ").split())
    assert "They need Green hydrogen for a steel plant" in told
    assert "You offer Electrolysers for green hydrogen" in told


def test_wish_is_said_by_a_button_and_taken_back_by_it(app: Flask, database: Database, fair: Fair) -> None:
    person, other = fair.people[fair.startups[0].id], fair.corporates[1].id
    visitor = Visitor(app).log_in(person)
    visitor.get(_path(fair))
    assert _pressed(_press(visitor, other, "Must")) == ["Must"]
    assert _wishes(database) == [(fair.startups[0].id, other, "must", person)]
    assert _pressed(_press(visitor, other, "Never")) == ["Never"]
    assert _pressed(_press(visitor, other, "Never")) == []
    assert _wishes(database) == []


def test_lists_are_filtered_and_searched(app: Flask, fair: Fair) -> None:
    visitor = Visitor(app).log_in(fair.people[fair.startups[0].id])
    visitor.get(_path(fair))
    _press(visitor, fair.corporates[1].id, "Must")
    assert len(visitor.get(_path(fair) + "?show=must").find_all("article")) == 1
    assert len(visitor.get(_path(fair) + "?show=open").find_all("article")) == 2
    assert len(visitor.get(_path(fair) + "?search=nobody+like+this").find_all("article")) == 0
    assert len(visitor.get(_path(fair) + "?show=nonsense&page=9999999999").find_all("article")) == 3


def test_everybody_else_can_be_wished_for(app: Flask, database: Database, fair: Fair) -> None:
    visitor = Visitor(app).log_in(fair.people[fair.startups[0].id])
    page = visitor.get(_path(fair, "others"))
    assert {card["id"] for card in page.find_all("article")} == {f"p{row.id}" for row in fair.corporates}
    assert _pressed(_press(visitor, fair.corporates[2].id, "Meet")) == ["Meet"]
    assert visitor.response is not None
    assert visitor.response.request.path.endswith("/others")


def test_organiser_acts_visibly_for_a_participation(app: Flask, database: Database, fair: Fair) -> None:
    visitor = Visitor(app).log_in(fair.organiser)
    visitor.get(_path(fair))
    card = _press(visitor, fair.corporates[1].id, "Meet")
    assert "Said for you by Olga Organiser." in card.get_text(" ")
    with database.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "say_wish")).one()
    assert (entry.actor_id, entry.behalf_of_id) == (fair.organiser.id, fair.startups[0].id)
    assert str(fair.corporates[1].id) not in str(entry.details)


def test_without_a_round_the_page_says_what_to_do(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    visitor = Visitor(app).log_in(fair.people[fair.startups[0].id])
    visitor.get(_path(fair))
    assert "There are no suggestions yet." in visitor.text()
