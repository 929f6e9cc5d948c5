"""Tidying a draft: worked out and shown, used as a run beside it, and undone by a choice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock, scheduling
from matchmaker.db import Database
from matchmaker.errors import Invalid
from matchmaker.jobs.round_study import run_due_study
from matchmaker.models import (
    Event,
    EventFormat,
    Meeting,
    Round,
    RoundStatus,
    RoundStudy,
    StudyStatus,
)
from matchmaker.services.publication import publish_round
from matchmaker.services.review import open_review
from matchmaker.services.round import NotADraft
from matchmaker.services.round_certificate import read_certificate
from matchmaker.services.round_draft import choose_round, chosen_round, lock_meetings
from matchmaker.services.round_storage import unpack_round
from matchmaker.services.round_tidy import TidyOutdated, ask_to_tidy, use_tidy
from matchmaker.services.round_why_not import told_anew
from tests.factories import make_place
from tests.rounds import Fair, make_fair, plain, run_round, scatter
from tests.visitor import Visitor


def _scattered(database: Database, config: Config) -> tuple[Fair, int]:
    """The draft of a round in which one startup waits for a slot between its two meetings."""
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=2, slots=3, format=EventFormat.ON_SITE)
        make_place(session, fair.event)
    round_id = run_round(database, plain(config), fair.event)
    scatter(database, round_id, (0, 2))
    return fair, round_id


def _ask(database: Database, config: Config, fair: Fair, round_id: int, *, moves_seen: bool = False) -> int:
    with database.transaction() as session:
        study = ask_to_tidy(
            session, round_=session.get_one(Round, round_id), fairness=2, moves_seen=moves_seen,
            actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    assert run_due_study(database, plain(config)) == study.id
    return study.id


def _use(database: Database, fair: Fair, round_id: int, study_id: int) -> int:
    with database.transaction() as session:
        made = use_tidy(
            session, round_=session.get_one(Round, round_id), study=session.get_one(RoundStudy, study_id),
            actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
        return made.id


def _times(database: Database, round_id: int) -> dict[tuple[int, int], int]:
    with database.reading() as session:
        rows = session.scalars(sa.select(Meeting).where(Meeting.round_id == round_id))
        return {(row.participation_a_id, row.participation_b_id): row.slot_id for row in rows}


def _result(database: Database, study_id: int) -> dict[str, object]:
    with database.reading() as session:
        study = session.get_one(RoundStudy, study_id)
        assert study.status == StudyStatus.DONE
        return study.result


@pytest.mark.both_databases
def test_tidy_draft_is_a_run_beside_the_draft_and_counts(database: Database, config: Config) -> None:
    fair, round_id = _scattered(database, config)
    before = _times(database, round_id)
    study_id = _ask(database, config, fair, round_id)
    told = _result(database, study_id)
    assert told["before"] == {"breaks": 1, "least": 0, "median": 0, "most": 1}
    assert told["after"] == {"breaks": 0, "least": 0, "median": 0, "most": 0}
    assert [told[name] for name in ("moved", "meetings", "is_checked")] == [1, 2, True]
    assert _times(database, round_id) == before
    made_id = _use(database, fair, round_id, study_id)
    after = _times(database, made_id)
    assert after.keys() == before.keys()
    assert sum(after[pair] != before[pair] for pair in before) == 1
    assert _times(database, round_id) == before
    assert _use(database, fair, round_id, study_id) == made_id
    with database.transaction() as session:
        made, old = session.get_one(Round, made_id), session.get_one(Round, round_id)
        stored = unpack_round(made)
        assert stored is not None
        assert scheduling.check(stored.problem, stored.schedule) == []
        assert made.figures["value"] == old.figures["value"]
        assert chosen_round(session, event_id=fair.event.id) is made
        choose_round(session, round_=old, actor_id=fair.organiser.id, now=clock.now())
        assert chosen_round(session, event_id=fair.event.id) is old


def test_tidy_run_is_published_like_any_other(database: Database, config: Config) -> None:
    fair, round_id = _scattered(database, config)
    made_id = _use(database, fair, round_id, _ask(database, config, fair, round_id))
    with database.transaction() as session:
        made, event = session.get_one(Round, made_id), session.get_one(Event, fair.event.id)
        publish_round(session, round_=made, event=event, actor_id=fair.organiser.id, now=clock.now())
        assert made.status == RoundStatus.PUBLISHED


def test_locked_meetings_stay_and_a_later_lock_outdates_what_was_worked_out(
    database: Database, config: Config
) -> None:
    fair, round_id = _scattered(database, config)
    study_id = _ask(database, config, fair, round_id)
    with database.transaction() as session:
        numbers = set(session.scalars(sa.select(Meeting.id).where(Meeting.round_id == round_id)))
        lock_meetings(
            session, round_=session.get_one(Round, round_id), meeting_ids=numbers, is_locked=True,
            actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    with pytest.raises(TidyOutdated):
        _use(database, fair, round_id, study_id)
    assert _result(database, _ask(database, config, fair, round_id))["is_better"] is False


@pytest.mark.parametrize("moves_seen", [False, True])
def test_meetings_in_review_move_only_when_asked(
    database: Database, config: Config, moves_seen: bool
) -> None:
    fair, round_id = _scattered(database, config)
    with database.transaction() as session:
        open_review(
            session, round_=session.get_one(Round, round_id), event=session.get_one(Event, fair.event.id),
            until=None, actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    study_id = _ask(database, config, fair, round_id, moves_seen=moves_seen)
    assert _result(database, study_id)["is_better"] is moves_seen
    if moves_seen:
        made_id = _use(database, fair, round_id, study_id)
        with database.reading() as session:
            made, old = session.get_one(Round, made_id), session.get_one(Round, round_id)
            assert made.review_opened_at == old.review_opened_at
            assert (made.review_closed_at, old.review_closed_at is None) == (None, False)


def test_only_a_draft_is_tidied_and_only_with_a_bound_that_makes_sense(
    database: Database, config: Config
) -> None:
    fair, round_id = _scattered(database, config)
    with database.transaction() as session:
        round_, event = session.get_one(Round, round_id), session.get_one(Event, fair.event.id)
        with pytest.raises(Invalid):
            ask_to_tidy(
                session, round_=round_, fairness=-1, moves_seen=False, actor_id=fair.organiser.id,
                now=clock.now(),
            )  # fmt: skip
        publish_round(session, round_=round_, event=event, actor_id=fair.organiser.id, now=clock.now())
        with pytest.raises(NotADraft):
            ask_to_tidy(
                session, round_=round_, fairness=2, moves_seen=False, actor_id=fair.organiser.id,
                now=clock.now(),
            )  # fmt: skip


def test_organiser_tidies_on_the_page(app: Flask, database: Database, config: Config) -> None:
    fair, round_id = _scattered(database, config)
    visitor = Visitor(app).log_in(fair.organiser)
    page = f"/events/{fair.event.slug}/rounds/{round_id}"
    assert "Tidy" in visitor.get(page).select_one(".subtabs").get_text()  # type: ignore[union-attr]
    visitor.get(f"{page}/tidy")
    visitor.submit(action=f"/rounds/{round_id}/tidy", fairness="x")
    assert "Write a number between 0 and 20." in visitor.text()
    typed = visitor.page().select_one("#fairness")
    assert typed is not None
    assert typed["value"] == "x"
    visitor.submit(action=f"/rounds/{round_id}/tidy", fairness="1")
    assert "Working it out" in visitor.text()
    assert run_due_study(database, plain(config)) is not None
    visitor.get(f"{page}/tidy")
    assert "1 of 2 meetings are at another time." in visitor.text()
    assert "The bound of the proof is the same" in visitor.text()
    visitor.submit(action="/use")
    assert "has the tidy times and counts now" in visitor.text()
    assert "This run is the one that is reviewed and published." in visitor.text()
    visitor.get(page)
    visitor.submit(action=f"/rounds/{round_id}/choose")
    assert "This round counts now." in visitor.text()


def test_tidy_run_proves_its_own_figures(database: Database, config: Config) -> None:
    fair, round_id = _scattered(database, config)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        stored = unpack_round(round_)
        assert stored is not None
        # as if the draft's times were less comfortable
        told = {**round_.figures["certificate"], "objective": stored.schedule.objective - 7, "hours": 7}
        round_.figures = {**round_.figures, "certificate": told}
    made_id = _use(database, fair, round_id, _ask(database, config, fair, round_id))
    with database.reading() as session:
        made = session.get_one(Round, made_id)
        stored = unpack_round(made)
        assert stored is not None
        proof = read_certificate(made.figures["certificate"])
        assert proof is not None
        assert (proof.objective, proof.hours) == (stored.schedule.objective, 0)
        assert proof.bound >= proof.objective
        assert proof.bound == scheduling.bound(stored.problem, stored.schedule.certificate)


def test_reasons_follow_the_times() -> None:
    """The third can only meet in the first slot: outvoted by whoever meets then."""
    problem = scheduling.Problem(
        slots=tuple(scheduling.Slot(start=30 * t, end=30 * t + 25, day=1, block=1) for t in range(2)),
        participations=tuple(scheduling.Participation(id=str(10 + p)) for p in range(4)),
        delegates=tuple(
            scheduling.Delegate(id=p, person=p, participation=p, slots=(0,) if p == 3 else (0, 1))
            for p in range(4)
        ),
        pairs=tuple(scheduling.Pair(a=0, b=b, value=100 * (4 - b)) for b in (1, 2, 3)),
    )
    schedule = scheduling.solve(problem, seconds=0.0, seed=1)
    told = told_anew(problem, (100, 101), schedule, {(10, 13)})
    at_first = next(m for m in schedule.meetings if m.slot == 0)
    other = problem.pairs[at_first.pair].b
    reason, arguments = told[10, 13]
    assert reason == "outvoted_by"
    assert [10, 10 + other] in arguments["pairs"]
    assert {way["slot"] for way in arguments["ways"]} == {100}
