"""A round in the queue: one at a time, claimed once, taken over from the dead, cancelled, run again."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.models import AuditEntry, Event, Meeting, MeetingStatus, Round, RoundStatus, RoundStep
from matchmaker.services.round import (
    MOST_ATTEMPTS,
    NotADraft,
    RoundActive,
    RoundTaken,
    beat_round,
    cancel_round,
    claim_round,
    fail_round,
    queue_round,
    release_round,
)
from matchmaker.services.round_draft import lock_meetings, run_again
from tests.factories import add, make_event, make_participation, make_person, make_slots

STALE = dt.timedelta(seconds=60)
MINUTE = dt.timedelta(minutes=1)


def _queue(session: Session, now: dt.datetime, event: Event | None = None) -> Round:
    event = event or make_event(session)
    return queue_round(session, event=event, step=RoundStep.BOTH, actor_id=None, now=now)


def test_second_organiser_is_told_who_started_the_round(session: Session, now: dt.datetime) -> None:
    event, ada = make_event(session), make_person(session, name="Ada")
    queue_round(session, event=event, step=RoundStep.SUGGEST, actor_id=ada.id, now=now)
    with pytest.raises(RoundActive, match="Ada has already started round 1"):
        _queue(session, now, event)


@pytest.mark.both_databases
def test_two_organisers_at_once_get_one_round(database: Database, now: dt.datetime) -> None:
    with database.transaction() as session:
        event_id = make_event(session).id

    def start(_number: int) -> bool:
        try:
            with database.transaction() as session:
                _queue(session, now, session.get_one(Event, event_id))
        except RoundActive:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(start, range(8)))
    assert sum(started) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Round)) == 1


@pytest.mark.both_databases
def test_of_several_workers_one_claims_a_round(database: Database, now: dt.datetime) -> None:
    with database.transaction() as session:
        round_id = _queue(session, now).id

    def claim(_number: int) -> tuple[int, int] | None:
        with database.transaction() as session:
            return claim_round(session, now=now, stale_after=STALE)

    with ThreadPoolExecutor(8) as pool:
        claims = [found for found in pool.map(claim, range(8)) if found is not None]
    assert claims == [(round_id, 1)]


def test_round_of_a_set_time_waits_for_it(session: Session, now: dt.datetime) -> None:
    event = make_event(session)
    queue_round(session, event=event, step=RoundStep.BOTH, actor_id=None, now=now, due_at=now + MINUTE)
    assert claim_round(session, now=now) is None
    assert claim_round(session, now=now + MINUTE) is not None


def test_round_of_a_dead_worker_is_taken_over_and_the_dead_one_counts_no_more(
    session: Session, now: dt.datetime
) -> None:
    round_id = _queue(session, now).id
    assert claim_round(session, now=now, stale_after=STALE) == (round_id, 1)
    assert claim_round(session, now=now + STALE, stale_after=STALE) is None
    later = now + STALE + MINUTE
    assert claim_round(session, now=later, stale_after=STALE) == (round_id, 2)
    beat_round(session, round_id=round_id, attempt=2, now=later, progress=0.5, code="scoring")
    with pytest.raises(RoundTaken):
        beat_round(session, round_id=round_id, attempt=1, now=later)
    fail_round(session, round_id=round_id, attempt=1, code="unexpected", arguments={}, now=later)
    assert session.get_one(Round, round_id, populate_existing=True).status == RoundStatus.COMPUTING


def test_round_that_always_kills_its_worker_fails_in_words(session: Session, now: dt.datetime) -> None:
    round_ = _queue(session, now)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claim_round(session, now=now, stale_after=STALE) == (round_.id, attempt)
        now += STALE + MINUTE
    assert claim_round(session, now=now, stale_after=STALE) is None
    session.refresh(round_)
    assert (round_.status, round_.error, round_.error_arguments) == (
        RoundStatus.FAILED,
        "gave_up",
        {"attempts": MOST_ATTEMPTS},
    )


def test_clean_stop_of_a_worker_costs_no_attempt(session: Session, now: dt.datetime) -> None:
    round_id = _queue(session, now).id
    claim_round(session, now=now)
    release_round(session, round_id=round_id, attempt=1, is_clean=True)
    assert claim_round(session, now=now) == (round_id, 1)


def test_cancelled_round_takes_no_more_progress(session: Session, now: dt.datetime) -> None:
    round_, ada = _queue(session, now), make_person(session)
    claim_round(session, now=now)
    session.refresh(round_)
    cancel_round(session, round_=round_, actor_id=ada.id, now=now)
    with pytest.raises(RoundTaken):
        beat_round(session, round_id=round_.id, attempt=1, now=now)
    actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["queue_round", "cancel_round"]


def _draft(session: Session, now: dt.datetime) -> tuple[Round, Meeting]:
    event = make_event(session)
    one, other = make_participation(session, event), make_participation(session, event, group="corporates")
    [slot] = make_slots(session, event, count=1)
    round_ = _queue(session, now, event)
    round_.status = RoundStatus.DRAFT
    meeting = Meeting(
        event_id=event.id, round_id=round_.id, participation_a_id=one.id, participation_b_id=other.id,
        slot_id=slot.id, status=MeetingStatus.DRAFT, uid="draft@test", created_at=now, updated_at=now,
    )  # fmt: skip
    return round_, add(session, meeting)


def test_locks_are_of_drafts_only(session: Session, now: dt.datetime) -> None:
    (round_, meeting), ada = _draft(session, now), make_person(session)
    chosen = {meeting.id, 999}
    lock = {"round_": round_, "meeting_ids": chosen, "actor_id": ada.id, "now": now}
    assert lock_meetings(session, is_locked=True, **lock) == 1
    assert lock_meetings(session, is_locked=True, **lock) == 0
    assert meeting.is_locked
    round_.status = RoundStatus.PUBLISHED
    with pytest.raises(NotADraft):
        lock_meetings(session, is_locked=False, **lock)


def test_run_again_continues_the_draft(session: Session, now: dt.datetime) -> None:
    (round_, _meeting), ada = _draft(session, now), make_person(session)
    event = session.get_one(Event, round_.event_id)
    again = run_again(session, event=event, round_=round_, actor_id=ada.id, now=now)
    assert (again.number, again.settings["continues_id"]) == (2, round_.id)


def test_discarding_a_draft_drops_its_meetings(session: Session, now: dt.datetime) -> None:
    (round_, meeting), ada = _draft(session, now), make_person(session)
    cancel_round(session, round_=round_, actor_id=ada.id, now=now)
    session.expire_all()
    assert session.get(Meeting, meeting.id) is None
