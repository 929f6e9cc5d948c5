"""Why a participation that would like a seat has none, as itself may read it.

All seats taken, not held, nobody of its own free: that it may know. Everything else, a never among it,
reads "not_proposed" alike, so that nobody infers what others said.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, EventSession, Round, RoundStatus, SeatWish
from matchmaker.services.session_plan import PlannedSession, read_session_plan

SAID = ("full", "not_held", "not_free")
"""Codes of a plan that a participation reads as they are."""


def reasons_of_last_round(
    session: Session, *, event_id: int, participation_ids: Collection[int]
) -> dict[tuple[int, int], str]:
    """(session, participation) -> why it has no seat, by the round that was published last."""
    last = session.scalar(
        sa.select(Round)
        .where(
            Round.event_id == event_id,
            Round.status.in_((RoundStatus.PUBLISHED, RoundStatus.CLOSED)),
            Round.published_at.is_not(None),
        )
        .order_by(Round.published_at.desc(), Round.id.desc())
        .limit(1)
    )
    if last is None or last.published_at is None:
        return {}
    found = without_seat(session, round_=last, participation_ids=participation_ids)
    later = session.execute(
        sa.select(SeatWish.session_id, SeatWish.participation_id).where(
            SeatWish.event_id == event_id, SeatWish.said_at > last.published_at
        )
    )
    for session_id, participation_id in later:
        found.pop((session_id, participation_id), None)
    return found


def without_seat(
    session: Session, *, round_: Round, participation_ids: Collection[int] | None = None
) -> dict[tuple[int, int], str]:
    """Who of these (None: everybody) wished for a seat in a session of the round, has none, and why."""
    plan = {one.session_id: one for one in read_session_plan(round_.figures)}
    if not plan:
        return {}
    wishes = sa.select(SeatWish.session_id, SeatWish.participation_id).where(
        SeatWish.event_id == round_.event_id,
        SeatWish.session_id.in_(sorted(plan)),
        SeatWish.given_back_at.is_(None),
    )
    if participation_ids is not None:
        wishes = wishes.where(SeatWish.participation_id.in_(sorted(participation_ids)))
    attending = session.execute(
        sa.select(Attendance.session_id, Delegate.participation_id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.event_id == round_.event_id)
    )
    seated = {(session_id, own) for session_id, own in attending}
    held = {session_id for session_id, _ in seated}
    timed = sa.select(EventSession.id).where(EventSession.event_id == round_.event_id, EventSession.has_time)
    time = set(session.scalars(timed))
    return {
        (session_id, own): _reason(plan[session_id], own, session_id in held & time)
        for session_id, own in session.execute(wishes)
        if (session_id, own) not in seated
    }


def _reason(planned: PlannedSession, participation_id: int, is_held: bool) -> str:
    if not is_held:
        return "not_held"
    code = dict(planned.without).get(participation_id, "")
    return code if code in SAID and code != "not_held" else "not_proposed"
