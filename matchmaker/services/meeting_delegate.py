"""Who sits in a meeting for one side: a colleague can take over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotAllowed, Stale
from matchmaker.models import Delegate, Event, Meeting, MeetingDelegate, Person, Slot
from matchmaker.services.audit import record
from matchmaker.services.availability import available_slots
from matchmaker.services.meeting import OPEN_STATUSES, MeetingEnded, delegates_of, find_meeting
from matchmaker.services.meeting_mail import Sitting, sittings_of, tell_meeting
from matchmaker.services.pause import pauses_of
from matchmaker.services.seat import busy_spans, claim_seats, lock_people
from matchmaker.services.seat_wanted import Span


class DelegateBusy(Conflict):
    """The colleague sits in another meeting or attends a session at that time."""

    message = N_("%(name)s is busy at that time. Choose somebody else.")


class DelegateNeedsPause(Conflict):
    """The colleague has another meeting too close to that time."""

    message = N_(
        "%(name)s has another meeting too close to this one: between two meetings this event leaves "
        "%(minutes)s minutes. Choose somebody else."
    )


@dataclass(frozen=True)
class Candidate:
    """A delegate of the own side, and what speaks against taking over."""

    delegate_id: int
    name: str
    job_title: str
    sits: bool
    is_busy: bool
    is_out_of_hours: bool
    lacks_pause: bool = False


def candidates(session: Session, *, event: Event, meeting: Meeting, participation_id: int) -> list[Candidate]:
    """The own side's delegates with their conflicts at the meeting's time; nobody else's are shown."""
    slot = session.get_one(Slot, meeting.slot_id)
    sitting = {
        delegate.id
        for delegate in delegates_of(session, meeting_id=meeting.id, participation_id=participation_id)
    }
    rows = session.execute(
        sa.select(Delegate.id, Person.id, Person.name, Person.job_title)
        .join(Person, Person.id == Delegate.person_id)
        .where(
            Delegate.participation_id == participation_id,
            Delegate.event_id == event.id,
            sa.or_(Delegate.left_at.is_(None), Delegate.id.in_(sitting)),
        )
        .order_by(Person.name, Delegate.id)
    ).all()
    span = Span(slot.starts_at, slot.ends_at)
    busy = busy_spans(session, person_ids=[row[1] for row in rows], window=span)
    free = available_slots(session, event=event, delegates=[row[0] for row in rows])
    pauses = pauses_of(session, event=event, delegate_ids=[row[0] for row in rows], without=[meeting.id])
    return [
        Candidate(
            delegate_id=delegate_id,
            name=name,
            job_title=job_title,
            sits=delegate_id in sitting,
            is_busy=delegate_id not in sitting and bool(busy.get(person_id)),
            is_out_of_hours=delegate_id not in sitting and slot.id not in free.get(delegate_id, frozenset()),
            lacks_pause=delegate_id not in sitting
            and not pauses.allows(delegate_id, slot.starts_at, slot.ends_at),
        )
        for delegate_id, person_id, name, job_title in rows
    ]


def switch_delegate(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int,
    delegate_id: int,
    version: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Let this delegate sit for the side instead of whoever does; all concerned are told.

    Raises DelegateBusy when the person sits elsewhere then, DelegateNeedsPause when it does too shortly
    before or after. Being outside the stated hours is no
    obstacle: the own side decides.
    """
    chosen = session.scalar(
        sa.select(Delegate).where(
            Delegate.id == delegate_id,
            Delegate.participation_id == participation_id,
            Delegate.left_at.is_(None),
        )
    )
    if chosen is None:
        raise Invalid(N_("Choose one of your own delegates."), field="delegate_id")
    before = sittings_of(session, meeting_id=meeting_id)
    lock_people(session, person_ids={chosen.person_id, *(sitting.person.id for sitting in before)})
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    _check(session, meeting, participation_id, version, now)
    leaving = [sitting for sitting in before if sitting.participation_id == participation_id]
    if [sitting.person.id for sitting in leaving] == [chosen.person_id]:
        return meeting
    _check_free(session, event, meeting, chosen)
    _replace(session, meeting, participation_id, chosen)
    meeting.updated_at = now
    session.flush()
    claim_seats(session, meeting=meeting)
    record(
        session, actor_id=actor_id, action="switch_delegate", subject="meeting", subject_id=meeting.id,
        now=now, event_id=event.id, behalf_of_id=behalf_of_id, delegate_id=chosen.id,
    )  # fmt: skip
    _tell(session, event, meeting, participation_id, leaving, now)
    return meeting


def _check(session: Session, meeting: Meeting, participation_id: int, version: int, now: dt.datetime) -> None:
    if not meeting.is_side(participation_id):
        raise NotAllowed()
    if meeting.status not in OPEN_STATUSES or session.get_one(Slot, meeting.slot_id).ends_at <= now:
        raise MeetingEnded()
    if meeting.version != version:
        raise Stale()


def _check_free(session: Session, event: Event, meeting: Meeting, chosen: Delegate) -> None:
    slot = session.get_one(Slot, meeting.slot_id)
    busy = busy_spans(session, person_ids=[chosen.person_id], window=Span(slot.starts_at, slot.ends_at))
    name = session.get_one(Person, chosen.person_id).name
    if busy.get(chosen.person_id):
        raise DelegateBusy(name=name)
    pauses = pauses_of(session, event=event, delegate_ids=[chosen.id], without=[meeting.id])
    if not pauses.allows(chosen.id, slot.starts_at, slot.ends_at):
        raise DelegateNeedsPause(name=name, minutes=int(pauses.length(chosen.id).total_seconds()) // 60)


def _replace(session: Session, meeting: Meeting, participation_id: int, chosen: Delegate) -> None:
    own = {d.id for d in delegates_of(session, meeting_id=meeting.id, participation_id=participation_id)}
    kept = [sitter for sitter in meeting.sitters if sitter.delegate_id not in own]
    meeting.sitters = [*kept, MeetingDelegate(delegate_id=chosen.id, event_id=meeting.event_id)]
    session.flush()


def _tell(
    session: Session,
    event: Event,
    meeting: Meeting,
    participation_id: int,
    leaving: list[Sitting],
    now: dt.datetime,
) -> None:
    """The one who leaves loses the calendar entry, the one who comes gets it, the other side is told."""
    coming = sittings_of(session, meeting_id=meeting.id)
    name = next(s.person.name for s in coming if s.participation_id == participation_id)
    for role, sittings, method in (
        ("leaves", leaving, "CANCEL"),
        ("comes", [s for s in coming if s.participation_id == participation_id], "REQUEST"),
        ("other_side", [s for s in coming if s.participation_id != participation_id], None),
    ):
        tell_meeting(
            session, kind="meeting_delegate_switched", event=event, meeting=meeting, sittings=sittings,
            now=now, method=method, role=role, delegate=name,
        )  # fmt: skip
