"""What a person has to do next: own participations, events that the person runs, organisations.

Every count is one query for all participations, so that the page costs the same for one event or twenty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.models import (
    Delegate,
    Entry,
    EntryKind,
    Event,
    EventRole,
    EventStatus,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    Participation,
    ParticipationStatus,
    RequestStatus,
    Round,
    Slot,
    Suggestion,
    Wish,
)
from matchmaker.services.agenda_request import is_vetoed_by_asked

Counts = dict[int, int]


@dataclass(frozen=True)
class OwnEvent:
    """A participation of the person, and what waits for it."""

    participation: Participation
    lacks_offers: bool
    lacks_needs: bool
    suggestions: int
    meetings_to_answer: int
    requests_to_answer: int
    meetings: int
    next_meeting_at: dt.datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether the person has something to do."""
        counts = (self.suggestions, self.meetings_to_answer, self.requests_to_answer)
        return self.lacks_offers or self.lacks_needs or any(counts)


@dataclass(frozen=True)
class RunEvent:
    """An event that the person runs, and how many registrations wait for approval."""

    role: EventRole
    waiting: int


@dataclass(frozen=True)
class OwnOrganisation:
    """An organisation of the person, and how many people ask to join it."""

    member: OrganisationMember
    askers: int


def open_events(session: Session, *, today: dt.date, limit: int = 12) -> list[Event]:
    """Events that take registrations, the next first."""
    return list(
        session.scalars(
            sa.select(Event)
            .where(Event.status == EventStatus.OPEN, Event.ends_on >= today)
            .order_by(Event.starts_on, Event.name)
            .limit(limit)
        )
    )


def own_events(session: Session, *, person_id: int, now: dt.datetime) -> list[OwnEvent]:
    """The person's participations, those that come next first, then the past ones."""
    rows = session.scalars(
        sa.select(Participation)
        .join(Event, Event.id == Participation.event_id)
        .where(
            sa.or_(
                Participation.id.in_(
                    sa.select(Delegate.participation_id).where(
                        Delegate.person_id == person_id, Delegate.left_at.is_(None)
                    )
                ),
                Participation.organisation_id.in_(_managed(person_id)),
            ),
            Participation.status != ParticipationStatus.WITHDRAWN,
        )
        .order_by(Event.starts_on, Participation.id)
        .options(joinedload(Participation.event), joinedload(Participation.organisation))
    ).all()
    ids = [row.id for row in rows]
    offers, needs = (_entries(session, ids, kind) for kind in (EntryKind.OFFER, EntryKind.NEED))
    suggestions = _unanswered_suggestions(session, ids, now)
    proposed = _proposed_meetings(session, ids, now)
    requests = _open_requests(session, ids, now)
    coming = _coming_meetings(session, ids, now)
    today = now.date()
    found = [
        OwnEvent(
            participation=row,
            lacks_offers=row.id not in offers,
            lacks_needs=row.id not in needs,
            suggestions=suggestions.get(row.id, 0),
            meetings_to_answer=proposed.get(row.id, 0),
            requests_to_answer=requests.get(row.id, 0),
            meetings=coming.get(row.id, (0, None))[0],
            next_meeting_at=coming.get(row.id, (0, None))[1],
        )
        for row in rows
    ]
    return sorted(found, key=lambda own: own.participation.event.ends_on < today)


def run_events(session: Session, *, person_id: int) -> list[RunEvent]:
    """Events on whose team the person is, the newest first."""
    roles = session.scalars(
        sa.select(EventRole)
        .join(Event, Event.id == EventRole.event_id)
        .where(EventRole.person_id == person_id)
        .order_by(Event.starts_on.desc(), Event.id.desc())
        .options(joinedload(EventRole.event))
    ).all()
    waiting = _counts(
        session,
        sa.select(Participation.event_id, sa.func.count())
        .where(
            Participation.event_id.in_([role.event_id for role in roles]),
            Participation.status == ParticipationStatus.REGISTERED,
        )
        .group_by(Participation.event_id),
    )
    return [RunEvent(role, waiting.get(role.event_id, 0)) for role in roles]


def own_organisations(session: Session, *, person_id: int) -> list[OwnOrganisation]:
    """Organisations that the person belongs to or asked to join, by name."""
    members = session.scalars(
        sa.select(OrganisationMember)
        .where(OrganisationMember.person_id == person_id, OrganisationMember.status != MemberStatus.REFUSED)
        .options(joinedload(OrganisationMember.organisation))
    ).all()
    askers = _counts(
        session,
        sa.select(OrganisationMember.organisation_id, sa.func.count())
        .where(
            OrganisationMember.organisation_id.in_(_managed(person_id)),
            OrganisationMember.status == MemberStatus.ASKED,
        )
        .group_by(OrganisationMember.organisation_id),
    )
    own = [OwnOrganisation(member, askers.get(member.organisation_id, 0)) for member in members]
    return sorted(own, key=lambda row: row.member.organisation.name.casefold())


def _managed(person_id: int) -> sa.Select[int]:
    return sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.person_id == person_id,
        OrganisationMember.role == MemberRole.MANAGER,
        OrganisationMember.status == MemberStatus.ACTIVE,
    )


def _counts(session: Session, select: sa.Select[int, int]) -> Counts:
    return dict(iter(session.execute(select)))


def _entries(session: Session, ids: Collection[int], kind: EntryKind) -> frozenset[int | None]:
    return frozenset(
        session.scalars(
            sa.select(Entry.participation_id)
            .where(Entry.participation_id.in_(ids), Entry.kind == kind)
            .distinct()
        )
    )


def _unanswered_suggestions(session: Session, ids: Collection[int], now: dt.datetime) -> Counts:
    """Suggestions of each event's newest opened round of which the own side has said nothing."""
    newest = sa.select(sa.func.max(Round.id)).where(Round.opened_at.is_not(None)).group_by(Round.event_id)
    other_id = sa.case(
        (Suggestion.participation_a_id == Participation.id, Suggestion.participation_b_id),
        else_=Suggestion.participation_a_id,
    )
    return _counts(
        session,
        sa.select(Participation.id, sa.func.count())
        .join(
            Suggestion,
            sa.or_(
                Suggestion.participation_a_id == Participation.id,
                Suggestion.participation_b_id == Participation.id,
            ),
        )
        .join(Round, Round.id == Suggestion.round_id)
        .outerjoin(Wish, sa.and_(Wish.from_id == Participation.id, Wish.to_id == other_id))
        .where(
            Participation.id.in_(ids),
            Round.id.in_(newest),
            sa.or_(Round.wishes_until.is_(None), Round.wishes_until > now),
            Wish.from_id.is_(None),
        )
        .group_by(Participation.id),
    )


def _proposed_meetings(session: Session, ids: Collection[int], now: dt.datetime) -> Counts:
    own_answer = sa.case(
        (Meeting.participation_a_id == Participation.id, Meeting.accepted_a_at),
        else_=Meeting.accepted_b_at,
    )
    return _counts(
        session,
        sa.select(Participation.id, sa.func.count())
        .join(Meeting, _is_side())
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Participation.id.in_(ids),
            Meeting.status == MeetingStatus.PROPOSED,
            own_answer.is_(None),
            Slot.starts_at > now,
        )
        .group_by(Participation.id),
    )


def _open_requests(session: Session, ids: Collection[int], now: dt.datetime) -> Counts:
    """How many requests wait for each one's answer; not those that it is not to see."""
    is_askers_turn = MeetingRequest.is_countered
    answering = sa.case((is_askers_turn, MeetingRequest.from_id), else_=MeetingRequest.to_id)
    return _counts(
        session,
        sa.select(answering, sa.func.count())
        .where(
            answering.in_(ids),
            MeetingRequest.status == RequestStatus.OPEN,
            MeetingRequest.expires_at > now,
            sa.or_(is_askers_turn, ~is_vetoed_by_asked()),
        )
        .group_by(answering),
    )


def _coming_meetings(
    session: Session, ids: Collection[int], now: dt.datetime
) -> dict[int, tuple[int, dt.datetime | None]]:
    rows = session.execute(
        sa.select(Participation.id, sa.func.count(), sa.func.min(Slot.starts_at))
        .join(Meeting, _is_side())
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(
            Participation.id.in_(ids),
            Meeting.status.in_([MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED]),
            Slot.ends_at > now,
        )
        .group_by(Participation.id)
    )
    return {number: (count, first) for number, count, first in rows}


def _is_side() -> sa.ColumnElement[bool]:
    return sa.or_(
        Meeting.participation_a_id == Participation.id, Meeting.participation_b_id == Participation.id
    )
