"""A restore mails nobody again: neither what waited nor what fell due since the backup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from config import Config
from matchmaker import clock
from matchmaker.backup import back_up, restore
from matchmaker.commands.backup import after_restore
from matchmaker.db import Database
from matchmaker.jobs.periodic import periodic_jobs
from matchmaker.models import (
    AuditEntry,
    Event,
    MailStatus,
    MeetingRequest,
    OutboxMail,
    Phase,
    PhaseGate,
    RequestStatus,
)
from matchmaker.services.meeting_request_ask import ask
from matchmaker.services.phase import pass_gate, read_phase, set_gate_date
from matchmaker.services.restoration import DueGate, NotHeld, read_held, release, settle
from tests.filled import empty_database, make_tables
from tests.rounds import Fair, make_fair, run_round

BY_TIME = ("requests", "meetings", "waiting list", "gates", "reminders")


@pytest.fixture
def restored(
    database_kind: str, tmp_path: Path, config: Config, request: pytest.FixtureRequest
) -> Iterator[tuple[Database, Fair]]:
    """A restored event: since the backup its review fell due and a request ended unanswered."""
    with (
        empty_database(database_kind, tmp_path, request) as source,
        empty_database(database_kind, tmp_path, request) as target,
    ):
        make_tables(source)
        with source.transaction() as session:
            fair = make_fair(session, startups=2, corporates=2)
        run_round(source, config, fair.event)
        _let_fall_due(source, fair)
        back_up(source, tmp_path / "backup")
        restore(target, tmp_path / "backup", now=clock.now())
        yield target, fair


def _let_fall_due(database: Database, fair: Fair) -> None:
    now = clock.now()
    before = now - dt.timedelta(hours=1)
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=before)
        set_gate_date(
            session, event_id=fair.event.id, phase=Phase.REVIEW, due_at=now - dt.timedelta(minutes=1),
            actor_id=fair.organiser.id, now=before,
        )  # fmt: skip
        startup, corporate = fair.startups[0], fair.corporates[1]
        request = ask(
            session, event=fair.event, from_id=startup.id, to_id=corporate.id, slot_id=fair.slots[0].id,
            message="Shall we meet?", actor_id=fair.people[startup.id], now=before,
        )  # fmt: skip
        request.expires_at = now - dt.timedelta(minutes=1)


def _take_a_turn(database: Database, config: Config) -> None:
    for job in periodic_jobs(database, config):
        if job.name in BY_TIME:
            job.work()


def _waiting(database: Database) -> dict[str, int]:
    """Mails that would leave, by kind."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(OutboxMail.kind, sa.func.count())
            .where(OutboxMail.status == MailStatus.PENDING, OutboxMail.held_at.is_(None))
            .group_by(OutboxMail.kind)
        )
        return dict(rows.all())


@pytest.mark.both_databases
def test_clock_stands_still_until_the_operator_has_looked(
    restored: tuple[Database, Fair], config: Config
) -> None:
    database, fair = restored
    _take_a_turn(database, config)
    assert _waiting(database) == {}
    with database.reading() as session:
        held = read_held(session, now=clock.now())
        assert [(gate.phase, gate.people) for gate in held.gates] == [(Phase.REVIEW, 4)]
        assert isinstance(held.gates[0], DueGate)
        assert (held.mails, held.requests, held.meetings) == ({"request_received": 1}, 1, 0)
        assert read_phase(session, event_id=fair.event.id) == Phase.DRAFT


@pytest.mark.both_databases
def test_what_people_do_themselves_is_mailed_while_the_clock_is_held(
    restored: tuple[Database, Fair],
) -> None:
    database, fair = restored
    startup = fair.startups[1]
    with database.transaction() as session:
        ask(
            session, event=session.get_one(Event, fair.event.id), from_id=startup.id,
            to_id=fair.corporates[0].id, slot_id=fair.slots[1].id, message="And we?",
            actor_id=fair.people[startup.id], now=clock.now(),
        )  # fmt: skip
    assert _waiting(database) == {"request_received": 1}


@pytest.mark.both_databases
def test_settled_restore_mails_nobody_and_leaves_gates_to_the_organiser(
    restored: tuple[Database, Fair], config: Config
) -> None:
    database, fair = restored
    with database.transaction() as session:
        assert settle(session, now=clock.now()) >= 2  # the mail that waited, and that the request expired
    _take_a_turn(database, config)
    _take_a_turn(database, config)
    assert _waiting(database) == {}
    with database.reading() as session:
        assert session.get_one(PhaseGate, (fair.event.id, Phase.REVIEW)).due_at is None
        assert read_phase(session, event_id=fair.event.id) == Phase.DRAFT
        assert session.scalars(sa.select(MeetingRequest.status)).all() == [RequestStatus.EXPIRED]
        unsent = sa.select(OutboxMail.sent_at, OutboxMail.arguments)
        assert session.execute(unsent.where(OutboxMail.kind == "request_received")).all() == [(None, {})]
        last = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "set_gate_date")).all()[-1]
        assert (last.actor_id, last.details["phase"]) == (None, "review")


@pytest.mark.both_databases
def test_released_restore_does_what_is_due_once(restored: tuple[Database, Fair], config: Config) -> None:
    database, fair = restored
    with database.transaction() as session:
        assert release(session, now=clock.now()) == 1
    _take_a_turn(database, config)
    _take_a_turn(database, config)
    waiting = _waiting(database)
    assert (waiting["review_open"], waiting["request_received"], waiting["request_expired"]) == (4, 1, 1)
    with database.reading() as session:
        assert read_phase(session, event_id=fair.event.id) == Phase.REVIEW
        with pytest.raises(NotHeld):
            read_held(session, now=clock.now())


def test_command_shows_what_waits_and_changes_nothing_before_it_is_told(
    tmp_path: Path, config: Config, request: pytest.FixtureRequest
) -> None:
    with empty_database("sqlite", tmp_path, request) as source:
        make_tables(source)
        here = replace(config, database_url=str(source.engine.url))
        nothing = CliRunner().invoke(after_restore, [], obj=here)
        assert (nothing.exit_code, "Nothing is held back" in nothing.output) == (1, True)
        with source.transaction() as session:
            fair = make_fair(session, startups=2, corporates=2)
        run_round(source, config, fair.event)
        _let_fall_due(source, fair)
        back_up(source, tmp_path / "backup")
        with empty_database("sqlite", tmp_path, request) as target:
            restore(target, tmp_path / "backup", now=clock.now())
            here = replace(config, database_url=str(target.engine.url))
            for _twice in range(2):
                shown = CliRunner().invoke(after_restore, [], obj=here)
                assert shown.exit_code == 0
                assert "1 waiting mails: request_received" in shown.output
                assert f"the gate review of {fair.event.name}" in shown.output
            settled = CliRunner().invoke(after_restore, ["--settle"], obj=here)
            assert "ended unsent; the clock goes on" in settled.output
            assert CliRunner().invoke(after_restore, ["--send"], obj=here).exit_code == 1
