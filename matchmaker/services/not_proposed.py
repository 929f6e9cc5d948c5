"""What a participation is told of its wishes that no meeting came of: the same words whatever the reason.

The reason might be another's never, a competitor's wish or somebody else's calendar. So nothing is read
here but what the participation knows anyway: its own wishes, its own meetings and its own limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    SEATED,
    Event,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    ParticipationStatus,
    Round,
    RoundStep,
    Wish,
    WishKind,
)
from matchmaker.services.limits import limits_of


@dataclass(frozen=True)
class NotProposed:
    """Names of those wished for without a meeting; `is_full`: the own limit allows no more anyway."""

    names: tuple[str, ...]
    is_full: bool


def read_not_proposed(session: Session, *, event: Event, participation: Participation) -> NotProposed:
    """The own wishes without any meeting, once a round with meetings was published."""
    published = sa.select(Round.id).where(
        Round.event_id == event.id, Round.published_at.is_not(None), Round.step != RoundStep.SUGGEST
    )
    if session.scalar(published.limit(1)) is None:
        return NotProposed((), False)
    own = sa.or_(
        Meeting.participation_a_id == participation.id, Meeting.participation_b_id == participation.id
    )
    meetings = session.scalars(
        sa.select(Meeting).where(Meeting.event_id == event.id, own, Meeting.status != MeetingStatus.DRAFT)
    ).all()
    met = {meeting.other_side(participation.id) for meeting in meetings}
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Wish, Wish.to_id == Participation.id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Wish.from_id == participation.id,
            Wish.kind != WishKind.NEVER,
            Participation.status == ParticipationStatus.APPROVED,
        )
        .order_by(sa.func.lower(Organisation.name))
    )
    most = limits_of(event, participation.group, participation).maximum
    held = sum(meeting.status in SEATED for meeting in meetings)
    names = tuple(row.name for row in rows if row.id not in met)
    return NotProposed(names, most is not None and held >= most)
