"""Takes a delegate out who has meetings: colleagues take the seats, else meetings move or are cancelled."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Stale
from matchmaker.models import (
    Attendance,
    Change,
    Delegate,
    Event,
    EventSession,
    Link,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Organisation,
    Participation,
    Seat,
    Shift,
    ShiftStaff,
    Slot,
)
from matchmaker.services.availability import state_availability
from matchmaker.services.change import AT_ONCE
from matchmaker.services.delegate import (
    forget_delegate,
    note_delegate,
    open_invitations,
    refuse_last_manager,
)
from matchmaker.services.gone import Gone
from matchmaker.services.removal import Outlook, foresee_removal, take_out
from matchmaker.services.round_repair_mail import Cause
from matchmaker.services.seat import lock_people


def foresee_delegate_removal(
    session: Session, *, event: Event, delegate: Delegate, now: dt.datetime
) -> Outlook:
    """What would become of the delegate's coming meetings."""
    return foresee_removal(session, event=event, gone=Gone(delegate_id=delegate.id), now=now)


def remove_delegate(
    session: Session,
    *,
    event: Event,
    delegate: Delegate,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    behalf_of_id: int | None = None,
) -> Change | None:
    """Take a delegate out, and mend the coming meetings; None when nobody was hit. Raises LastManager.

    Everybody concerned gets one mail, due when `hold` is over; until then `undo_change` takes it back.
    Whoever has sat in a meeting stays in the list for its sake, but has no time, rights and mails any more.
    """
    if delegate.is_manager:
        refuse_last_manager(session, delegate)
    if is_hit(session, delegate=delegate, now=now):
        return let_go(
            session, event=event, delegate=delegate, actor_id=actor_id, now=now, hold=hold,
            behalf_of_id=behalf_of_id,
        )  # fmt: skip
    lock_people(session, person_ids=[delegate.person_id])
    if is_hit(session, delegate=delegate, now=now):  # seated in this very moment
        raise Stale()
    _forget_or_keep(session, delegate, actor_id, now, behalf_of_id)
    return None


def let_go(
    session: Session,
    *,
    event: Event,
    delegate: Delegate,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    behalf_of_id: int | None = None,
    **details: Any,
) -> Change:
    """Take a delegate out, hit or not, so that it can be undone; who manages then is not asked."""
    links = open_invitations(session, delegate)
    change = mend_without(
        session, event=event, delegate=delegate, actor_id=actor_id, now=now, hold=hold,
        behalf_of_id=behalf_of_id, **details,
    )  # fmt: skip
    change.before = {**change.before, "links": links}
    _forget_or_keep(session, delegate, actor_id, now, behalf_of_id)
    return change


def _forget_or_keep(
    session: Session, delegate: Delegate, actor_id: int, now: dt.datetime, behalf_of_id: int | None
) -> None:
    note_delegate(session, "remove_delegate", delegate, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)
    if has_begun(session, delegate=delegate, now=now):
        _keep_for_the_past(session, delegate, actor_id, now, behalf_of_id)
    else:
        forget_delegate(session, delegate=delegate, now=now)


def is_hit(session: Session, *, delegate: Delegate, now: dt.datetime) -> bool:
    """Whether the delegate sits in a meeting or session that has not begun."""
    meeting = sa.select(Seat.meeting_id).join(Slot, Slot.id == Seat.slot_id)
    meeting = meeting.where(Seat.delegate_id == delegate.id, Slot.starts_at > now)
    attended = sa.select(Attendance.session_id).join(EventSession, EventSession.id == Attendance.session_id)
    attended = attended.where(Attendance.delegate_id == delegate.id, EventSession.starts_at > now)
    return any(session.scalar(coming.limit(1)) is not None for coming in (meeting, attended))


def mend_without(
    session: Session,
    *,
    event: Event,
    delegate: Delegate,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    behalf_of_id: int | None = None,
    is_named: bool = True,
    **details: Any,
) -> Change:
    """Let the coming meetings do without this delegate, who is then to be taken out."""
    side = session.get_one(Participation, delegate.participation_id)
    name = delegate.person.name if is_named else ""
    return take_out(
        session,
        event=event,
        gone=Gone(delegate_id=delegate.id),
        name=name,
        actor_id=actor_id,
        now=now,
        hold=hold,
        behalf_of_id=behalf_of_id,
        cause=Cause(name, session.get_one(Organisation, side.organisation_id).name),
        participation_id=side.id,
        **details,
    )


def has_begun(session: Session, *, delegate: Delegate, now: dt.datetime) -> bool:
    """Whether the delegate has a seat in a meeting that has begun or is over."""
    seats = sa.select(Seat.meeting_id).join(Slot, Slot.id == Seat.slot_id)
    seats = seats.where(Seat.delegate_id == delegate.id, Slot.starts_at <= now)
    return session.scalar(seats.limit(1)) is not None


def _keep_for_the_past(
    session: Session, delegate: Delegate, actor_id: int, now: dt.datetime, behalf_of_id: int | None
) -> None:
    past = session.scalars(
        sa.select(Slot.id).where(Slot.event_id == delegate.event_id, Slot.starts_at <= now)
    ).all()
    delegate.is_manager, delegate.left_at = False, now
    _drop_coming(session, delegate=delegate, now=now)
    state_availability(
        session, delegate=delegate, slot_ids=past, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id
    )
    now_worthless = sa.update(Link).where(Link.id.in_(open_invitations(session, delegate)))
    session.execute(now_worthless.values(revoked_at=now).execution_options(synchronize_session=False))
    session.flush()


def _drop_coming(session: Session, *, delegate: Delegate, now: dt.datetime) -> None:
    """Take a delegate without coming seats out of drafts, shifts and sessions that are still to come."""
    drafts = sa.select(Meeting.id).where(
        Meeting.event_id == delegate.event_id, Meeting.status == MeetingStatus.DRAFT
    )
    shifts = sa.select(Shift.id).where(Shift.event_id == delegate.event_id, Shift.ends_at > now)
    sessions = sa.select(EventSession.id).where(
        EventSession.event_id == delegate.event_id, EventSession.starts_at > now
    )
    for table, of in (
        (MeetingDelegate, MeetingDelegate.meeting_id.in_(drafts)),
        (ShiftStaff, ShiftStaff.shift_id.in_(shifts)),
        (Attendance, Attendance.session_id.in_(sessions)),
    ):
        session.execute(
            sa.delete(table)
            .where(table.delegate_id == delegate.id, of)
            .execution_options(synchronize_session=False)
        )
