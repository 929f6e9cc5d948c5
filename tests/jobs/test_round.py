"""A round from the queue to its draft, on real rows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker.db import Database
from matchmaker.models import Meeting, MeetingStatus, RoundStatus, Suggestion, Unplaced, WishKind
from matchmaker.scheduling import check
from matchmaker.services.round_storage import unpack_round
from tests.rounds import make_fair, read_round, run_round, say


@pytest.mark.both_databases
def test_round_ends_as_a_draft_with_meetings_and_suggestions(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    round_id = run_round(database, config, fair.event)
    round_ = read_round(database, round_id)
    assert (round_.status, round_.error) == (RoundStatus.DRAFT, "")
    with database.reading() as session:
        meetings = session.scalars(sa.select(Meeting).where(Meeting.round_id == round_id)).all()
        suggestions = session.scalars(sa.select(Suggestion).where(Suggestion.round_id == round_id)).all()
        stored = unpack_round(session.get_one(type(round_), round_id))
    assert {m.status for m in meetings} == {MeetingStatus.DRAFT}
    assert len(meetings) == round_.figures["meetings"] == 9
    assert len(suggestions) == 9
    assert stored is not None
    assert check(stored.problem, stored.schedule) == []


@pytest.mark.both_databases
def test_vetoed_pair_is_never_placed_and_stays_in_the_lists(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
        startup, corporate = fair.startups[0], fair.corporates[0]
        say(session, corporate, WishKind.NEVER, startup)
        say(session, startup, WishKind.MUST, corporate)
    round_id = run_round(database, config, fair.event)
    pair = {startup.id, corporate.id}
    with database.reading() as session:
        meetings = session.scalars(sa.select(Meeting).where(Meeting.round_id == round_id)).all()
        suggestions = session.scalars(sa.select(Suggestion).where(Suggestion.round_id == round_id)).all()
        unplaced = session.scalars(sa.select(Unplaced).where(Unplaced.round_id == round_id)).all()
    assert pair not in [{m.participation_a_id, m.participation_b_id} for m in meetings]
    [listed] = [s for s in suggestions if {s.participation_a_id, s.participation_b_id} == pair]
    assert listed.rank_a == 1
    [left] = [u for u in unplaced if {u.participation_a_id, u.participation_b_id} == pair]
    assert (left.reason, left.arguments) == ("forbidden", {"why": "veto"})
