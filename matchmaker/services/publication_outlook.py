"""What publishing a draft would do: which meetings can still be, and which of them are confirmed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import (
    Event,
    Meeting,
    MeetingStatus,
    ReviewAnswer,
    ReviewAnswerKind,
    Round,
    Wish,
    WishKind,
)
from matchmaker.services.pause_check import foresee_pauses
from matchmaker.services.review import review_answers_of
from matchmaker.services.round_opening import people_of_rounds
from matchmaker.services.round_plan import PlannedMeeting
from matchmaker.services.round_present import read_present
from matchmaker.services.session_publication import SessionsForeseen, foresee_sessions


@dataclass(frozen=True)
class Publication:
    """What publishing would do, or did: how many meetings, and those that no longer can be.

    `unpaused` are locked meetings that leave somebody less than the pause: they stay, as the organiser said.
    """

    confirmed: int
    proposed: int
    lost: dict[int, str] = field(default_factory=dict)
    people: int = 0
    sessions: SessionsForeseen = field(default_factory=SessionsForeseen)
    unpaused: frozenset[int] = frozenset()


def foresee_publication(session: Session, *, round_: Round, event: Event) -> Publication:
    """What publishing the draft would do as things stand; changes nothing."""
    meetings = drafts_of(session, round_id=round_.id)
    lost, unpaused = lost_of(session, meetings=meetings, event=event)
    agreed = read_agreed(session, round_=round_, event=event)
    stays = [meeting for meeting in meetings if meeting.id not in lost]
    confirmed = sum(event.confirms_all or have_agreed(meeting, agreed) for meeting in stays)
    people = len(people_of_rounds(session, event_id=event.id))
    sessions = foresee_sessions(session, round_=round_)
    return Publication(confirmed, len(stays) - confirmed, lost, people, sessions, unpaused)


def read_agreed(session: Session, *, round_: Round, event: Event) -> frozenset[tuple[int, int]]:
    """Who wished for whom or said yes in the review, where that counts as an answer: (own, other)."""
    return _wishes_for(session, event) | _said_yes(session, round_.id)


def have_agreed(meeting: Meeting, agreed: frozenset[tuple[int, int]]) -> bool:
    """Whether both sides have."""
    a_id, b_id = meeting.participation_a_id, meeting.participation_b_id
    return (a_id, b_id) in agreed and (b_id, a_id) in agreed


def drafts_of(session: Session, *, round_id: int) -> list[Meeting]:
    """The round's drafts, the best first, so that of two that clash by now the better one stays."""
    return list(
        session.scalars(
            sa.select(Meeting)
            .where(Meeting.round_id == round_id, Meeting.status == MeetingStatus.DRAFT)
            .options(selectinload(Meeting.sitters))
            .order_by(Meeting.is_locked.desc(), Meeting.value.desc(), Meeting.id)
        )
    )


def lost_of(
    session: Session, *, meetings: Sequence[Meeting], event: Event
) -> tuple[dict[int, str], frozenset[int]]:
    """Those that can no longer be, by number, and why as a code of unplaced pairs.

    Beside them the locked ones that leave somebody no pause and stay.
    """
    present = read_present(session, event_id=event.id)
    unfit = {
        answer.meeting_id
        for answer in review_answers_of(session, meeting_ids=[meeting.id for meeting in meetings])
        if answer.kind == ReviewAnswerKind.UNFIT
    }
    lost = dict.fromkeys(unfit, "unfit_in_review")
    for row in meetings:
        planned = PlannedMeeting(
            a_id=row.participation_a_id,
            b_id=row.participation_b_id,
            slot_id=row.slot_id,
            place_id=row.place_id,
            delegate_ids=tuple(sitter.delegate_id for sitter in row.sitters),
            fit=row.fit,
            value=row.value,
        )
        why = present.refuses(planned)
        if why is not None:
            lost.setdefault(row.id, why)
    stays = [row for row in meetings if row.id not in lost]
    pauses = foresee_pauses(session, event=event, meetings=stays)
    return lost | dict.fromkeys(pauses.lost, "pause_meanwhile"), pauses.overridden


def _wishes_for(session: Session, event: Event) -> frozenset[tuple[int, int]]:
    """Who wished for whom, where the event takes a wish as an answer given beforehand."""
    if not event.confirms_mutual:
        return frozenset()
    rows = session.execute(
        sa.select(Wish.from_id, Wish.to_id).where(Wish.event_id == event.id, Wish.kind != WishKind.NEVER)
    )
    return frozenset((one, other) for one, other in rows)


def _said_yes(session: Session, round_id: int) -> frozenset[tuple[int, int]]:
    """Who said in the review that a meeting of this draft suits them: (own, other)."""
    rows = session.execute(
        sa.select(ReviewAnswer.participation_id, Meeting.participation_a_id, Meeting.participation_b_id)
        .join(Meeting, Meeting.id == ReviewAnswer.meeting_id)
        .where(Meeting.round_id == round_id, ReviewAnswer.kind == ReviewAnswerKind.FITS)
    )
    return frozenset((own, b if own == a else a) for own, a, b in rows)
