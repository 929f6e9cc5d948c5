"""Publishes a round's draft: its meetings get seats and places, and each person one mail."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    SEATED,
    ChangeKind,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Participation,
    Phase,
    Place,
    Round,
    RoundStatus,
    RoundStep,
    Unplaced,
)
from matchmaker.services.change import AT_ONCE, begin_change
from matchmaker.services.pause_check import NoPause
from matchmaker.services.phase import date_live_gates, follow_phase, read_phase
from matchmaker.services.place import PlaceProblem, publication_problems
from matchmaker.services.publication_mail import tell_published
from matchmaker.services.publication_outlook import (
    Publication,
    drafts_of,
    have_agreed,
    lost_of,
    read_agreed,
)
from matchmaker.services.round import NotADraft, delete_drafts, record_round
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.seat import PlaceTaken, SlotTaken, claim_seats_of, lock_people, lock_places
from matchmaker.services.session_publication import give_seats, lock_planned

LOST_CODES: dict[type[Conflict], str] = {
    SlotTaken: "slot_taken_meanwhile",
    PlaceTaken: "place_taken_meanwhile",
    NoPause: "pause_meanwhile",
}


class NotPublishable(Conflict):
    """A meeting would have nowhere to happen."""

    message = N_("Some meetings would have nowhere to happen. Look at the places of the event first.")

    def __init__(self, problems: Sequence[PlaceProblem]) -> None:
        super().__init__()
        self.problems = problems


def publish_round(
    session: Session,
    *,
    round_: Round,
    event: Event,
    actor_id: int | None,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> bool:
    """Seat the draft's meetings and sessions and tell everybody once; False when it was published already.

    Pairs that both sides wished, or said yes to in the review, are confirmed, the others proposed, all
    confirmed where the event says so. A meeting that can no longer be is left out and named among the
    unplaced pairs. The mails are held back for `hold`; until then `unpublish` can undo it.
    """
    phase = read_phase(session, event_id=event.id)
    before = {"figures": round_.figures, "opened": round_.opened_at is not None}
    taken = session.execute(
        sa.update(Round)
        .where(Round.id == round_.id, Round.status == RoundStatus.DRAFT, Round.step != RoundStep.SUGGEST)
        .values(status=RoundStatus.PUBLISHED, published_at=now, version=Round.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(round_)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        if round_.status in (RoundStatus.PUBLISHED, RoundStatus.CLOSED):
            return False
        raise NotADraft()
    problems = publication_problems(session, event)
    if problems:
        raise NotPublishable(problems)
    _lock_everything(session, round_)
    given = give_seats(session, round_=round_, now=now)
    done = _seat(session, round_, event, now)
    delete_drafts(session, round_id=round_.id)
    if round_.figures.get("suggestions"):
        open_suggestions(session, round_=round_, actor_id=actor_id, now=now, wishes_until=None)
    closed = _close_others(session, round_)
    round_.figures = {
        **round_.figures,
        "confirmed": done.confirmed,
        "proposed": done.proposed,
        "lost_at_publication": len(done.lost),
        "unpaused": len(done.unpaused),
    }
    session.flush()
    change = begin_change(
        session,
        event_id=event.id,
        kind=ChangeKind.PUBLISH_ROUND,
        actor_id=actor_id,
        now=now,
        hold=hold,
        number=round_.number,
        before={
            **before,
            "round_id": round_.id,
            "closed": closed,
            "meetings": _versions(session, round_.id),
            "sessions": given,
        },
    )
    tell_published(session, round_=round_, event=event, change=change, now=now)
    follow_phase(
        session,
        event_id=event.id,
        before=phase,
        to=Phase.PUBLISHED,
        actor_id=actor_id,
        now=now,
        round_id=round_.id,
        change=change,
    )
    if phase not in (Phase.LIVE, Phase.CLOSED):
        date_live_gates(session, event_id=event.id)
    record_round(
        session,
        round_,
        actor_id=actor_id,
        action="publish_round",
        now=now,
        confirmed=done.confirmed,
        proposed=done.proposed,
        unpaused=len(done.unpaused),
    )
    return True


def _lock_everything(session: Session, round_: Round) -> None:
    """In the order in which all lock: participations, sessions, then everybody at once, then places.

    A withdrawal comes wholly before, so that it is seen, or after, so that it cancels what was made.
    """
    session.execute(
        sa.select(Participation.id)
        .where(Participation.event_id == round_.event_id)
        .order_by(Participation.id)
        .with_for_update(key_share=True)
    ).all()
    people, needs_places = lock_planned(session, round_=round_)
    drafted = (
        sa.select(Delegate.person_id)
        .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
        .join(Meeting, Meeting.id == MeetingDelegate.meeting_id)
        .where(Meeting.round_id == round_.id, Meeting.status == MeetingStatus.DRAFT)
    )
    lock_people(session, person_ids=people | set(session.scalars(drafted)))
    if needs_places:
        places = session.scalars(sa.select(Place.id).where(Place.event_id == round_.event_id))
        lock_places(session, place_ids=places)


def _seat(session: Session, round_: Round, event: Event, now: dt.datetime) -> Publication:
    meetings = drafts_of(session, round_id=round_.id)
    lost, unpaused = lost_of(session, meetings=meetings, event=event)
    stays = [meeting for meeting in meetings if meeting.id not in lost]
    locked = [meeting.id for meeting in stays if meeting.is_locked]
    refused = claim_seats_of(session, meetings=stays, fixed=locked, gives_way=True)
    for meeting_id, reason in refused.items():
        lost[meeting_id] = LOST_CODES.get(type(reason), "place_taken_meanwhile")
    agreed = read_agreed(session, round_=round_, event=event)
    counted: Counter[MeetingStatus] = Counter()
    for meeting in meetings:
        if meeting.id in lost:
            _name_lost(session, meeting, lost[meeting.id])
            continue
        is_confirmed = event.confirms_all or have_agreed(meeting, agreed)
        meeting.status = MeetingStatus.CONFIRMED if is_confirmed else MeetingStatus.PROPOSED
        for side, other, name in (
            (meeting.participation_a_id, meeting.participation_b_id, "accepted_a_at"),
            (meeting.participation_b_id, meeting.participation_a_id, "accepted_b_at"),
        ):
            # a wish is an answer given before the meeting was made; its date tells it from an
            # acceptance, which the other side may see
            answered_at = meeting.created_at if (side, other) in agreed else None
            setattr(meeting, name, now if is_confirmed else answered_at)
        meeting.updated_at = now
        counted[meeting.status] += 1
    session.flush()
    return Publication(
        counted[MeetingStatus.CONFIRMED],
        counted[MeetingStatus.PROPOSED],
        lost,
        unpaused=unpaused - lost.keys(),
    )


def _name_lost(session: Session, meeting: Meeting, reason: str) -> None:
    session.merge(
        Unplaced(
            round_id=meeting.round_id,
            event_id=meeting.event_id,
            participation_a_id=meeting.participation_a_id,
            participation_b_id=meeting.participation_b_id,
            value=meeting.value,
            reason=reason,
            arguments={},
        )
    )


def _close_others(session: Session, round_: Round) -> dict[str, str]:
    """What was computed before is past: other drafts cannot be published over this one.

    Their meetings stay, unseen, so that all can be undone; gives the statuses that the rounds had.
    """
    others = session.scalars(
        sa.select(Round).where(
            Round.event_id == round_.event_id,
            Round.id != round_.id,
            Round.status.in_((RoundStatus.DRAFT, RoundStatus.PUBLISHED)),
        )
    ).all()
    closed = {str(other.id): other.status.value for other in others}
    for other in others:
        other.status = RoundStatus.CLOSED
    session.flush()
    return closed


def _versions(session: Session, round_id: int) -> list[list[int]]:
    rows = session.execute(
        sa.select(Meeting.id, Meeting.version)
        .where(Meeting.round_id == round_id, Meeting.status.in_(SEATED))
        .order_by(Meeting.id)
    )
    return [[row.id, row.version] for row in rows]
