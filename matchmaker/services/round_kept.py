"""The meetings that a round keeps: those with seats, and what its scope leaves of the draft it continues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import SEATED, Meeting, MeetingStatus, ReviewAnswer, ReviewAnswerKind, Round
from matchmaker.services.round_draft import Scope


@dataclass(frozen=True)
class KeptMeeting:
    """A meeting that stays as it is: it has seats already, or the organiser locked it in a draft."""

    id: int
    a_id: int
    b_id: int
    slot_id: int
    place_id: int | None
    delegate_ids: tuple[int, ...]
    fit: float
    value: float
    is_seated: bool
    weight: int = 1
    """how much more than others it counts to leave it where it is, in a repair"""


def read_kept_meetings(
    session: Session, *, round_: Round
) -> tuple[tuple[KeptMeeting, ...], tuple[KeptMeeting, ...]]:
    """What stays for certain, and what both sides have seen in the review and is kept where it can be."""
    seated = Meeting.status.in_(SEATED)
    draft = sa.and_(
        Meeting.round_id == round_.settings.get("continues_id"), Meeting.status == MeetingStatus.DRAFT
    )
    rows = session.scalars(
        sa.select(Meeting)
        .where(Meeting.event_id == round_.event_id, sa.or_(seated, draft))
        .options(selectinload(Meeting.sitters))
        .order_by(Meeting.id)
    ).all()
    drafted = [row for row in rows if row.status == MeetingStatus.DRAFT]
    stays, seen = _of_draft(session, round_, drafted)
    kept = tuple(as_kept(row) for row in rows if row.status != MeetingStatus.DRAFT or row.id in stays)
    met = {(row.a_id, row.b_id) for row in kept}
    return kept, tuple(
        as_kept(row)
        for row in drafted
        if row.id in seen and (row.participation_a_id, row.participation_b_id) not in met
    )


def _of_draft(session: Session, round_: Round, drafted: list[Meeting]) -> tuple[set[int], set[int]]:
    """Which meetings of the draft stay, and which have been seen."""
    locked = {row.id for row in drafted if row.is_locked}
    scope = round_.settings.get("scope", Scope.ALL)
    if scope == Scope.FREE:
        return {row.id for row in drafted}, set()
    if scope == Scope.SELECTED:
        chosen = set(round_.settings.get("participation_ids", ()))
        others = {row.id for row in drafted if not {row.participation_a_id, row.participation_b_id} & chosen}
        return locked | others, set()
    if scope == Scope.TOP_UP:
        fits, unfit = _answers(session, round_.settings.get("continues_id"))
        confirmed = {number for number, count in fits.items() if count == 2}
        seen = {row.id for row in drafted} - unfit
        return (locked | confirmed) - unfit, seen - locked - confirmed
    return locked, set()


def _answers(session: Session, round_id: int | None) -> tuple[Counter[int], set[int]]:
    rows = session.execute(
        sa.select(ReviewAnswer.meeting_id, ReviewAnswer.kind)
        .join(Meeting, Meeting.id == ReviewAnswer.meeting_id)
        .where(Meeting.round_id == round_id)
    ).all()
    fits = Counter(row.meeting_id for row in rows if row.kind == ReviewAnswerKind.FITS)
    return fits, {row.meeting_id for row in rows if row.kind == ReviewAnswerKind.UNFIT}


def as_kept(row: Meeting, *, weight: int = 1) -> KeptMeeting:
    """The meeting as a round keeps it; its sitters are loaded."""
    return KeptMeeting(
        id=row.id,
        a_id=row.participation_a_id,
        b_id=row.participation_b_id,
        slot_id=row.slot_id,
        place_id=row.place_id,
        delegate_ids=tuple(sorted(sitter.delegate_id for sitter in row.sitters)),
        fit=row.fit,
        value=row.value,
        is_seated=row.status != MeetingStatus.DRAFT,
        weight=weight,
    )
