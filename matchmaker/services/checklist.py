"""What an event still lacks before it can open or run a round, and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Event,
    GroupRule,
    LegalKind,
    LegalText,
    Meeting,
    MeetingStatus,
    Participation,
    ParticipationStatus,
    Slot,
)
from matchmaker.services.event import missing_to_open
from matchmaker.services.place import publication_problems


@dataclass(frozen=True)
class Item:
    """A line of the checklist; `needed_for` is "opening", "round" or "publication"."""

    code: str
    is_done: bool
    needed_for: str


@dataclass(frozen=True)
class EventFigures:
    """How far the event has come, in numbers."""

    participations: dict[ParticipationStatus, int]
    meetings: dict[MeetingStatus, int]
    slots: int

    @property
    def live_meetings(self) -> int:
        """Meetings that will take place unless somebody says no."""
        return sum(self.meetings.get(s, 0) for s in (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED))


def read_figures(session: Session, *, event_id: int) -> EventFigures:
    """Count participations and meetings by status, and slots."""
    participations = session.execute(
        sa.select(Participation.status, sa.func.count())
        .where(Participation.event_id == event_id)
        .group_by(Participation.status)
    )
    meetings = session.execute(
        sa.select(Meeting.status, sa.func.count())
        .where(Meeting.event_id == event_id)
        .group_by(Meeting.status)
    )
    slots = session.scalar(sa.select(sa.func.count()).select_from(Slot).where(Slot.event_id == event_id))
    return EventFigures(
        {row[0]: row[1] for row in participations}, {row[0]: row[1] for row in meetings}, slots or 0
    )


def read_checklist(session: Session, *, event: Event, figures: EventFigures) -> tuple[Item, ...]:
    """The lines of the checklist in the order in which an organiser meets them."""
    missing = missing_to_open(event)
    pairs = session.scalar(
        sa.select(sa.func.count()).select_from(GroupRule).where(GroupRule.event_id == event.id)
    )
    privacy = session.scalar(
        sa.select(sa.func.count())
        .select_from(LegalText)
        .where(LegalText.kind == LegalKind.PRIVACY, LegalText.text != "")
    )
    approved = figures.participations.get(ParticipationStatus.APPROVED, 0)
    return (
        Item("description", "description" not in missing, "opening"),
        Item("organiser", not {"organiser_name", "organiser_email"} & set(missing), "opening"),
        Item("address", "organiser_address" not in missing, "opening"),
        Item("privacy", bool(privacy), "opening"),
        Item("blocks", figures.slots > 0, "round"),
        Item("groups", bool(pairs), "round"),
        Item("participations", approved >= 2, "round"),
        Item("places", not publication_problems(session, event), "publication"),
    )
