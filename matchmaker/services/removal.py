"""Takes slots, a place or a delegate out of a schedule that people know: what can stay or move does.

The rest is cancelled. Everybody concerned is told once. The mails are held back, and as long as they are
all of it can be undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import (
    SEATED,
    Change,
    ChangeKind,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    MeetingStatus,
    Person,
    Place,
    RequestStatus,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE, begin_change
from matchmaker.services.gone import Gone
from matchmaker.services.impact import HitMeeting, InUse, impact_of_meetings, read_hit
from matchmaker.services.left_session import LeftSession
from matchmaker.services.meeting import OPEN_STATUSES, end_moves
from matchmaker.services.mending import plan_moves
from matchmaker.services.narrowing import drafts_out_of_hours, hit_by_narrowing
from matchmaker.services.placing import Placement, place_meeting
from matchmaker.services.putting_back import dump_before
from matchmaker.services.round_repair_mail import Cause, tell_repaired
from matchmaker.services.seat import claim_seats_of, free_seats, lock_people
from matchmaker.services.seat_people import persons_of
from matchmaker.services.session_leaving import (
    foresee_leaving,
    leave_sessions,
    lock_sessions_left,
    people_concerned,
)
from matchmaker.services.session_moving import foresee_moving, lock_sessions_hit, move_sessions


@dataclass(frozen=True)
class Kept:
    """A meeting that stands: when and where it is then, and who takes a seat over in it."""

    meeting: HitMeeting
    starts_at: dt.datetime
    place: str
    sits: str = ""


@dataclass(frozen=True)
class Outlook:
    """What taking it out would do: who takes seats over, what moves, what is cancelled, who is told."""

    moved: tuple[Kept, ...]
    cancelled: tuple[HitMeeting, ...]
    people: int
    drafts: int = 0
    requests: int = 0
    handed: tuple[Kept, ...] = ()
    sessions: tuple[LeftSession, ...] = ()

    @property
    def is_harmless(self) -> bool:
        """Whether nobody is hit."""
        hit = self.handed or self.moved or self.cancelled or self.drafts or self.requests
        return not (hit or self.sessions)


def foresee_removal(session: Session, *, event: Event, gone: Gone, now: dt.datetime) -> Outlook:
    """Who is hit and what would become of their meetings as things stand; changes nothing."""
    sessions = foresee_moving(session, event=event, gone=gone, now=now)
    meetings = _hit(session, event, gone, now, sessions)
    plan = plan_moves(session, event=event, meetings=meetings, gone=gone, now=now, sessions=sessions)
    hit = read_hit(session, meeting_ids=[row.id for row in meetings])
    before = {row.id: Placement.of(row) for row in meetings}
    stay = {row.id for row in meetings if row.id in plan and not plan[row.id].is_elsewhere(row)}
    kept = [_kept(session, hit[number], before[number], to) for number, to in plan.items()]
    kept.sort(key=lambda one: one.meeting.starts_at)
    sitting = {number for one in (*before.values(), *plan.values()) for number in one.delegate_ids}
    left = foresee_leaving(session, event_id=event.id, delegate_ids=_leaving(gone), now=now)
    return Outlook(
        handed=tuple(one for one in kept if one.meeting.id in stay),
        moved=tuple(one for one in kept if one.meeting.id not in stay),
        cancelled=tuple(hit[row.id] for row in meetings if row.id not in plan),
        people=len(_persons(session, sitting) | people_concerned(session, (*left, *sessions))),
        drafts=len(_drafts(session, event, gone)),
        requests=len(_requests(session, event.id, gone)),
        sessions=(*left, *sessions),
    )


def _kept(session: Session, hit: HitMeeting, before: Placement, to: Placement) -> Kept:
    place = session.get_one(Place, to.place_id).name if to.place_id is not None else ""
    comes = sorted(to.delegate_ids - before.delegate_ids)
    names = session.scalars(
        sa.select(Person.name).join(Delegate, Delegate.person_id == Person.id).where(Delegate.id.in_(comes))
    )
    sits = ", ".join(names) if comes else ""
    return Kept(hit, session.get_one(Slot, to.slot_id).starts_at, place, sits)


def take_out(
    session: Session,
    *,
    event: Event,
    gone: Gone,
    name: str,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    block_id: int | None = None,
    added_slot_ids: Sequence[int] = (),
    behalf_of_id: int | None = None,
    cause: Cause | None = None,
    **details: Any,
) -> Change:
    """Mend everything that rests on what goes; the caller then deletes it in the same transaction.

    Raises InUse where a meeting has already been held at slots or a place: what happened is not deleted.
    `added_slot_ids` were made for this change and go when it is undone.
    """
    leaving = _leaving(gone)
    lock_sessions_left(session, delegate_ids=leaving)
    lock_sessions_hit(session, event=event, gone=gone, now=now)
    sessions = foresee_leaving(session, event_id=event.id, delegate_ids=leaving, now=now)
    moving = foresee_moving(session, event=event, gone=gone, now=now)
    people = _people_to_lock(session, gone, _hit(session, event, gone, now, moving))
    lock_people(session, person_ids=people | people_concerned(session, (*sessions, *moving)))
    left = leave_sessions(
        session, event_id=event.id, delegate_ids=leaving, actor_id=actor_id, behalf_of_id=behalf_of_id,
        now=now,
    )  # fmt: skip
    moved = move_sessions(session, event=event, gone=gone, actor_id=actor_id, now=now)
    meetings = _hit(session, event, gone, now)
    _refuse_history(session, event.id, gone, {row.id for row in meetings})
    plan = plan_moves(session, event=event, meetings=meetings, gone=gone, now=now)
    before = {row.id: Placement.of(row) for row in meetings}
    drafts = _drafts(session, event, gone)
    dumped = dump_before(
        session, event_id=event.id, gone=gone, block_id=block_id, at_gone=_at(gone),
        meeting_ids=[*before, *drafts],
    )  # fmt: skip
    change = begin_change(
        session, event_id=event.id, kind=ChangeKind.REPAIR, actor_id=actor_id, now=now, hold=hold, name=name,
        **details,
    )  # fmt: skip
    _mend(session, meetings, plan, actor_id, behalf_of_id, now)
    tell_repaired(
        session, event=event, key=f"change{change.id}", before=before, meetings=meetings, now=now,
        change=change, cause=cause, sessions=(*left.sessions, *moved.sessions),
    )  # fmt: skip
    _close_requests(session, event.id, gone, now)
    _drop_drafts(session, drafts)
    session.flush()
    versions = {str(row.id): row.version for row in meetings if row.slot_id not in gone.slot_ids}
    change.before = {
        "rows": dumped, "versions": versions, "added": list(added_slot_ids), "left": left.before,
        "moved": moved.before,
    }  # fmt: skip
    session.flush()
    return change


def _leaving(gone: Gone) -> set[int]:
    return set() if gone.delegate_id is None else {gone.delegate_id}


def _hit(
    session: Session, event: Event, gone: Gone, now: dt.datetime, moving: Sequence[LeftSession] = ()
) -> list[Meeting]:
    """The coming meetings that lose their slot, place or delegate, the firmest and best first."""
    at = _at(gone)
    if gone.narrowed is not None:
        hit = hit_by_narrowing(session, event=event, narrowed=gone.narrowed, now=now, moving=moving)
        at = Meeting.id.in_(hit)
    elif gone.delegate_id is not None:
        # what runs already is left to those who sit in it
        sits = sa.select(MeetingDelegate.meeting_id).where(MeetingDelegate.delegate_id == gone.delegate_id)
        at = sa.and_(Meeting.id.in_(sits), Slot.starts_at > now)
    rows = session.scalars(
        sa.select(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.event_id == event.id, Meeting.status.in_(OPEN_STATUSES), Slot.ends_at > now, at)
        .options(selectinload(Meeting.sitters))
        .order_by(Meeting.status, Meeting.value.desc(), Meeting.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _at(gone: Gone) -> sa.ColumnElement[bool]:
    """The meetings at slots and a place that go as a whole."""
    at_slot: sa.ColumnElement[bool] = Meeting.slot_id.in_(sorted(gone.slot_ids))
    return at_slot if gone.place_id is None else sa.or_(at_slot, Meeting.place_id == gone.place_id)


def _people_to_lock(session: Session, gone: Gone, meetings: Sequence[Meeting]) -> set[int]:
    """Those who sit in these meetings, and the colleagues who may take a seat over."""
    sitting = {sitter.delegate_id for row in meetings for sitter in row.sitters}
    if gone.delegate_id is not None:
        side = session.get_one(Delegate, gone.delegate_id).participation_id
        sitting |= set(session.scalars(sa.select(Delegate.id).where(Delegate.participation_id == side)))
    return _persons(session, sitting)


def _persons(session: Session, delegate_ids: Collection[int]) -> set[int]:
    return set(persons_of(session, delegate_ids=delegate_ids).values())


def _refuse_history(session: Session, event_id: int, gone: Gone, hit: set[int]) -> None:
    held = session.scalars(
        sa.select(Meeting.id).where(Meeting.event_id == event_id, Meeting.status.in_(SEATED), _at(gone))
    )
    history = set(held) - hit
    if history:
        raise InUse(impact_of_meetings(session, event_id=event_id, meeting_ids=history))


def _mend(
    session: Session,
    meetings: list[Meeting],
    plan: dict[int, Placement],
    actor_id: int,
    behalf_of_id: int | None,
    now: dt.datetime,
) -> None:
    free_seats(session, meeting_ids=[row.id for row in meetings if row.id not in plan])
    kept = [row for row in meetings if row.id in plan]
    changed = {row.id for row in meetings if row.id not in plan or plan[row.id].is_elsewhere(row)}
    for row in kept:
        place_meeting(row, plan[row.id])
    session.flush()
    refused = claim_seats_of(session, meetings=kept)
    for row in meetings:
        is_kept = row.id in plan and row.id not in refused
        if not is_kept:
            row.status, row.ended_by_id = MeetingStatus.CANCELLED, None
        row.updated_at = now
        action = "cancel" if not is_kept else "move" if row.id in changed else "switch_delegate"
        record(
            session, actor_id=actor_id, action=action, subject="meeting", subject_id=row.id,
            event_id=row.event_id, behalf_of_id=behalf_of_id, now=now, by_repair=True,
        )  # fmt: skip
    session.flush()
    for row in meetings:
        if row.id in changed | refused.keys():
            end_moves(session, row, now)


def _requests(session: Session, event_id: int, gone: Gone) -> list[MeetingRequest]:
    return list(
        session.scalars(
            sa.select(MeetingRequest).where(
                MeetingRequest.event_id == event_id,
                MeetingRequest.slot_id.in_(sorted(gone.slot_ids)),
                MeetingRequest.status == RequestStatus.OPEN,
            )
        )
    )


def _close_requests(session: Session, event_id: int, gone: Gone, now: dt.datetime) -> None:
    """An open request for a slot that goes ends as if nobody had answered: nobody has promised anything."""
    for row in _requests(session, event_id, gone):
        row.status, row.answered_at = RequestStatus.EXPIRED, now
    session.flush()


def _drafts(session: Session, event: Event, gone: Gone) -> list[int]:
    if gone.narrowed is not None:
        return drafts_out_of_hours(session, event=event, narrowed=gone.narrowed)
    drafts = sa.and_(Meeting.event_id == event.id, Meeting.status == MeetingStatus.DRAFT)
    return list(session.scalars(sa.select(Meeting.id).where(drafts, _at(gone))))


def _drop_drafts(session: Session, numbers: Sequence[int]) -> None:
    session.execute(
        # still drafts: a publication may have seated them since they were read
        sa.delete(Meeting)
        .where(Meeting.id.in_(numbers), Meeting.status == MeetingStatus.DRAFT)
        .execution_options(synchronize_session=False)
    )
