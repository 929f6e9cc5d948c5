"""What a planned meeting rests on, read again before it is written: people, slots, places, wishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import SEATED, Delegate, Meeting, Participation, Place, Slot, Wish, WishKind
from matchmaker.services.pair_rule import forbidden_pairs
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.round_plan import PlannedMeeting


@dataclass(frozen=True)
class Present:
    """What an event is like now, by ids."""

    participations: frozenset[int]
    delegates: frozenset[int]
    slots: frozenset[int]
    places: frozenset[int]
    seated: frozenset[int]
    seated_pairs: frozenset[tuple[int, int]]
    vetoes: frozenset[tuple[int, int]]
    forbidden: frozenset[tuple[int, int]]

    def refuses(self, meeting: PlannedMeeting) -> str | None:
        """Why a meeting that was planned a while ago cannot be, as a code of unplaced pairs, or None."""
        if meeting.kept_id is not None and meeting.is_seated:
            return None if meeting.kept_id in self.seated else "ended_meanwhile"
        if not {meeting.a_id, meeting.b_id} <= self.participations:
            return "withdrawn_meanwhile"
        if (meeting.a_id, meeting.b_id) in self.vetoes:
            return "vetoed_meanwhile"
        if (meeting.a_id, meeting.b_id) in self.forbidden:
            return "forbidden_meanwhile"
        if (meeting.a_id, meeting.b_id) in self.seated_pairs:
            return "met_meanwhile"
        if meeting.slot_id not in self.slots or not set(meeting.delegate_ids) <= self.delegates:
            return "gone_meanwhile"
        is_somewhere = meeting.place_id is None or meeting.place_id in self.places
        return None if is_somewhere else "gone_meanwhile"


def read_present(session: Session, *, event_id: int) -> Present:
    """Read what planned meetings rest on."""

    def ids(table: Any) -> frozenset[int]:
        return frozenset(session.scalars(sa.select(table.id).where(table.event_id == event_id)))

    sitting = sa.select(Delegate.id).where(Delegate.event_id == event_id, Delegate.left_at.is_(None))
    chosen = participations_for_rounds(event_id).with_only_columns(Participation.id)
    never = session.execute(
        sa.select(Wish.from_id, Wish.to_id).where(Wish.event_id == event_id, Wish.kind == WishKind.NEVER)
    )
    seated = session.execute(
        sa.select(Meeting.id, Meeting.participation_a_id, Meeting.participation_b_id).where(
            Meeting.event_id == event_id, Meeting.status.in_(SEATED)
        )
    ).all()
    return Present(
        participations=frozenset(session.scalars(chosen)),
        delegates=frozenset(session.scalars(sitting)),
        slots=ids(Slot),
        places=ids(Place),
        seated=frozenset(row.id for row in seated),
        seated_pairs=frozenset((row.participation_a_id, row.participation_b_id) for row in seated),
        vetoes=frozenset((min(one, other), max(one, other)) for one, other in never),
        forbidden=forbidden_pairs(session, event_id=event_id),
    )
