"""What the participations of an event decided of one another, as matching learns from it.

One decision per participation and partner, the latest word that was given: a wish, a request that was made or
answered, a meeting that was accepted, declined or held, and how useful it was. Silence is no decision.
Nothing is read of those who opted out of being suggested.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.matching import Decision, Weights, features_of
from matchmaker.models import (
    AttendanceKind,
    FreedSlot,
    Group,
    Meeting,
    MeetingRequest,
    MeetingStatement,
    MeetingStatus,
    Participation,
    RequestStatus,
    Round,
    Suggestion,
    Wish,
    WishKind,
)
from matchmaker.services.history import rating_of

Said = dict[tuple[int, int], bool]
"""(who decided, of whom) -> wanted, by participation ids."""


@dataclass(frozen=True)
class Collected:
    """Decisions that can be learned from, and why others cannot: a code with how many."""

    decisions: tuple[Decision, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def collect_decisions(session: Session, *, event_id: int, encoder_version: str) -> Collected:
    """The event's decisions with what spoke for and against each pair when it was scored.

    Left out are those of pairs that no round scored closely ("not_scored"), that were scored with another
    encoder ("other_encoder"), or by a round that did not keep its weights ("unknown_weights").
    """
    said = _said(session, event_id)
    rows = session.execute(
        sa.select(Participation.id, Group.code)
        .join(Group, Group.id == Participation.group_id)
        .where(Participation.event_id == event_id, Participation.is_opted_out.is_(False))
    )
    sides: dict[int, str] = {row.id: row.code for row in rows}
    said = {pair: wanted for pair, wanted in said.items() if pair[0] in sides and pair[1] in sides}
    weights = _weights_of_rounds(session, event_id)
    found: dict[tuple[int, int], Decision] = {}
    why: dict[tuple[int, int], str] = dict.fromkeys(said, "not_scored")
    for asker, asked, parts, row in _scored_directions(session, event_id):
        pair = (asker, asked)
        if pair not in said:
            continue
        if row.scorer_version.partition("/")[2] != encoder_version:
            why[pair] = "other_encoder"
        elif row.round_id not in weights:
            why[pair] = "unknown_weights"
        else:
            features = features_of([(code, weight) for code, weight, _values in parts], weights[row.round_id])
            found[pair] = Decision(event_id, features, said[pair], asker, sides[asker])
    left_out = Counter(why[pair] for pair in said if pair not in found)
    return Collected(tuple(found[pair] for pair in sorted(found)), dict(left_out))


def _scored_directions(session: Session, event_id: int) -> Iterator[tuple[int, int, list[Any], sa.Row[Any]]]:
    """Both directions of every scored pair, those of the newest round last."""
    rows = session.execute(
        sa.select(
            Suggestion.round_id,
            Suggestion.participation_a_id,
            Suggestion.participation_b_id,
            Suggestion.explanation,
            Suggestion.scorer_version,
        )
        .where(Suggestion.event_id == event_id)
        .order_by(Suggestion.round_id, Suggestion.id)
        .execution_options(yield_per=1_000)
    )
    for row in rows:
        a_id, b_id = row.participation_a_id, row.participation_b_id
        yield a_id, b_id, row.explanation["ab"], row
        yield b_id, a_id, row.explanation["ba"], row


def _weights_of_rounds(session: Session, event_id: int) -> dict[int, Weights]:
    """The weights that each computed round kept."""
    rows = session.execute(sa.select(Round.id, Round.figures).where(Round.event_id == event_id))
    return {
        number: Weights.from_json(json.dumps(figures["weights"]))
        for number, figures in rows
        if "weights" in figures
    }


def _said(session: Session, event_id: int) -> Said:
    """Each source overrides the one before it, as each is nearer to what happened."""
    said: Said = {}
    for from_id, to_id, kind in session.execute(
        sa.select(Wish.from_id, Wish.to_id, Wish.kind).where(Wish.event_id == event_id)
    ):
        said[from_id, to_id] = kind != WishKind.NEVER
    _hear_requests(session, event_id, said)
    _hear_meetings(session, event_id, said)
    _hear_statements(session, event_id, said)
    return said


def _hear_requests(session: Session, event_id: int, said: Said) -> None:
    requests = session.scalars(
        sa.select(MeetingRequest).where(MeetingRequest.event_id == event_id).order_by(MeetingRequest.asked_at)
    )
    for request in requests:
        if request.status != RequestStatus.WITHDRAWN:
            said[request.from_id, request.to_id] = True
        if request.status == RequestStatus.ACCEPTED:
            said[request.to_id, request.from_id] = True
        elif request.status == RequestStatus.DECLINED:
            said[request.to_id, request.from_id] = False


def _hear_meetings(session: Session, event_id: int, said: Said) -> None:
    """Answers to what rounds and the waiting list proposed; other meetings come from requests.

    A meeting that was cancelled or missed tells nothing: there may have been no time. What a publication
    accepted for somebody, because they had wished it or because it confirmed everything, is no answer.
    """
    offered = sa.select(FreedSlot.offer_id).where(FreedSlot.offer_id.is_not(None))
    rows = session.execute(
        sa.select(Meeting, Round.published_at)
        .outerjoin(Round, Round.id == Meeting.round_id)
        .where(
            Meeting.event_id == event_id,
            Meeting.status != MeetingStatus.DRAFT,
            sa.or_(Meeting.round_id.is_not(None), Meeting.id.in_(offered)),
        )
        .order_by(Meeting.updated_at)
    )
    for meeting, published_at in rows:
        by_itself = (None, published_at, meeting.created_at)
        sides = (meeting.participation_a_id, meeting.participation_b_id)
        for own, other, accepted_at in (
            (*sides, meeting.accepted_a_at),
            (*sides[::-1], meeting.accepted_b_at),
        ):
            if meeting.status == MeetingStatus.DECLINED and meeting.ended_by_id == own:
                said[own, other] = False
            elif meeting.status == MeetingStatus.HELD or accepted_at not in by_itself:
                said[own, other] = True


def _hear_statements(session: Session, event_id: int, said: Said) -> None:
    """What each side said after any meeting, of a round, a request or the waiting list alike.

    Whoever came, wanted it, whether the other came or not; whoever did not come tells nothing. How useful it
    was goes above all; the middle of the scale leaves the rest as it was.
    """
    statements = sa.select(MeetingStatement, Meeting).join(Meeting, Meeting.id == MeetingStatement.meeting_id)
    for statement, meeting in session.execute(
        statements.where(MeetingStatement.event_id == event_id).order_by(MeetingStatement.said_at)
    ):
        own = statement.participation_id
        pair = (own, meeting.other_side(own))
        if statement.kind != AttendanceKind.MISSED:
            said[pair] = True
        if statement.usefulness is not None and rating_of(statement.usefulness):
            said[pair] = rating_of(statement.usefulness) > 0
