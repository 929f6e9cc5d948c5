"""Which organisations met at earlier events, and how useful they found it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    MOST_USEFUL,
    Event,
    Meeting,
    MeetingStatement,
    MeetingStatus,
    Participation,
)

TOOK_PLACE = (MeetingStatus.CONFIRMED, MeetingStatus.HELD)
"""What was confirmed and not called off counts as met once the event is over."""


@dataclass(frozen=True)
class EarlierMeeting:
    """Where two organisations met, and when that event began."""

    event_name: str
    starts_on: dt.date


def met_earlier(session: Session, *, event: Event) -> frozenset[tuple[int, int]]:
    """Pairs of participations (the smaller id first) whose organisations met at an earlier event."""
    low, high, here, there = (aliased(Participation) for _ in range(4))
    rows = session.execute(
        sa.select(here.id, there.id)
        .select_from(Meeting)
        .join(Event, Event.id == Meeting.event_id)
        .join(low, low.id == Meeting.participation_a_id)
        .join(high, high.id == Meeting.participation_b_id)
        .join(here, sa.and_(here.organisation_id == low.organisation_id, here.event_id == event.id))
        .join(there, sa.and_(there.organisation_id == high.organisation_id, there.event_id == event.id))
        .where(*_is_earlier(event))
        .distinct()
    )
    return frozenset((min(one, other), max(one, other)) for one, other in rows)


def earlier_meetings(
    session: Session, *, event: Event, participation: Participation, other_ids: Collection[int]
) -> dict[int, EarlierMeeting]:
    """The last earlier event at which the participation's organisation met each of these."""
    own, other, here = (aliased(Participation) for _ in range(3))
    sides = sa.or_(
        sa.and_(Meeting.participation_a_id == own.id, Meeting.participation_b_id == other.id),
        sa.and_(Meeting.participation_b_id == own.id, Meeting.participation_a_id == other.id),
    )
    rows = session.execute(
        sa.select(here.id, Event.name, Event.starts_on)
        .select_from(Meeting)
        .join(Event, Event.id == Meeting.event_id)
        .join(own, own.event_id == Meeting.event_id)
        .join(other, sides)
        .join(here, sa.and_(here.organisation_id == other.organisation_id, here.event_id == event.id))
        .where(
            own.organisation_id == participation.organisation_id, here.id.in_(other_ids), *_is_earlier(event)
        )
        .order_by(Event.starts_on, Meeting.id)
    )
    return {number: EarlierMeeting(name, starts_on) for number, name, starts_on in rows}


def ratings_of_earlier(session: Session, *, event: Event) -> dict[tuple[int, int], float]:
    """(from, to) -> -1..1: how the first one's organisation rated its last rated meeting with the other's.

    For the round alone: neither the other side nor an organiser is shown it.
    """
    own, other, here, there = (aliased(Participation) for _ in range(4))
    said = MeetingStatement
    rows = session.execute(
        sa.select(here.id, there.id, said.usefulness)
        .select_from(said)
        .join(Meeting, Meeting.id == said.meeting_id)
        .join(Event, Event.id == Meeting.event_id)
        .join(own, own.id == said.participation_id)
        .join(
            other,
            sa.and_(
                other.id.in_((Meeting.participation_a_id, Meeting.participation_b_id)), other.id != own.id
            ),
        )
        .join(here, sa.and_(here.organisation_id == own.organisation_id, here.event_id == event.id))
        .join(there, sa.and_(there.organisation_id == other.organisation_id, there.event_id == event.id))
        .where(said.usefulness.is_not(None), *_is_earlier(event))
        .order_by(Event.starts_on, said.said_at, said.meeting_id)
    )
    return {(one, partner): rating_of(usefulness) for one, partner, usefulness in rows if usefulness}


def rating_of(usefulness: int) -> float:
    """Usefulness 1..5 as the -1..1 of matching; the middle one says nothing."""
    middle = (1 + MOST_USEFUL) / 2
    return (usefulness - middle) / (MOST_USEFUL - middle)


def _is_earlier(event: Event) -> tuple[sa.ColumnElement[bool], ...]:
    return (Event.id != event.id, Event.ends_on < event.starts_on, Meeting.status.in_(TOOK_PLACE))
