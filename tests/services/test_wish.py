"""Wishes, and that neither side ever learns the other's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import NotFound
from matchmaker.models import Participation, Round, RoundStep, Wish, WishKind
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.suggestion import Shown, read_suggestions
from matchmaker.services.wish import (
    CannotMeet,
    Musts,
    MustsSpent,
    musts_beyond_budget,
    read_musts,
    say_wish,
)
from tests.factories import make_event, make_participation, make_person
from tests.rounds import Fair, make_fair, run_round, say
from tests.visitor import Visitor


def _said(session: Session) -> list[tuple[int, int, str]]:
    return [(row.from_id, row.to_id, row.kind.value) for row in session.scalars(sa.select(Wish))]


def test_wish_is_said_changed_and_taken_back(session: Session, now: dt.datetime) -> None:
    event, ada = make_event(session), make_person(session)
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    about = {"participation": one, "other_id": other.id, "actor_id": ada.id, "now": now}
    say_wish(session, kind=WishKind.MUST, **about)
    say_wish(session, kind=WishKind.NEVER, **about)
    assert _said(session) == [(one.id, other.id, "never")]
    say_wish(session, kind=None, **about)
    assert _said(session) == []


def test_wish_about_somebody_whom_the_rules_exclude_is_refused(session: Session, now: dt.datetime) -> None:
    event, ada = make_event(session), make_person(session)
    one, rival = make_participation(session, event), make_participation(session, event)
    stranger = make_participation(session, make_event(session), group="corporates")
    for other, error in ((rival, CannotMeet), (stranger, NotFound), (one, CannotMeet)):
        with pytest.raises(error):
            say_wish(
                session, participation=one, other_id=other.id, kind=WishKind.MEET, actor_id=ada.id, now=now
            )


def test_musts_beyond_the_budget_are_refused_and_lose_nothing(session: Session, now: dt.datetime) -> None:
    event, ada = make_event(session, most_musts=2), make_person(session)
    one = make_participation(session, event)
    others = [make_participation(session, event, group="corporates") for _number in range(3)]
    about = {"participation": one, "actor_id": ada.id, "now": now}
    say_wish(session, other_id=others[2].id, kind=WishKind.MEET, **about)
    for other in others[:2]:
        say_wish(session, other_id=other.id, kind=WishKind.MUST, **about)
    with pytest.raises(MustsSpent, match="all 2 musts"):
        say_wish(session, other_id=others[2].id, kind=WishKind.MUST, **about)
    assert sorted(_said(session))[2] == (one.id, others[2].id, "meet")
    say_wish(session, other_id=others[0].id, kind=WishKind.MUST, **about)  # a second click is harmless
    say_wish(session, other_id=others[0].id, kind=None, **about)
    say_wish(session, other_id=others[2].id, kind=WishKind.MUST, **about)
    assert read_musts(session, participation=one) == Musts(said=2, most=2)


def test_newest_musts_count_as_meet_once_the_budget_is_lowered(session: Session, now: dt.datetime) -> None:
    event, ada = make_event(session), make_person(session)
    one = make_participation(session, event)
    others = [make_participation(session, event, group="corporates") for _number in range(3)]
    for minute, other in enumerate(reversed(others)):
        moment = now + dt.timedelta(minutes=minute)
        say_wish(
            session, participation=one, other_id=other.id, kind=WishKind.MUST, actor_id=ada.id, now=moment
        )
    assert musts_beyond_budget(session, event=event) == set()
    event.most_musts = 2
    session.flush()
    assert musts_beyond_budget(session, event=event) == {(one.id, others[0].id)}
    assert read_musts(session, participation=one).excess == 1
    assert len(_said(session)) == 3  # nothing is forgotten: raised again, all count again


def _opened(database: Database, config: Config, fair: Fair) -> int:
    round_id = run_round(database, config, fair.event, RoundStep.SUGGEST)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        open_suggestions(session, round_=round_, actor_id=None, now=clock.now(), wishes_until=None)
    return round_id


def _seen(app: Flask, database: Database, config: Config, wish: WishKind | None) -> tuple[Any, str, str]:
    """What a startup is shown, as data and as pages, where a corporate said this of it."""
    with database.transaction() as session:
        fair = make_fair(session)
        if wish is not None:
            say(session, fair.corporates[0], wish, fair.startups[0])
    round_id = _opened(database, config, fair)
    startup = fair.startups[0]
    with database.reading() as session:
        page = read_suggestions(
            session,
            participation=session.get_one(Participation, startup.id),
            round_=session.get_one(Round, round_id),
            shown=Shown.ALL,
            search="",
            page=1,
        )
    first = fair.corporates[0].id
    data = [
        (card.id - first, card.fit, card.theirs, card.ours, card.confidence, card.wish) for card in page.cards
    ]
    visitor = Visitor(app).log_in(fair.people[startup.id])
    base = f"/events/{fair.event.slug}/participations/{startup.id}"
    return data, _plain(visitor, f"{base}/suggestions"), _plain(visitor, f"{base}/others")


def _plain(visitor: Visitor, path: str) -> str:
    """The page with what differs between two events taken out."""
    page = visitor.get(path)
    for name in page.find_all("h2"):
        name.string = "name"
    return " ".join(page.find("main").get_text(" ").split())  # type: ignore[union-attr]


@pytest.mark.parametrize("wish", [WishKind.NEVER, WishKind.MUST, WishKind.MEET])
def test_what_one_side_sees_does_not_depend_on_the_wishes_of_the_other(
    app: Flask, database: Database, config: Config, wish: WishKind
) -> None:
    assert _seen(app, database, config, wish) == _seen(app, database, config, None)


def test_vetoed_one_can_still_say_what_it_likes(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
        say(session, fair.corporates[0], WishKind.NEVER, fair.startups[0])
    _opened(database, config, fair)
    visitor = Visitor(app).log_in(fair.people[fair.startups[0].id])
    path = f"/events/{fair.event.slug}/participations/{fair.startups[0].id}/suggestions"
    page = visitor.get(path)
    card = page.find(id=f"p{fair.corporates[0].id}")
    assert card is not None
    token = page.find("input", {"name": "csrf_token"})["value"]  # type: ignore[index]
    answer = visitor.client.post(
        path.replace("suggestions", "wishes"),
        data={"csrf_token": token, "other_id": fair.corporates[0].id, "kind": "must"},
    )
    assert answer.status_code == 302
    assert answer.location.endswith(f"#p{fair.corporates[0].id}")
    with database.reading() as session:
        assert (fair.startups[0].id, fair.corporates[0].id, "must") in _said(session)
