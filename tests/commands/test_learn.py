"""`matchmaker learn`: refuses under 300 decisions, proposes from there on, and changes nothing by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from config import Config
from matchmaker.commands.learn import learn_weights
from matchmaker.db import Database
from matchmaker.models import Event, LearnedWeights, Round, RoundStep, Suggestion, Wish, WishKind
from matchmaker.services.learned_weights import weights_of
from tests.factories import NOW
from tests.rounds import make_fair, plain, run_round


def decided_event(database: Database, config: Config, *, firms: int) -> Event:
    """An event at which everybody said meet or never to everybody, more often meet where the fit is high."""
    with database.transaction() as session:
        fair = make_fair(session, startups=firms, corporates=firms, slots=0)
    round_id = run_round(database, config, fair.event, RoundStep.SUGGEST, top=firms)
    random = np.random.default_rng(firms)
    with database.transaction() as session:
        for row in session.scalars(sa.select(Suggestion).where(Suggestion.round_id == round_id)):
            sides = (row.participation_a_id, row.participation_b_id)
            for one, other, fit in ((*sides, row.fit_ab), (*sides[::-1], row.fit_ba)):
                kind = WishKind.MEET if random.random() < min(1.0, 0.1 + 2 * fit) else WishKind.NEVER
                wish = Wish(from_id=one, to_id=other, event_id=fair.event.id, kind=kind, said_at=NOW)
                session.add(wish)
    return fair.event


def run(config: Config, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(learn_weights, words, obj=plain(config))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_too_few_decisions_are_refused_with_their_number(database: Database, config: Config) -> None:
    event = decided_event(database, config, firms=3)
    code, told = run(config, event.slug)
    assert code == 1
    assert "There are 18 decisions to learn from; 300 are needed." in told
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(LearnedWeights.id))) == 0


@pytest.mark.slow
def test_enough_decisions_become_a_proposal_with_old_and_new_figures(
    database: Database, config: Config
) -> None:
    events = [decided_event(database, config, firms=firms) for firms in (10, 9)]
    code, told = run(config, events[0].slug, events[1].slug, "--for", events[1].slug)
    assert code == 0, told
    assert f"{events[0].slug}: 200 decisions" in told
    assert "held out whole, 2 in turn" in told
    assert "startups (181 decisions)" in told
    with database.reading() as session:
        row = session.scalars(sa.select(LearnedWeights)).one()
        assert (row.event_id, row.decisions, row.whole_events) == (events[1].id, 362, True)
        assert row.figures["all"]["new"]["log_loss"] < row.figures["all"]["present"]["log_loss"]
        assert [source["decisions"] for source in row.sources] == [200, 162]
        for event in events:
            assert weights_of(session, event_id=event.id).learned is None
        assert session.scalars(sa.select(Round.id).where(Round.event_id == events[1].id)).all()


def test_single_event_says_that_participations_were_held_out(database: Database, config: Config) -> None:
    event = decided_event(database, config, firms=13)
    code, told = run(config, event.slug)
    assert code == 0, told
    assert "There is only one event: participations were held out" in told


def test_unknown_event_is_named(database: Database, config: Config) -> None:
    code, told = run(replace(config), "no-such-event")
    assert (code, told.strip()) == (1, "There is no event no-such-event.")
