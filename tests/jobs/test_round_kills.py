"""A round whose worker is killed: the old state or the whole new one, and it completes after a restart."""

from __future__ import annotations

import random
import time

import pytest
import sqlalchemy as sa

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Event,
    Meeting,
    MeetingDelegate,
    Round,
    RoundStatus,
    RoundStep,
    Suggestion,
    Unplaced,
)
from matchmaker.scheduling import check
from matchmaker.services.round import queue_round
from matchmaker.services.round_storage import unpack_round
from tests.nursery import Workers
from tests.rounds import make_fair, read_round

KILLS = 20
KILLS_PER_ROUND = 4  # a round gives up after five attempts


def _queue(database: Database, event_id: int) -> int:
    with database.transaction() as session:
        event = session.get_one(Event, event_id)
        settings = {"least_fit": 0.0, "seconds": 1}
        round_ = queue_round(
            session, event=event, step=RoundStep.BOTH, actor_id=None, now=clock.now(), settings=settings
        )
        return round_.id


def _wait_for(database: Database, round_id: int, *, attempt: int) -> Round:
    """Until the attempt is under way, or the round has ended."""
    for _try in range(3000):
        round_ = read_round(database, round_id)
        if round_.status not in (RoundStatus.QUEUED, RoundStatus.COMPUTING):
            return round_
        if round_.status == RoundStatus.COMPUTING and round_.attempts >= attempt:
            return round_
        time.sleep(0.01)
    raise AssertionError("the worker did not take the round up")


def _assert_old_or_whole(database: Database, round_id: int) -> RoundStatus:
    """Nothing of the result is there, or all of it."""
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        counts = [
            session.scalar(sa.select(sa.func.count()).select_from(table).where(table.round_id == round_id))
            or 0
            for table in (Meeting, Suggestion, Unplaced)
        ]
        sitters = session.scalar(
            sa.select(sa.func.count())
            .select_from(MeetingDelegate)
            .join(Meeting, Meeting.id == MeetingDelegate.meeting_id)
            .where(Meeting.round_id == round_id)
        )
        stored = unpack_round(round_)
    if round_.status == RoundStatus.DRAFT:
        assert stored is not None
        assert check(stored.problem, stored.schedule) == []
        assert counts[0] == round_.figures["meetings"] == len(stored.schedule.meetings)
        assert (counts[1], sitters) == (round_.figures["suggestions"], 2 * counts[0])
    else:
        assert round_.status == RoundStatus.COMPUTING
        assert (counts, sitters, stored, round_.figures) == ([0, 0, 0], 0, None, {})
    return round_.status


@pytest.mark.slow
@pytest.mark.both_databases
def test_killed_round_leaves_old_or_whole_and_completes_after_restart(
    database: Database, workers: Workers
) -> None:
    with database.transaction() as session:
        event_id = make_fair(session, startups=50, corporates=50, slots=8).event.id
    chance = random.Random(7)
    found: list[RoundStatus] = []
    killed = 0
    while killed < KILLS:
        round_id = _queue(database, event_id)
        attempt = 0
        while attempt < KILLS_PER_ROUND and killed < KILLS:
            worker = workers.start(stale_after=0.6)
            attempt = _wait_for(database, round_id, attempt=attempt + 1).attempts
            time.sleep(chance.uniform(0.0, 1.0))
            workers.kill(worker)
            killed += 1
            found.append(_assert_old_or_whole(database, round_id))
            if found[-1] == RoundStatus.DRAFT:
                break
        _complete(database, workers, round_id)
        with database.transaction() as session:
            session.get_one(Round, round_id).status = RoundStatus.CLOSED
    assert found.count(RoundStatus.COMPUTING) >= KILLS // 4, "the kills came too late"


def _complete(database: Database, workers: Workers, round_id: int) -> None:
    worker = workers.start(stale_after=0.6)
    for _try in range(1200):
        if read_round(database, round_id).status == RoundStatus.DRAFT:
            break
        time.sleep(0.05)
    assert _assert_old_or_whole(database, round_id) == RoundStatus.DRAFT
    workers.stop(worker)
