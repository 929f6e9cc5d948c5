"""Phases: gates by hand and by date, each told before and reversible until its mails are out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import Stale
from matchmaker.jobs.phase import take_due_gates
from matchmaker.jobs.round import run_due_round
from matchmaker.models import (
    AuditEntry,
    Event,
    MailStatus,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Phase,
    PhaseGate,
    PlaceKind,
    ReviewAnswerKind,
    Round,
    RoundStatus,
    Seat,
    WishKind,
)
from matchmaker.services.agenda import read_agenda
from matchmaker.services.change import HOLD, AnsweredMeanwhile, MailsOut, find_change, held_changes, send_now
from matchmaker.services.gate import NoDraft, foresee, go_back, take_gate
from matchmaker.services.outbox_delivery import take_due_mails
from matchmaker.services.phase import NoSuchGate, pass_gate, read_phase, set_gate_date
from matchmaker.services.review import answer_review, read_review, round_in_review
from matchmaker.services.round_draft import chosen_round
from matchmaker.services.undo import undo_change
from tests.factories import make_place
from tests.rounds import Fair, make_fair, plain, run_round, say

pytestmark = pytest.mark.both_databases


def _fair(database: Database) -> Fair:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
    return fair


def _take(database: Database, fair: Fair, to: Phase, **more: Any) -> bool:
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        return take_gate(
            session, event=event, to=to, actor_id=fair.organiser.id, now=clock.now(), hold=HOLD, **more
        )


def _back(database: Database, fair: Fair) -> Phase:
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        return go_back(session, event=event, actor_id=fair.organiser.id, now=clock.now())


def _phase(database: Database, fair: Fair) -> Phase:
    with database.reading() as session:
        return read_phase(session, event_id=fair.event.id)


def _mails(database: Database, kind: str) -> int:
    with database.reading() as session:
        return len(session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == kind)).all())


def _compute(database: Database, config: Config) -> None:
    assert run_due_round(database, plain(config)) is not None


def _visible(database: Database, fair: Fair) -> int:
    with database.reading() as session:
        event = session.get_one(Event, fair.event.id)
        return sum(
            len(read_agenda(session, event=event, participation_id=number).meetings) for number in fair.people
        )


def test_event_goes_through_all_phases_and_nobody_sees_a_meeting_before_it_is_published(
    database: Database, config: Config
) -> None:
    fair = _fair(database)
    assert _phase(database, fair) == Phase.PROFILES
    assert not _take(database, fair, Phase.WISHES)  # a run has to compute the suggestions first
    _compute(database, config)
    assert _phase(database, fair) == Phase.PROFILES
    assert take_due_gates(database) == 1
    assert (_phase(database, fair), _mails(database, "suggestions_open")) == (Phase.WISHES, 4)
    assert _take(database, fair, Phase.DRAFT)
    _compute(database, config)
    assert _take(database, fair, Phase.REVIEW)
    assert _mails(database, "review_open") == 4
    _review(database, fair)
    assert _take(database, fair, Phase.TOP_UP)
    _compute(database, config)
    assert _visible(database, fair) == 0
    assert _take(database, fair, Phase.PUBLISHED)
    assert (_phase(database, fair), _mails(database, "agenda_published")) == (Phase.PUBLISHED, 4)
    statuses = _statuses(database)
    assert statuses[MeetingStatus.CONFIRMED] == {(fair.startups[0].id, fair.corporates[0].id)}
    said_no = (fair.startups[1].id, fair.corporates[1].id)
    assert said_no not in statuses[MeetingStatus.PROPOSED]
    assert len(statuses[MeetingStatus.PROPOSED]) == 2
    assert _take(database, fair, Phase.LIVE)
    assert _take(database, fair, Phase.CLOSED)
    with database.reading() as session:
        chosen = sa.select(AuditEntry).where(AuditEntry.action == "pass_gate").order_by(AuditEntry.id)
        entries = session.scalars(chosen)
        assert [entry.details["phase"] for entry in entries] == [phase.value for phase in Phase][1:]


def _review(database: Database, fair: Fair) -> None:
    """The first pair says yes from both sides, the last no from one."""
    one, other, unhappy = fair.startups[0].id, fair.corporates[0].id, fair.startups[1].id
    with database.transaction() as session:
        round_ = round_in_review(session, event_id=fair.event.id)
        assert round_ is not None
        for own, partner, kind in (
            (one, other, ReviewAnswerKind.FITS),
            (other, one, ReviewAnswerKind.FITS),
            (unhappy, fair.corporates[1].id, ReviewAnswerKind.UNFIT),
        ):
            rows = read_review(session, round_=round_, participation_id=own)
            [row] = [row for row in rows if row.partner_id == partner]
            answer_review(
                session, event_id=fair.event.id, meeting_id=row.id, participation_id=own, kind=kind,
                reason="", actor_id=fair.people[own], now=clock.now(),
            )  # fmt: skip


def _statuses(database: Database) -> dict[MeetingStatus, set[tuple[int, int]]]:
    found: dict[MeetingStatus, set[tuple[int, int]]] = {status: set() for status in MeetingStatus}
    with database.reading() as session:
        for row in session.scalars(sa.select(Meeting)):
            found[row.status].add((row.participation_a_id, row.participation_b_id))
    return found


def test_publication_is_undone_with_its_mails_and_the_other_drafts_come_back(
    database: Database, config: Config
) -> None:
    fair = _fair(database)
    first, second = (run_round(database, config, fair.event) for _time in range(2))
    _take(database, fair, Phase.DRAFT)
    with database.transaction() as session:
        session.execute(sa.delete(Round).where(Round.status == RoundStatus.QUEUED))
    with database.reading() as session:
        foreseen = foresee(session, event=fair.event, to=Phase.PUBLISHED)
        assert foreseen.round is not None
        assert (foreseen.round.id, foreseen.people, foreseen.proposed) == (second, 4, 4)
    assert _take(database, fair, Phase.PUBLISHED)
    with database.reading() as session:
        assert session.get_one(Round, first).status == RoundStatus.CLOSED
        [(change, _name, waiting)] = held_changes(session, event_id=fair.event.id, now=clock.now())
        assert (waiting, take_due_mails(session, limit=9, now=clock.now())) == (4, [])
    assert _back(database, fair) == Phase.DRAFT
    with database.reading() as session:
        assert {session.get_one(Round, number).status for number in (first, second)} == {RoundStatus.DRAFT}
        assert session.scalars(sa.select(Seat)).all() == []
        assert _mails(database, "agenda_published") == 0
        chosen = chosen_round(session, event_id=fair.event.id)
        assert chosen is not None
        assert chosen.id == second
    with database.transaction() as session:
        change = find_change(session, event_id=fair.event.id, change_id=change.id)
        assert not undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())
    assert _take(database, fair, Phase.PUBLISHED)
    assert _visible(database, fair) == 8


def test_nothing_is_undone_once_a_mail_has_left_or_somebody_has_answered(
    database: Database, config: Config
) -> None:
    fair = _fair(database)
    run_round(database, config, fair.event)
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now())
    _take(database, fair, Phase.PUBLISHED)
    with database.transaction() as session:
        meeting = session.scalars(sa.select(Meeting)).first()
        assert meeting is not None
        meeting.reason = "somebody was here"
    with pytest.raises(AnsweredMeanwhile):
        _back(database, fair)
    with database.transaction() as session:
        [(change, _name, _count)] = held_changes(session, event_id=fair.event.id, now=clock.now())
        send_now(session, change=change, actor_id=fair.organiser.id, now=clock.now())
        assert len(take_due_mails(session, limit=9, now=clock.now())) == 4
    with pytest.raises(MailsOut):
        _back(database, fair)
    assert _phase(database, fair) == Phase.PUBLISHED


@pytest.mark.parametrize("late", [dt.timedelta(seconds=1), dt.timedelta(seconds=61), dt.timedelta(days=1)])
def test_due_gate_is_taken_once_however_late_the_worker_is(
    database: Database, config: Config, late: dt.timedelta
) -> None:
    fair = _fair(database)
    run_round(database, config, fair.event)
    due_at = clock.now() - late
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now())
        set_gate_date(
            session, event_id=fair.event.id, phase=Phase.REVIEW, due_at=due_at, actor_id=fair.organiser.id,
            now=due_at - dt.timedelta(hours=1),
        )  # fmt: skip
    assert [take_due_gates(database), take_due_gates(database)] == [1, 0]
    assert (_phase(database, fair), _mails(database, "review_open")) == (Phase.REVIEW, 4)
    assert _back(database, fair) == Phase.DRAFT
    assert take_due_gates(database) == 0  # what was gone back through is taken by hand


def test_gate_that_cannot_be_taken_waits_and_says_why(database: Database) -> None:
    fair = _fair(database)
    due_at = clock.now() - dt.timedelta(minutes=1)
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now())
        set_gate_date(
            session, event_id=fair.event.id, phase=Phase.PUBLISHED, due_at=due_at,
            actor_id=fair.organiser.id, now=due_at - dt.timedelta(hours=1),
        )  # fmt: skip
    assert take_due_gates(database) == 0
    with database.reading() as session:
        assert session.get_one(PhaseGate, (fair.event.id, Phase.PUBLISHED)).problem == "NoDraft"
    with pytest.raises(NoDraft):
        _take(database, fair, Phase.PUBLISHED)


def test_gates_have_an_order_and_of_two_organisers_one_is_first(database: Database) -> None:
    fair = _fair(database)
    with pytest.raises(NoSuchGate):
        _take(database, fair, Phase.LIVE)
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now())
    with pytest.raises(Stale), database.transaction() as session:
        pass_gate(
            session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now(),
            before=Phase.PROFILES,
        )  # fmt: skip
    assert _back(database, fair) == Phase.PROFILES


def test_review_is_taken_back_with_its_mails(database: Database, config: Config) -> None:
    fair = _fair(database)
    run_round(database, config, fair.event)
    with database.transaction() as session:
        pass_gate(session, event_id=fair.event.id, to=Phase.DRAFT, actor_id=None, now=clock.now())
    _take(database, fair, Phase.REVIEW, ends_at=clock.now() + dt.timedelta(days=1))
    assert _back(database, fair) == Phase.DRAFT
    with database.reading() as session:
        assert round_in_review(session, event_id=fair.event.id) is None
        assert session.scalar(sa.select(OutboxMail.id).where(OutboxMail.status == MailStatus.PENDING)) is None
