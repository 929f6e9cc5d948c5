"""What was done with one meeting, and what was done on a participation's behalf, as each side may see it.

A side reads its own people's names and those of organisers; of the other side it reads the organisation's
name. It never reads what is said in private: a review's answer, how useful a meeting was, what
the other side says became of it, or that the other side accepted before both have.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    AuditEntry,
    Delegate,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
)
from matchmaker.services.meeting_request import is_hidden_from_asked

SEEN_BY_BOTH = (
    "publish_round", "decline", "cancel", "expire_meeting", "move", "switch_delegate", "offer_slot",
    "settle_meeting", "ask", "ask_to_move", "counter_request", "accept_request", "decline_request",
    "withdraw_request", "expire_request",
)  # fmt: skip
SEEN_BY_OWN_SIDE = ("state_attendance",)
AFTER_BOTH = ("accept",)
"""What the other side sees once the meeting is more than proposed."""

LONGEST = 100


@dataclass(frozen=True)
class Deed:
    """One thing that was done: the actor's name (None: the service) and for whom, where for others."""

    entry: AuditEntry
    actor: str | None
    behalf_of: str | None

    @property
    def at(self) -> dt.datetime:
        """When it was done."""
        return self.entry.at


def read_meeting_history(session: Session, *, meeting: Meeting, side: int | None) -> list[Deed]:
    """What was done with the meeting, the latest first, as `side` may see it (None: as the team does)."""
    sides = (meeting.participation_a_id, meeting.participation_b_id)
    names = _organisations(session, sides)
    of_side = _people(session, sides)
    deeds = []
    for entry, person in _entries(session, meeting, side):
        by = entry.behalf_of_id if entry.behalf_of_id in names else None
        own = by or of_side.get(entry.actor_id or 0)
        if not _is_seen(entry.action, meeting, is_own=own == side, is_team=side is None):
            continue
        deeds.append(_told(entry, person, names, of_side, side))
    return deeds


def read_request_history(session: Session, *, request: MeetingRequest, side: int) -> list[Deed]:
    """What was done with the request, the latest first, as this side may see it."""
    sides = (request.from_id, request.to_id)
    names, of_side = _organisations(session, sides), _people(session, sides)
    rows = session.execute(
        _deeds().where(
            AuditEntry.event_id == request.event_id, AuditEntry.subject == "meeting_request",
            AuditEntry.subject_id == request.id, AuditEntry.action.in_(SEEN_BY_BOTH),
        )
    )  # fmt: skip
    return [_told(entry, person, names, of_side, side) for entry, person in rows]


def read_deeds_for(session: Session, *, participation_id: int, limit: int = 20) -> list[Deed]:
    """What others did for a participation or with it, the latest first; for its own people and the team."""
    own = sa.select(Delegate.person_id).where(Delegate.participation_id == participation_id)
    of_it = sa.and_(
        AuditEntry.subject == "participation", AuditEntry.subject_id == participation_id,
        AuditEntry.actor_id.is_not(None), AuditEntry.actor_id.not_in(own),
    )  # fmt: skip
    rows = session.execute(
        sa.select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(sa.or_(AuditEntry.behalf_of_id == participation_id, of_it))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [Deed(entry, name, None) for entry, name in rows]


def _told(
    entry: AuditEntry, person: str | None, names: dict[int, str], of_side: dict[int, int], side: int | None
) -> Deed:
    """With the names that the side may read."""
    by = entry.behalf_of_id if entry.behalf_of_id in names else None
    own = by or of_side.get(entry.actor_id or 0)
    is_other = side is not None and by is None and own not in (None, side)
    actor = names[own] if is_other and own is not None else person
    return Deed(entry, actor, names[by] if by else None)


def _is_seen(action: str, meeting: Meeting, *, is_own: bool, is_team: bool) -> bool:
    if action in SEEN_BY_BOTH or (is_team and action in (*SEEN_BY_OWN_SIDE, *AFTER_BOTH)):
        return True
    if action in AFTER_BOTH:
        return is_own or meeting.status in (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.MISSED)
    return is_own and action in SEEN_BY_OWN_SIDE


def _entries(session: Session, meeting: Meeting, side: int | None) -> list[tuple[AuditEntry, str | None]]:
    requests = session.scalars(
        sa.select(MeetingRequest).where(
            MeetingRequest.event_id == meeting.event_id,
            sa.or_(MeetingRequest.meeting_id == meeting.id, MeetingRequest.moves_id == meeting.id),
        )
    ).all()
    # to whoever said never, a request of the other side is not there
    seen = [row.id for row in requests if row.to_id != side or not is_hidden_from_asked(session, row)]
    of = [
        sa.and_(AuditEntry.subject == "meeting", AuditEntry.subject_id == meeting.id),
        sa.and_(AuditEntry.subject == "meeting_request", AuditEntry.subject_id.in_(seen)),
    ]
    if meeting.round_id is not None:
        of.append(
            sa.and_(
                AuditEntry.subject == "round",
                AuditEntry.subject_id == meeting.round_id,
                AuditEntry.action == "publish_round",
            )
        )
    rows = session.execute(_deeds().where(AuditEntry.event_id == meeting.event_id, sa.or_(*of)))
    return [(entry, name) for entry, name in rows]


def _deeds() -> sa.Select[AuditEntry, str | None]:
    found = sa.select(AuditEntry, Person.name).outerjoin(Person, Person.id == AuditEntry.actor_id)
    return found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(LONGEST)


def _organisations(session: Session, sides: tuple[int, int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_(sides))
    )
    return dict(rows.all())


def _people(session: Session, sides: tuple[int, int]) -> dict[int, int]:
    """Which side each of its people belongs to."""
    rows = session.execute(
        sa.select(Delegate.person_id, Delegate.participation_id).where(Delegate.participation_id.in_(sides))
    )
    return dict(rows.all())
