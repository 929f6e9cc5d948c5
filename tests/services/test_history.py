"""Organisations that met at an earlier event: told to both, and left out where the organiser says so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    AttendanceKind,
    Event,
    Meeting,
    MeetingStatement,
    MeetingStatus,
    Participation,
    Round,
    RoundStatus,
    RoundStep,
    WishKind,
)
from matchmaker.services.history import earlier_meetings, met_earlier, ratings_of_earlier
from matchmaker.services.round_compute import compute_round
from matchmaker.services.round_input import read_round_input
from tests.factories import NOW, add, make_event, make_meeting, make_participation, make_slots
from tests.rounds import Fair, make_fair, say


def meet_before(
    session: Session, one: Participation, other: Participation, status: MeetingStatus, *, days_ago: int = 30
) -> Event:
    """A meeting of the same two organisations at another event."""
    day = one.event.starts_on - dt.timedelta(days=days_ago)
    event = make_event(session, starts_on=day, ends_on=day, name="Hydrogen day 2025")
    a = make_participation(session, event, organisation=one.organisation)
    b = make_participation(session, event, group="corporates", organisation=other.organisation)
    make_meeting(session, event, slot=make_slots(session, event, count=1)[0], a=a, b=b, status=status)
    return event


@pytest.mark.parametrize(
    ("status", "days_ago", "counts"),
    [
        (MeetingStatus.HELD, 30, True),
        (MeetingStatus.CONFIRMED, 30, True),
        (MeetingStatus.DECLINED, 30, False),
        (MeetingStatus.MISSED, 30, False),
        (MeetingStatus.HELD, -30, False),
    ],
)
def test_meetings_that_took_place_at_earlier_events_count(
    session: Session, status: MeetingStatus, days_ago: int, counts: bool
) -> None:
    fair = make_fair(session, slots=0)
    one, other = fair.startups[1], fair.corporates[2]
    earlier = meet_before(session, one, other, status, days_ago=days_ago)
    assert met_earlier(session, event=fair.event) == ({(one.id, other.id)} if counts else set())
    for own, partner in ((one, other), (other, one)):
        others = {"event": fair.event, "participation": own, "other_ids": [partner.id, own.id]}
        found = earlier_meetings(session, **others)
        assert {number: met.event_name for number, met in found.items()} == (
            {partner.id: earlier.name} if counts else {}
        )


def _queue(session: Session, fair: Fair) -> Round:
    return add(
        session,
        Round(
            event_id=fair.event.id, number=1, step=RoundStep.BOTH, status=RoundStatus.COMPUTING,
            settings={"seconds": 1, "least_fit": 0.0}, due_at=NOW, created_at=NOW,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("excludes", [True, False])
def test_round_leaves_out_earlier_partners_only_where_the_rules_say_so(
    session: Session, excludes: bool
) -> None:
    fair = make_fair(session, startups=2, corporates=2, excludes_met_before=excludes)
    one, other = fair.startups[0], fair.corporates[0]
    meet_before(session, one, other, MeetingStatus.HELD)
    say(session, one, WishKind.MUST, other)
    frozen = read_round_input(session, round_id=_queue(session, fair).id, now=NOW)
    result = compute_round(
        frozen, {}, encoder_version="ngrams:1", is_fallback=False, tell=lambda code, share: None
    )
    listed = {(pair.a_id, pair.b_id) for pair in result.suggestions}
    reasons = {(left.a_id, left.b_id): left.arguments for left in result.unplaced}
    assert ((one.id, other.id) in listed) is not excludes
    assert reasons.get((one.id, other.id)) == ({"why": "met_earlier"} if excludes else None)


@pytest.mark.parametrize("usefulness", [1, 5])
def test_rating_moves_the_value_of_a_round_and_nothing_that_is_seen(
    session: Session, usefulness: int
) -> None:
    fair = make_fair(session, startups=3, corporates=2)
    one, other = fair.startups[0], fair.corporates[0]
    earlier = meet_before(session, one, other, MeetingStatus.HELD)
    frozen = read_round_input(session, round_id=_queue(session, fair).id, now=NOW)
    meeting = session.scalars(sa.select(Meeting).where(Meeting.event_id == earlier.id)).one()
    add(
        session,
        MeetingStatement(
            meeting_id=meeting.id, participation_id=meeting.participation_a_id, event_id=earlier.id,
            kind=AttendanceKind.HELD, usefulness=usefulness, said_at=NOW,
        ),
    )  # fmt: skip
    ratings = ratings_of_earlier(session, event=fair.event)
    assert ratings == {(one.id, other.id): {1: -1.0, 5: 1.0}[usefulness]}
    rated = replace(frozen, ratings=ratings, step=RoundStep.SUGGEST)
    plain, moved = (
        compute_round(
            each, {}, encoder_version="ngrams:1", is_fallback=False, tell=lambda code, share: None
        ).suggestions
        for each in (replace(frozen, step=RoundStep.SUGGEST), rated)
    )
    assert [replace(pair, value=0.0) for pair in plain] == [replace(pair, value=0.0) for pair in moved]
    changed = [(a.a_id, a.b_id, b.value > a.value) for a, b in zip(plain, moved, strict=True) if a != b]
    assert changed == [(one.id, other.id, usefulness == 5)]
