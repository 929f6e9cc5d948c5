"""Lists for browsing: computed in the background, by fit, and without anybody's wishes."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing, update_browsing
from matchmaker.jobs.vector import encode_saved_texts, encoder_of
from matchmaker.models import BrowsingList, BrowsingRun, EntryKind, Event, Participation, WishKind
from matchmaker.services import browsing
from matchmaker.services.browsing import REST, Kept
from matchmaker.services.participation_rules import set_opt_out
from matchmaker.services.suggestion import read_others
from tests.factories import make_participation
from tests.rounds import NEEDS, Fair, make_fair, plain, say


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


def _candidates(database: Database) -> dict[int, tuple[list[int], list[float]]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(BrowsingList))
        return {
            row.participation_id: (Kept.of(row).others.tolist(), Kept.of(row).fits.tolist()) for row in rows
        }


def _encode(database: Database, config: Config) -> None:
    encode_saved_texts(database, encoder_of(plain(config)))


def _add(database: Database, fair: Fair, *, need: str = NEEDS[0]) -> Participation:
    with database.transaction() as session:
        event = session.merge(fair.event)
        return make_participation(session, event, group="corporates", offers=("A site",), needs=(need,))


def _assert_as_computed_again(database: Database, config: Config) -> None:
    """Every candidate is what a whole computation gives."""
    updated = _candidates(database)
    with database.transaction() as session:
        session.execute(sa.delete(BrowsingRun))
    assert compute_due_browsing(database, plain(config)) == 1
    whole = _candidates(database)
    assert {number: others for number, (others, _) in updated.items()} == {
        number: others for number, (others, _) in whole.items()
    }
    for number, (_, fits) in updated.items():
        assert fits == pytest.approx(whole[number][1], abs=1e-5)


@pytest.mark.both_databases
def test_newcomer_is_placed_at_once_for_both_sides(
    database: Database, config: Config, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "CANDIDATES", 4)
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    late = _add(database, fair)
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 1
    lists = _lists(database)
    assert lists[late.id][0] in {fair.startups[0].id, fair.startups[6].id}
    assert late.id in lists[fair.startups[0].id]
    _assert_as_computed_again(database, config)


def test_changed_profile_moves_in_all_lists(
    database: Database, config: Config, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    with database.transaction() as session:
        other = session.get_one(Participation, fair.corporates[0].id)
        next(entry for entry in other.entries if entry.kind == EntryKind.NEED).title = NEEDS[2]
        other.updated_at = clock.now()
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 1
    _assert_as_computed_again(database, config)


def test_list_from_which_a_changed_profile_fell_still_shows_as_many(
    database: Database, config: Config, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "CANDIDATES", 4)
    monkeypatch.setattr(browsing, "LENGTH", 3)
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    reader, before = fair.startups[0], _candidates(database)
    best = before[reader.id][0][0]
    with database.transaction() as session:
        other = session.get_one(Participation, best)
        for entry in other.entries:
            entry.title = entry.text = "Nothing that anybody asked for"
            entry.topics = []
        other.updated_at = clock.now()
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 1
    # whom the free place lets in, only the whole computation says: more are kept than shown until then
    assert _candidates(database)[reader.id][0] == before[reader.id][0][1:]
    assert len(_lists(database)[reader.id]) == 3
    with database.transaction() as session:
        session.execute(sa.delete(BrowsingRun))
    compute_due_browsing(database, plain(config))
    assert len(_candidates(database)[reader.id][0]) == 4


def test_newcomer_waits_for_its_vectors_and_nothing_is_done_twice(
    database: Database, config: Config, fair: Fair
) -> None:
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    late = _add(database, fair, need="A need that nobody wrote before")
    assert update_browsing(database, plain(config)) == 0
    assert late.id not in _lists(database)
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 1
    assert update_browsing(database, plain(config)) == 0


def test_lists_made_before_the_vectors_are_mended_when_they_come(
    database: Database, config: Config, fair: Fair
) -> None:
    compute_due_browsing(database, plain(config))
    assert update_browsing(database, plain(config)) == 0
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 14
    _assert_as_computed_again(database, config)


def test_wishes_of_nobody_change_where_a_newcomer_stands(
    database: Database, config: Config, fair: Fair
) -> None:
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    late = _add(database, fair)
    with database.transaction() as session:
        for startup in fair.startups:
            say(session, startup, WishKind.NEVER, late)
    _encode(database, config)
    update_browsing(database, plain(config))
    assert set(_lists(database)[late.id]) == {row.id for row in fair.startups}
    assert all(late.id in _lists(database)[row.id] for row in fair.startups)


def test_changed_rules_leave_everything_to_the_whole_computation(
    database: Database, config: Config, fair: Fair
) -> None:
    _encode(database, config)
    compute_due_browsing(database, plain(config))
    _add(database, fair)
    with database.transaction() as session:
        session.get_one(Event, fair.event.id).excludes_met_before = True
    _encode(database, config)
    assert update_browsing(database, plain(config)) == 0
