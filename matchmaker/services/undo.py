"""Takes a change back while its mails are held: what it did is put right, and the mails go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    SEATED,
    Change,
    ChangeKind,
    Meeting,
    MeetingStatus,
    Phase,
    PhaseGate,
    Round,
    RoundStatus,
)
from matchmaker.services.change import AnsweredMeanwhile, take_back
from matchmaker.services.phase import read_phase, return_through
from matchmaker.services.putting_back import put_back
from matchmaker.services.review import retract_review
from matchmaker.services.round_opening import close_suggestions
from matchmaker.services.round_repair_apply import offer_again
from matchmaker.services.seat import free_seats
from matchmaker.services.session_moving_back import lock_moved, move_back
from matchmaker.services.session_publication import take_seats_back
from matchmaker.services.session_return import hold_again, lock_left
from matchmaker.services.withdrawal import rejoin

GATES = {
    ChangeKind.OPEN_SUGGESTIONS: Phase.WISHES,
    ChangeKind.OPEN_REVIEW: Phase.REVIEW,
    ChangeKind.PUBLISH_ROUND: Phase.PUBLISHED,
}


def undo_change(session: Session, *, change: Change, actor_id: int, now: dt.datetime) -> bool:
    """Undo a change and go back through the gate that it opened; False when it was undone before.

    Raises MailsOut when a mail has left, AnsweredMeanwhile when somebody has acted on it.
    """
    if not take_back(session, change=change, actor_id=actor_id, now=now):
        return False
    if change.kind == ChangeKind.PUBLISH_ROUND:
        _unpublish(session, change.before)
    elif change.kind == ChangeKind.OPEN_SUGGESTIONS:
        close_suggestions(session, round_=session.get_one(Round, change.before["round_id"]))
    elif change.kind == ChangeKind.OPEN_REVIEW:
        retract_review(session, round_=session.get_one(Round, change.before["round_id"]))
    elif change.kind == ChangeKind.REPAIR:
        lock_left(session, before=change.before.get("left", {}))
        lock_moved(session, before=change.before.get("moved", {}))
        put_back(session, change=change)
        rejoin(session, change=change)
        hold_again(session, before=change.before.get("left", {}), now=now)
        move_back(session, before=change.before.get("moved", {}))
        offer_again(session, change=change)
    _return_through_gate(session, change, actor_id, now)
    return True


def _return_through_gate(session: Session, change: Change, actor_id: int, now: dt.datetime) -> None:
    phase = GATES.get(change.kind)
    if phase is None or read_phase(session, event_id=change.event_id) != phase:
        return
    gate = session.get(PhaseGate, (change.event_id, phase), populate_existing=True)
    if gate is not None and gate.change_id == change.id:
        return_through(session, event_id=change.event_id, phase=phase, actor_id=actor_id, now=now)


def _unpublish(session: Session, before: dict[str, Any]) -> None:
    """The published meetings are a draft again, without seats; other drafts can be published again."""
    round_ = session.get_one(Round, before["round_id"], populate_existing=True)
    present = session.execute(
        sa.select(Meeting.id, Meeting.version)
        .where(Meeting.round_id == round_.id, Meeting.status.in_(SEATED))
        .order_by(Meeting.id)
        # an answer given in this moment comes before, and is seen, or finds the meeting changed
        .with_for_update(key_share=True)
    )
    if [[row.id, row.version] for row in present] != before["meetings"]:
        raise AnsweredMeanwhile()
    free_seats(session, meeting_ids=[number for number, _ in before["meetings"]])
    session.execute(
        sa.update(Meeting)
        .where(Meeting.round_id == round_.id, Meeting.status.in_(SEATED))
        .values(
            status=MeetingStatus.DRAFT, accepted_a_at=None, accepted_b_at=None, version=Meeting.version + 1
        )
        .execution_options(synchronize_session=False)
    )
    take_seats_back(session, given=before.get("sessions", ()))
    round_.status, round_.published_at, round_.figures = RoundStatus.DRAFT, None, before["figures"]
    if not before["opened"]:
        round_.opened_at = None
    session.flush()
    for number, status in before["closed"].items():
        other = session.get(Round, int(number))
        if other is not None and other.status == RoundStatus.CLOSED:
            other.status = RoundStatus(status)
    session.flush()
    session.expire_all()
