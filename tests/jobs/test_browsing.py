"""Lists for browsing: computed in the background, by fit, and without anybody's wishes."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing
from matchmaker.models import BrowsingList, BrowsingRun, Participation, WishKind
from matchmaker.services.browsing import REST
from matchmaker.services.participation_rules import set_opt_out
from matchmaker.services.suggestion import read_others
from tests.factories import make_participation
from tests.rounds import Fair, make_fair, plain, say


@pytest.fixture
def fair(database: Database) -> Fair:
    """An event with eight startups and six corporates."""
    with database.transaction() as session:
        return make_fair(session, startups=8, corporates=6, slots=0)


def _lists(database: Database) -> dict[int, list[int]]:
    with database.reading() as session:
        return {row.participation_id: row.other_ids for row in session.scalars(sa.select(BrowsingList))}


def _wait(database: Database) -> None:
    """Let the rest between two computations pass."""
    with database.transaction() as session:
        for run in session.scalars(sa.select(BrowsingRun)):
            run.computed_at -= REST + dt.timedelta(seconds=20 * run.seconds)


def _shown(database: Database, reader: Participation, search: str = "") -> list[int]:
    with database.reading() as session:
        participation = session.get_one(Participation, reader.id)
        return [
            card.id for card in read_others(session, participation=participation, search=search, page=1).cards
        ]


def test_everybody_gets_the_lists_once(database: Database, config: Config, fair: Fair) -> None:
    assert compute_due_browsing(database, plain(config)) == 1
    assert compute_due_browsing(database, plain(config)) == 0
    assert len(_lists(database)) == 14
    _wait(database)
    assert compute_due_browsing(database, plain(config)) == 0


def test_those_who_fit_come_first_and_the_others_by_name(
    database: Database, config: Config, fair: Fair
) -> None:
    compute_due_browsing(database, plain(config))
    with database.transaction() as session:
        late = make_participation(session, fair.event, group="corporates")
    shown = _shown(database, fair.startups[1])
    assert shown == [*_lists(database)[fair.startups[1].id], late.id]
    assert set(shown) == {row.id for row in fair.corporates} | {late.id}
    assert shown[0] == fair.corporates[1].id


def test_wishes_of_nobody_change_a_list(database: Database, config: Config, fair: Fair) -> None:
    compute_due_browsing(database, plain(config))
    before = _lists(database)
    with database.transaction() as session:
        for kind, other in zip(WishKind, fair.startups, strict=False):
            say(session, other, kind, fair.corporates[0])
            say(session, fair.corporates[0], kind, other)
        # something else must change, or the lists would rest
        session.merge(fair.startups[7]).website = "https://new.example"
    _wait(database)
    assert compute_due_browsing(database, plain(config)) == 1
    assert _lists(database) == before


def test_whoever_opts_out_vanishes_at_once_and_from_the_lists_when_they_are_made_again(
    database: Database, config: Config, fair: Fair
) -> None:
    compute_due_browsing(database, plain(config))
    gone = fair.corporates[0]
    with database.transaction() as session:
        set_opt_out(
            session, participation=session.get_one(Participation, gone.id), is_opted_out=True,
            actor_id=fair.people[gone.id], now=clock.now(),
        )  # fmt: skip
    assert all(gone.id not in _shown(database, reader) for reader in fair.startups)
    _wait(database)
    compute_due_browsing(database, plain(config))
    assert all(gone.id not in others for others in _lists(database).values())
    assert gone.id not in _lists(database)


def test_figures_tell_how_evenly_everybody_is_named(database: Database, config: Config, fair: Fair) -> None:
    compute_due_browsing(database, plain(config))
    with database.reading() as session:
        figures = session.scalars(sa.select(BrowsingRun.figures)).one()
    for name in ("by_fit", "with_prices"):
        assert 0 <= figures[name]["gini"] <= 1
        assert figures[name]["share_without"] == 0
        assert figures[name]["most"] == 8
    assert figures["with_prices"]["most_id"] in {row.id for row in fair.corporates}
