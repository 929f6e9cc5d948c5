"""The review window: both sides see their drafted meetings, seats unclaimed, and say whether they fit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import (
    Change,
    ChangeKind,
    Event,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Place,
    ReviewAnswer,
    ReviewAnswerKind,
    Round,
    RoundStatus,
    RoundStep,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE, begin_change
from matchmaker.services.chunks import chunks
from matchmaker.services.outbox import queue_mail
from matchmaker.services.round import record_round
from matchmaker.services.round_draft import unchoose
from matchmaker.services.round_opening import people_of_rounds


class ReviewClosed(Conflict):
    """The window has closed, or the draft was replaced."""

    message = N_("The review of these meetings has ended.")


@dataclass(frozen=True)
class ReviewMeeting:
    """A drafted meeting as one side sees it, with its own answer."""

    id: int
    partner_id: int
    partner_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    answer: ReviewAnswerKind | None
    reason: str


@dataclass(frozen=True)
class ReviewCount:
    """How far a review has come: meetings by what both sides said, and sides that answered at all."""

    meetings: int
    both_fit: int
    unfit: int
    answered: int
    sides: int


def open_review(
    session: Session,
    *,
    round_: Round,
    event: Event,
    until: dt.datetime | None,
    actor_id: int | None,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change:
    """Show the draft's meetings to their sides and tell each person once; raises Conflict."""
    if until is not None and until <= now and actor_id is not None:
        raise Invalid(N_("Choose a time that lies ahead."), field="ends_at")
    unchoose(session, event_id=event.id)
    opened = session.execute(
        sa.update(Round)
        .where(
            Round.id == round_.id,
            Round.status == RoundStatus.DRAFT,
            Round.step != RoundStep.SUGGEST,
            sa.or_(Round.review_opened_at.is_(None), Round.review_closed_at.is_not(None)),
        )
        .values(
            review_opened_at=now, review_until=until, review_closed_at=None, is_chosen=True,
            version=Round.version + 1,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if opened.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(N_("Only a draft with meetings can be reviewed, and only once at a time."))
    session.refresh(round_)
    change = begin_change(
        session, event_id=event.id, kind=ChangeKind.OPEN_REVIEW, actor_id=actor_id, now=now, hold=hold,
        number=round_.number, before={"round_id": round_.id},
    )  # fmt: skip
    _tell_reviewers(session, round_, event, change, now)
    record_round(session, round_, actor_id=actor_id, action="open_review", now=now)
    return change


def close_review(session: Session, *, round_: Round, now: dt.datetime) -> None:
    """Hide the draft again; the answers stay."""
    round_.review_closed_at = now
    session.flush()


def reopen_review(session: Session, *, round_: Round) -> None:
    """Show the draft again, without a mail."""
    round_.review_closed_at = None
    session.flush()


def retract_review(session: Session, *, round_: Round) -> None:
    """As if the review had never been opened."""
    round_.review_opened_at = round_.review_until = round_.review_closed_at = None
    session.flush()


def round_in_review(session: Session, *, event_id: int) -> Round | None:
    """The round whose draft both sides may look at now."""
    return session.scalar(
        sa.select(Round).where(
            Round.event_id == event_id,
            Round.status == RoundStatus.DRAFT,
            Round.review_opened_at.is_not(None),
            Round.review_closed_at.is_(None),
        )
    )


def answer_review(
    session: Session,
    *,
    event_id: int,
    meeting_id: int,
    participation_id: int,
    kind: ReviewAnswerKind,
    reason: str,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Say for one side whether a drafted meeting fits; the last word counts. Only organisers see it."""
    round_ = round_in_review(session, event_id=event_id)
    meeting = session.scalar(
        sa.select(Meeting).where(
            Meeting.id == meeting_id, Meeting.event_id == event_id, Meeting.status == MeetingStatus.DRAFT
        )
    )
    if meeting is None or not meeting.is_side(participation_id):
        raise NotFound()
    if round_ is None or meeting.round_id != round_.id:
        raise ReviewClosed()
    if round_.review_until is not None and round_.review_until <= now:
        raise ReviewClosed()
    values = {"kind": kind, "reason": reason[:500], "said_by_id": actor_id, "said_at": now}
    insert = dialect_insert(session, ReviewAnswer).values(
        meeting_id=meeting_id, participation_id=participation_id, event_id=event_id, **values
    )
    session.execute(
        insert.on_conflict_do_update(index_elements=["meeting_id", "participation_id"], set_=values)
    )
    record(
        session, actor_id=actor_id, action="answer_review", subject="meeting", subject_id=meeting_id,
        event_id=event_id, behalf_of_id=behalf_of_id, now=now, kind=kind.value,
    )  # fmt: skip


def read_review(session: Session, *, round_: Round, participation_id: int) -> list[ReviewMeeting]:
    """The drafted meetings of one side in order of time, with its own answers and nobody else's."""
    is_a = Meeting.participation_a_id == participation_id
    partner = aliased(Participation)
    rows = session.execute(
        sa.select(Meeting.id, partner.id, Organisation.name, Slot, Place.name, ReviewAnswer)
        .join(
            partner,
            partner.id == sa.case((is_a, Meeting.participation_b_id), else_=Meeting.participation_a_id),
        )
        .join(Organisation, Organisation.id == partner.organisation_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .outerjoin(
            ReviewAnswer,
            (ReviewAnswer.meeting_id == Meeting.id) & (ReviewAnswer.participation_id == participation_id),
        )
        .where(
            Meeting.round_id == round_.id,
            Meeting.status == MeetingStatus.DRAFT,
            sa.or_(is_a, Meeting.participation_b_id == participation_id),
        )
        .order_by(Slot.starts_at, Meeting.id)
    )
    return [
        ReviewMeeting(
            number, partner_id, name, slot.starts_at, slot.ends_at, place or "",
            answer.kind if answer else None, answer.reason if answer else "",
        )
        for number, partner_id, name, slot, place, answer in rows
    ]  # fmt: skip


def review_answers_of(session: Session, *, meeting_ids: Collection[int]) -> list[ReviewAnswer]:
    """What was said of these drafted meetings."""
    found: list[ReviewAnswer] = []
    for part in chunks(sorted(meeting_ids)):
        found += session.scalars(sa.select(ReviewAnswer).where(ReviewAnswer.meeting_id.in_(part)))
    return found


def carry_answers(session: Session, *, from_id: int | None, to_id: int) -> None:
    """What both sides said of one run's meetings counts for those that stand where they stood, in another."""
    old, new = aliased(Meeting), aliased(Meeting)
    columns = [column for column in sa.inspect(ReviewAnswer).columns if column.name != "meeting_id"]
    session.execute(
        sa.insert(ReviewAnswer).from_select(
            ["meeting_id", *(column.name for column in columns)],
            sa.select(new.id, *columns)
            .select_from(ReviewAnswer)
            .join(old, old.id == ReviewAnswer.meeting_id)
            .join(
                new,
                (new.participation_a_id == old.participation_a_id)
                & (new.participation_b_id == old.participation_b_id)
                & (new.slot_id == old.slot_id),
            )
            .where(old.round_id == from_id, new.round_id == to_id),
        )
    )


def count_review(session: Session, *, round_: Round) -> ReviewCount:
    """How far the review of a round has come."""
    meetings = session.execute(
        sa.select(Meeting.id, Meeting.participation_a_id, Meeting.participation_b_id).where(
            Meeting.round_id == round_.id, Meeting.status == MeetingStatus.DRAFT
        )
    ).all()
    answers = review_answers_of(session, meeting_ids=[row.id for row in meetings])
    unfit = {row.meeting_id for row in answers if row.kind == ReviewAnswerKind.UNFIT}
    fits = Counter(row.meeting_id for row in answers if row.kind == ReviewAnswerKind.FITS)
    return ReviewCount(
        meetings=len(meetings),
        both_fit=sum(count == 2 for count in fits.values()),
        unfit=len(unfit),
        answered=len({row.participation_id for row in answers}),
        sides=len({side for row in meetings for side in (row.participation_a_id, row.participation_b_id)}),
    )


def _tell_reviewers(session: Session, round_: Round, event: Event, change: Change, now: dt.datetime) -> None:
    counts: Counter[int] = Counter()
    for column in (Meeting.participation_a_id, Meeting.participation_b_id):
        drafted = sa.select(column).where(
            Meeting.round_id == round_.id, Meeting.status == MeetingStatus.DRAFT
        )
        counts.update(session.scalars(drafted))
    for person_id, theirs in people_of_rounds(session, event_id=event.id).items():
        lists = [
            {"participation_id": row.id, "name": name, "count": counts[row.id]}
            for _, row, name in theirs
            if counts[row.id]
        ]
        if not lists:
            continue
        queue_mail(
            session,
            kind="review_open",
            key=f"review_open:{round_.id}:{change.id}:{person_id}",
            person=theirs[0][0],
            arguments={
                "event_name": event.name,
                "event_slug": event.slug,
                "until": round_.review_until.isoformat() if round_.review_until else None,
                "lists": lists,
            },
            now=now,
            change=change,
            event_id=event.id,
            participation_id=theirs[0][1].id,
        )
