"""Decisions collected, weights proposed, chosen, used by rounds and taken back."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker.db import Database
from matchmaker.errors import NotFound
from matchmaker.matching import Weights
from matchmaker.models import (
    AuditEntry,
    MeetingRequest,
    MeetingStatus,
    RequestStatus,
    Round,
    RoundStep,
    WishKind,
)
from matchmaker.services.decision import Collected, collect_decisions
from matchmaker.services.learned_weights import (
    choose_weights,
    is_calibrated,
    read_choices,
    weights_of,
)
from tests.factories import NOW, add, make_event, make_meeting, make_person
from tests.rounds import Fair, make_fair, propose, read_round, run_round, say


@pytest.fixture
def scored(database: Database, config: Config) -> tuple[Fair, str]:
    """An event whose pairs a round has scored, and the encoder that it used."""
    with database.transaction() as session:
        fair = make_fair(session)
    round_id = run_round(database, config, fair.event, RoundStep.SUGGEST)
    return fair, str(read_round(database, round_id).figures["encoder"])


def collect(database: Database, fair: Fair, encoder: str) -> Collected:
    with database.reading() as session:
        return collect_decisions(session, event_id=fair.event.id, encoder_version=encoder)


def test_wishes_are_decisions_of_the_side_that_said_them(
    database: Database, scored: tuple[Fair, str]
) -> None:
    fair, encoder = scored
    with database.transaction() as session:
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
        say(session, fair.corporates[1], WishKind.NEVER, fair.startups[0])
    found = collect(database, fair, encoder).decisions
    assert [(one.asker, one.side, one.wanted) for one in found] == [
        (fair.startups[0].id, "startups", True),
        (fair.corporates[1].id, "corporates", False),
    ]
    assert found[0].features[0] == 1.0
    assert any(found[0].features[1:])


def test_an_answer_counts_for_more_than_the_wish_before_it(
    database: Database, scored: tuple[Fair, str]
) -> None:
    fair, encoder = scored
    one, other = fair.startups[0], fair.corporates[0]
    with database.transaction() as session:
        say(session, other, WishKind.MEET, one)
        request = MeetingRequest(
            event_id=fair.event.id, from_id=one.id, to_id=other.id, slot_id=fair.slots[0].id,
            status=RequestStatus.DECLINED, asked_at=NOW, expires_at=NOW + dt.timedelta(days=1),
        )  # fmt: skip
        add(session, request)
    found = collect(database, fair, encoder).decisions
    assert {(decision.asker, decision.wanted) for decision in found} == {(one.id, True), (other.id, False)}


def test_declined_and_held_meetings_of_rounds_are_decisions(
    database: Database, scored: tuple[Fair, str]
) -> None:
    fair, encoder = scored
    with database.transaction() as session:
        round_id = session.scalars(sa.select(Round.id)).one()
        for n, status in enumerate((MeetingStatus.DECLINED, MeetingStatus.HELD)):
            make_meeting(
                session, fair.event, slot=fair.slots[n], a=fair.startups[n], b=fair.corporates[n],
                round_id=round_id, status=status, ended_by_id=fair.corporates[n].id,
            )  # fmt: skip
    found = {(one.asker, one.wanted) for one in collect(database, fair, encoder).decisions}
    assert found == {
        (fair.corporates[0].id, False), (fair.startups[1].id, True), (fair.corporates[1].id, True),
    }  # fmt: skip


def test_nothing_is_learned_of_those_who_opted_out(database: Database, scored: tuple[Fair, str]) -> None:
    fair, encoder = scored
    with database.transaction() as session:
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
        say(session, fair.corporates[0], WishKind.MUST, fair.startups[0])
        session.merge(fair.startups[0]).is_opted_out = True
    assert collect(database, fair, encoder) == Collected((), {})


def test_decisions_scored_with_another_encoder_are_left_out_and_counted(
    database: Database, scored: tuple[Fair, str]
) -> None:
    fair, _encoder = scored
    with database.transaction() as session:
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
    assert collect(database, fair, "another:1") == Collected((), {"other_encoder": 1})


@pytest.mark.both_databases
def test_proposal_changes_nothing_until_it_is_chosen_and_choosing_is_undone(session: Session) -> None:
    event, organiser = make_event(session), make_person(session)
    row = propose(session, event)
    assert weights_of(session, event_id=event.id).weights == Weights()
    acting = {"event_id": event.id, "actor_id": organiser.id, "now": NOW}
    choose_weights(session, learned_weights_id=row.id, **acting)
    choose_weights(session, learned_weights_id=row.id, **acting)
    used = weights_of(session, event_id=event.id)
    assert (used.weights.need, used.weights.version) == (2.0, row.version)
    assert used.for_encoder("another:1") == Weights()
    choose_weights(session, learned_weights_id=None, **acting)
    assert weights_of(session, event_id=event.id).weights == Weights()
    assert [choice.version for choice in read_choices(session, event_id=event.id)] == [None, row.version]
    actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["propose_weights", "choose_weights", "choose_weights"]


def test_weights_of_another_event_cannot_be_chosen(session: Session) -> None:
    row = propose(session, make_event(session))
    other, organiser = make_event(session), make_person(session)
    with pytest.raises(NotFound):
        choose_weights(session, event_id=other.id, learned_weights_id=row.id, actor_id=organiser.id, now=NOW)


def test_only_weights_that_were_better_on_whole_events_are_called_calibrated(session: Session) -> None:
    event = make_event(session)
    assert is_calibrated(propose(session, event))
    assert not is_calibrated(propose(session, event, whole_events=False))
    assert not is_calibrated(None)


def test_round_keeps_the_weights_that_it_was_computed_with(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    before = run_round(database, config, fair.event, RoundStep.SUGGEST)
    encoder = str(read_round(database, before).figures["encoder"])
    with database.transaction() as session:
        row = propose(session, fair.event)
        row.encoder_version = encoder
        choose_weights(
            session, event_id=fair.event.id, learned_weights_id=row.id, actor_id=fair.organiser.id, now=NOW
        )
    after = run_round(database, config, fair.event, RoundStep.SUGGEST)
    assert read_round(database, before).figures["weights"]["version"] == Weights().version
    assert read_round(database, after).figures["weights"]["version"] == row.version
