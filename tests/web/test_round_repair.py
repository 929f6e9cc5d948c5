"""Repairing a published round: the exchange that is offered, who is hit, applied at once, told once."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.round_study import run_due_study
from matchmaker.mail.message import compose
from matchmaker.models import (
    SEATED,
    AuditEntry,
    Change,
    Event,
    EventFormat,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Place,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStudy,
    StudyKind,
    StudyStatus,
)
from matchmaker.services.change import AT_ONCE, HOLD, AnsweredMeanwhile
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import cancel
from matchmaker.services.place_closure import close_place
from matchmaker.services.publication import publish_round
from matchmaker.services.round_repair import unpack_plans
from matchmaker.services.round_repair_apply import RepairOutdated, apply_repair
from matchmaker.services.round_study import latest_study, queue_study
from matchmaker.services.undo import undo_change
from tests.factories import make_participation, make_place
from tests.rounds import NEEDS, OFFERS, Fair, make_fair, plain, run_round
from tests.visitor import Visitor


def _published(database: Database, config: Config, *, tables: int = 3) -> tuple[Fair, int]:
    """Three tables in three slots, so that all nine pairs meet; another hall stands empty."""
    with database.transaction() as session:
        fair = make_fair(session, startups=3, corporates=3, slots=4, format=EventFormat.ON_SITE)
        for _ in range(tables):
            make_place(session, fair.event, kind=PlaceKind.TABLE)
    round_id = run_round(database, config, fair.event)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, round_.event_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())
    return fair, round_id


def _lose_a_table(database: Database, fair: Fair) -> Place:
    with database.transaction() as session:
        used = session.scalars(sa.select(Meeting).order_by(Meeting.slot_id, Meeting.id)).first()
        assert used is not None
        place = session.get_one(Place, used.place_id)
        close_place(
            session,
            event_id=fair.event.id,
            place_id=place.id,
            starts_at=fair.slots[0].starts_at,
            ends_at=fair.slots[-1].ends_at,
            actor_id=fair.organiser.id,
            now=clock.now(),
        )
    return place


def _work_out(database: Database, config: Config, fair: Fair, round_id: int) -> RoundStudy:
    with database.transaction() as session:
        queue_study(
            session,
            round_=session.get_one(Round, round_id),
            kind=StudyKind.REPAIR,
            arguments={},
            actor_id=fair.organiser.id,
            now=clock.now(),
        )
    assert run_due_study(database, plain(config)) is not None
    with database.reading() as session:
        study = latest_study(session, round_id=round_id, kind=StudyKind.REPAIR)
        assert study is not None
        assert study.status == StudyStatus.DONE, study.error
        assert study.payload is not None
        return study


def _apply(
    database: Database,
    fair: Fair,
    round_id: int,
    study_id: int,
    option: int,
    hold: dt.timedelta = AT_ONCE,
) -> object:
    with database.transaction() as session:
        return apply_repair(
            session,
            event=session.get_one(Event, fair.event.id),
            round_=session.get_one(Round, round_id),
            study=session.get_one(RoundStudy, study_id),
            option=option,
            actor_id=fair.organiser.id,
            now=clock.now(),
            hold=hold,
        )


def _undo(database: Database, fair: Fair) -> bool:
    with database.transaction() as session:
        change = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
        assert change is not None
        return undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def _standing(database: Database) -> dict[int, tuple[int, int | None]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(Meeting).where(Meeting.status.in_(SEATED)))
        return {row.id: (row.slot_id, row.place_id) for row in rows}


@pytest.mark.both_databases
def test_lost_table_is_repaired_and_each_person_told_once(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config)
    before = _standing(database)
    lost = _lose_a_table(database, fair)
    hit = {number for number, (_, place) in before.items() if place == lost.id}
    study = _work_out(database, config, fair, round_id)
    first, figures = unpack_plans(study.payload)[0], study.result["options"][0]
    touched = {one.meeting_id for one in first.placings} | {one.meeting_id for one in first.dropped}
    assert figures["moved"] + figures["dropped"] <= len(hit) <= len(touched)
    done = _apply(database, fair, round_id, study.id, 0)
    assert done is not None
    after = _standing(database)
    assert all(place != lost.id for _, place in after.values())
    assert all(after[number] == before[number] for number in before.keys() - touched)
    with database.reading() as session:
        assert broken_invariants(session) == {}
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
        assert len({mail.person_id for mail in mails}) == len(mails) > 0
        told = [change["meeting_id"] for mail in mails for change in mail.arguments["changes"]]
        assert set(told) == touched
        assert len(told) == 2 * len(touched)
        assert all(compose(mail, config, reply_to=None, now=clock.now()) for mail in mails)
        actions = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == "meeting")).all()
        assert len(actions) >= len(touched)
    assert _apply(database, fair, round_id, study.id, 0) is None


@pytest.mark.both_databases
def test_repair_is_undone_while_its_mails_wait_and_offered_again(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config)
    _lose_a_table(database, fair)
    before = _standing(database)
    study = _work_out(database, config, fair, round_id)
    for _trial in range(2):
        assert _apply(database, fair, round_id, study.id, 0, hold=HOLD) is not None
        after = _standing(database)
        assert after != before
        with database.reading() as session:
            mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_changed")).all()
            assert all(mail.due_at > clock.now() for mail in mails)
            assert broken_invariants(session) == {}
        assert _undo(database, fair)
        assert not _undo(database, fair)
        assert _standing(database) == before
        with database.reading() as session:
            assert broken_invariants(session) == {}
            assert session.get_one(RoundStudy, study.id).status == StudyStatus.DONE
            kinds = session.scalars(sa.select(OutboxMail.kind)).all()
            assert "agenda_changed" not in kinds


@pytest.mark.both_databases
def test_meetings_that_an_undone_repair_had_added_are_gone(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config, tables=4)
    before = _standing(database)
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        make_participation(session, event, offers=(OFFERS[0],), needs=(NEEDS[0],))
    study = _work_out(database, config, fair, round_id)
    for _trial in range(2):
        _apply(database, fair, round_id, study.id, 0, hold=HOLD)
        assert len(_standing(database)) > len(before)
        assert _undo(database, fair)
        assert _standing(database) == before
        with database.reading() as session:
            assert broken_invariants(session) == {}
            assert set(session.scalars(sa.select(Meeting.id))) == before.keys()


def test_repair_is_not_undone_once_somebody_has_answered(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config)
    _lose_a_table(database, fair)
    study = _work_out(database, config, fair, round_id)
    touched = unpack_plans(study.payload)[0].placings[0].meeting_id
    _apply(database, fair, round_id, study.id, 0, hold=HOLD)
    with database.transaction() as session:
        meeting = session.get_one(Meeting, touched)
        cancel(
            session, event=session.get_one(Event, fair.event.id), meeting_id=meeting.id, reason="",
            participation_id=meeting.participation_a_id, version=meeting.version,
            actor_id=fair.organiser.id, now=clock.now(),
        )  # fmt: skip
    after = _standing(database)
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, fair)
    assert _standing(database) == after


def test_outdated_repair_changes_nothing(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config)
    _lose_a_table(database, fair)
    study = _work_out(database, config, fair, round_id)
    plan = unpack_plans(study.payload)[0]
    touched = plan.placings[0].meeting_id if plan.placings else plan.dropped[0].meeting_id
    with database.transaction() as session:
        meeting = session.get_one(Meeting, touched)
        cancel(
            session,
            event=session.get_one(Event, fair.event.id),
            meeting_id=meeting.id,
            participation_id=meeting.participation_a_id,
            version=meeting.version,
            reason="",
            actor_id=fair.organiser.id,
            now=clock.now(),
        )
    before = _standing(database)
    with pytest.raises(RepairOutdated):
        _apply(database, fair, round_id, study.id, 0)
    assert _standing(database) == before
    with database.reading() as session:
        assert session.get_one(RoundStudy, study.id).status == StudyStatus.DONE


def test_late_arrival_gets_meetings_without_moving_others(database: Database, config: Config) -> None:
    fair, round_id = _published(database, config, tables=4)
    before = _standing(database)
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        late = make_participation(session, event, offers=(OFFERS[0],), needs=(NEEDS[0],))
    study = _work_out(database, config, fair, round_id)
    figures = study.result["options"][0]
    assert (figures["moved"], figures["dropped"]) == (0, 0)
    assert figures["added"] >= 1
    _apply(database, fair, round_id, study.id, 0)
    after = _standing(database)
    assert {number: after[number] for number in before} == before
    with database.reading() as session:
        new = session.scalars(sa.select(Meeting).where(Meeting.id.not_in(before.keys()))).all()
    assert all(late.id in (row.participation_a_id, row.participation_b_id) for row in new)
    assert {row.status for row in new} <= {MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED}


def test_organiser_sees_the_exchange_previews_and_applies(
    app: Flask, database: Database, config: Config
) -> None:
    fair, round_id = _published(database, config)
    visitor = Visitor(app).log_in(fair.organiser)
    repair = f"/events/{fair.event.slug}/rounds/{round_id}/repair"
    visitor.get(repair)
    place = visitor.page().find("select", {"name": "place_id"}).find("option")
    zone = dt.timezone(dt.timedelta(hours=1))
    start, end = fair.slots[0].starts_at.astimezone(zone), fair.slots[-1].ends_at.astimezone(zone)
    visitor.submit(
        action="/closures",
        place_id=place["value"],
        starts_at=f"{start:%Y-%m-%dT%H:%M}",
        ends_at=f"{end:%Y-%m-%dT%H:%M}",
    )
    assert "It is closed." in visitor.text()
    visitor.submit(action="/repair")
    assert "Working it out" in visitor.text()
    run_due_study(database, plain(config))
    visitor.get(repair)
    assert "See who is hit" in visitor.text()
    with database.reading() as session:
        study = session.scalars(sa.select(RoundStudy)).one()
    visitor.get(f"{repair}/{study.id}/0")
    assert "Apply and tell everybody concerned" in visitor.text()
    visitor.submit(action="/0")
    assert "Repaired:" in visitor.text()
    assert "A repair of round 1 was applied" in visitor.text()
    visitor.submit(action="/undo")
    assert "Undone. Nobody was told anything." in visitor.text()
    visitor.get(f"{repair}/{study.id}/0")
    visitor.submit(action="/0")
    assert "Repaired:" in visitor.text()
    visitor.get(f"/events/{fair.event.slug}/rounds/{round_id}")
    assert "The proof has lapsed" in visitor.text()
    visitor.get(repair)
    visitor.submit(action="/reopen")
    assert "Open again" not in visitor.text()


def test_draft_is_not_repaired(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    round_id = run_round(database, config, fair.event)
    with database.reading() as session:
        assert session.get_one(Round, round_id).status == RoundStatus.DRAFT
    visitor = Visitor(app).log_in(fair.organiser)
    visitor.get(f"/events/{fair.event.slug}/rounds/{round_id}/repair")
    assert "Only a published round is repaired." in visitor.text()
