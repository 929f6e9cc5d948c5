"""What came of an event: who registered, who has confirmed meetings, what was held; per group and country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Event,
    Meeting,
    MeetingStatement,
    MeetingStatus,
    Organisation,
    Participation,
    ParticipationStatus,
)

PUBLISHED = tuple(status for status in MeetingStatus if status != MeetingStatus.DRAFT)

LEAST_RATERS = 5
"""Firms that must have said how useful their meetings were before a group's average is shown."""


@dataclass(frozen=True)
class ResultLine:
    """The figures of a group or country: participations, and the meetings in which it has a side.

    registered counts all but those withdrawn, confirmed those who confirmed their profile themselves.
    Meetings: published in all, confirmed those that both sides accepted, held and missed among them.
    usefulness is what the firms of a group said on average, 1..5; None where fewer than LEAST_RATERS did.
    """

    name: str
    registered: int = 0
    confirmed: int = 0
    published: int = 0
    accepted: int = 0
    held: int = 0
    missed: int = 0
    without: int = 0
    usefulness: float | None = None


@dataclass(frozen=True)
class Results:
    """The whole event, its groups in their order, its countries by size."""

    total: ResultLine
    groups: tuple[ResultLine, ...]
    countries: tuple[ResultLine, ...]
    statuses: Mapping[MeetingStatus, int] = field(default_factory=dict)


ACCEPTED = (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.MISSED)


def read_results(session: Session, *, event: Event) -> Results:
    """Count the event as it stands now, in three queries."""
    people = session.execute(
        sa.select(
            Participation.id,
            Participation.group_id,
            sa.func.coalesce(sa.func.nullif(Participation.country, ""), Organisation.country).label(
                "country"
            ),
            Participation.confirmed_at,
        )
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Participation.event_id == event.id,
            Participation.status.in_((ParticipationStatus.REGISTERED, ParticipationStatus.APPROVED)),
        )
    ).all()
    meetings = session.execute(
        sa.select(Meeting.participation_a_id, Meeting.participation_b_id, Meeting.status).where(
            Meeting.event_id == event.id, Meeting.status.in_(PUBLISHED)
        )
    ).all()
    sides: dict[int, Counter[MeetingStatus]] = {row.id: Counter() for row in people}
    for row in meetings:
        for side in (row.participation_a_id, row.participation_b_id):
            if side in sides:
                sides[side][row.status] += 1
    statuses = Counter(row.status for row in meetings)
    countries = Counter(row.country for row in people)
    useful = _usefulness(session, event.id)
    return Results(
        total=_line("", people, sides, statuses),
        groups=tuple(
            replace(
                _line(group.name, [row for row in people if row.group_id == group.id], sides),
                usefulness=useful.get(group.id),
            )
            for group in event.groups
        ),
        countries=tuple(
            _line(country, [row for row in people if row.country == country], sides)
            for country, _count in sorted(countries.items(), key=lambda one: (-one[1], one[0]))
        ),
        statuses=dict(statuses),
    )


def _usefulness(session: Session, event_id: int) -> dict[int, float]:
    """The average usefulness by group, where enough firms said it that none can be told from the others.

    Neither the event nor its countries get one: a difference of two averages could tell of a small group.
    """
    rows = session.execute(
        sa.select(Participation.group_id, sa.func.avg(MeetingStatement.usefulness))
        .join(Participation, Participation.id == MeetingStatement.participation_id)
        .where(MeetingStatement.event_id == event_id, MeetingStatement.usefulness.is_not(None))
        .group_by(Participation.group_id)
        .having(sa.func.count(Participation.id.distinct()) >= LEAST_RATERS)
    )
    return {group_id: float(average) for group_id, average in rows}


def _line(
    name: str,
    people: Sequence[Any],
    sides: Mapping[int, Counter[MeetingStatus]],
    statuses: Counter[MeetingStatus] | None = None,
) -> ResultLine:
    """Count these participations; `statuses` of the whole event counts each meeting once."""
    if statuses is None:
        statuses = Counter()
        for row in people:
            statuses.update(sides[row.id])
    return ResultLine(
        name=name,
        registered=len(people),
        confirmed=sum(row.confirmed_at is not None for row in people),
        published=statuses.total(),
        accepted=sum(statuses[status] for status in ACCEPTED),
        held=statuses[MeetingStatus.HELD],
        missed=statuses[MeetingStatus.MISSED],
        without=sum(not any(sides[row.id][status] for status in ACCEPTED) for row in people),
    )
