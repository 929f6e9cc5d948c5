"""When delegates can meet: what they said, else their office hours, minus what keeps them busy."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Availability,
    Delegate,
    Event,
    EventSession,
    Person,
    Seat,
    SessionKind,
    Slot,
)
from matchmaker.services.audit import record

DAY_STARTS = dt.time(8, 0)
DAY_ENDS = dt.time(19, 0)

# beyond this many delegates a list of ids costs more than reading the whole event
FEW = 400


@dataclass(frozen=True, slots=True)
class Span:
    """A slot or session as numbers of the database and moments in UTC."""

    id: int
    starts_at: dt.datetime
    ends_at: dt.datetime

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a moment; one that begins when the other ends does not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def is_office_hour(slot: Span, zone: ZoneInfo) -> bool:
    """Whether the slot lies within one day's 8:00 to 19:00 on the clock of `zone`."""
    start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    return start.date() == end.date() and start.time() >= DAY_STARTS and end.time() <= DAY_ENDS


def available_slots(
    session: Session,
    *,
    event: Event,
    delegates: Collection[int] | None = None,
    movable: Collection[int] = (),
    movable_session: int | None = None,
) -> dict[int, frozenset[int]]:
    """The slots of the event in which each delegate (all, or those of these ids) can meet.

    What a delegate said of a slot counts, else 8:00 to 19:00 in the person's own zone. Breaks,
    attended sessions and seats of the same person in any event that overlap are taken away, except
    the seats of `movable` meetings and of a session, which might be held at another time. The number of
    queries does not depend on the number of delegates.
    """
    slots = _spans(session, sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.event_id == event.id))
    people = _delegates(session, event.id, delegates)
    if not slots:
        return {delegate_id: frozenset() for delegate_id, _, _ in people}
    in_break = _overlapping(slots, _breaks(session, event.id))
    said = _said(session, event.id, delegates)
    busy = _busy(session, event.id, slots, frozenset(movable), movable_session)
    usual: dict[str, frozenset[int]] = {}
    found: dict[int, frozenset[int]] = {}
    for delegate_id, person_id, zone in people:
        if zone not in usual:
            usual[zone] = usual_slots(slots, zone) - in_break
        chosen = usual[zone]
        if delegate_id in said:
            yes, no = said[delegate_id]
            chosen = (chosen | (yes - in_break)) - no
        found[delegate_id] = chosen - busy[person_id] if person_id in busy else chosen
    return found


def usual_slots(slots: Iterable[Span], zone: str) -> frozenset[int]:
    """The slots within office hours of an IANA zone: what counts while a delegate says nothing."""
    clock = ZoneInfo(zone)
    return frozenset(slot.id for slot in slots if is_office_hour(slot, clock))


def stated_slots(session: Session, *, delegate: Delegate) -> tuple[list[Span], frozenset[int]]:
    """The event's slots in order of time, and those of them that the delegate said or is taken to be free."""
    statement = sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.event_id == delegate.event_id)
    slots = sorted(_spans(session, statement), key=lambda slot: (slot.starts_at, slot.id))
    yes, no = _said(session, delegate.event_id, [delegate.id]).get(delegate.id, (set(), set()))
    return slots, (usual_slots(slots, delegate.person.time_zone) | yes) - no


def state_availability(
    session: Session,
    *,
    delegate: Delegate,
    slot_ids: Collection[int],
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Write down that the delegate can meet in exactly these slots of the event."""
    own = session.scalars(sa.select(Slot.id).where(Slot.event_id == delegate.event_id)).all()
    session.execute(sa.delete(Availability).where(Availability.delegate_id == delegate.id))
    session.add_all(
        Availability(
            delegate_id=delegate.id,
            slot_id=slot_id,
            event_id=delegate.event_id,
            is_available=slot_id in slot_ids,
        )
        for slot_id in sorted(own)
    )
    session.flush()
    record(
        session,
        actor_id=actor_id,
        action="state_availability",
        subject="delegate",
        subject_id=delegate.id,
        event_id=delegate.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
        slots=len(set(own) & set(slot_ids)),
    )


def _delegates(
    session: Session, event_id: int, wanted: Collection[int] | None
) -> Sequence[sa.Row[int, int, str]]:
    statement = (
        sa.select(Delegate.id, Delegate.person_id, Person.time_zone)
        .join(Person, Person.id == Delegate.person_id)
        .where(Delegate.event_id == event_id, Delegate.left_at.is_(None))
        .order_by(Delegate.id)
    )
    if wanted is not None and len(wanted) <= FEW:
        statement = statement.where(Delegate.id.in_(wanted))
    rows = session.execute(statement).all()
    if wanted is None or len(wanted) <= FEW:
        return rows
    chosen = frozenset(wanted)
    return [row for row in rows if row.id in chosen]


def _said(
    session: Session, event_id: int, wanted: Collection[int] | None
) -> dict[int, tuple[set[int], set[int]]]:
    """Per delegate who said something: the slots it said yes to, and those it said no to."""
    statement = sa.select(Availability.delegate_id, Availability.slot_id, Availability.is_available).where(
        Availability.event_id == event_id
    )
    if wanted is not None and len(wanted) <= FEW:
        statement = statement.where(Availability.delegate_id.in_(wanted))
    said: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for delegate_id, slot_id, is_available in session.execute(statement):
        said[delegate_id][0 if is_available else 1].add(slot_id)
    return said


def _busy(
    session: Session,
    event_id: int,
    slots: Sequence[Span],
    movable: frozenset[int],
    movable_session: int | None,
) -> dict[int, frozenset[int]]:
    """Per person with something else on: the slots that it overlaps."""
    theirs = sa.select(Delegate.person_id).where(Delegate.event_id == event_id)
    first, last = min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots)
    programme = sa.and_(EventSession.starts_at < last, EventSession.ends_at > first)
    near = sa.and_(Slot.starts_at < last, Slot.ends_at > first)
    attended = session.execute(
        sa.select(Delegate.person_id, Attendance.session_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(EventSession, EventSession.id == Attendance.session_id)
        .where(programme, Delegate.person_id.in_(theirs))
    ).all()
    seated = session.execute(
        sa.select(Seat.person_id, Seat.slot_id, Seat.meeting_id)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(near, Seat.person_id.in_(theirs))
    ).all()
    sessions = _spans(
        session,
        sa.select(EventSession.id, EventSession.starts_at, EventSession.ends_at).where(programme),
    )
    taken = _spans(session, sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(near))
    by_session = {span.id: _overlapping(slots, [span]) for span in sessions}
    by_slot = {span.id: _overlapping(slots, [span]) for span in taken}
    busy: dict[int, frozenset[int]] = defaultdict(frozenset)
    for person_id, session_id in attended:
        if session_id != movable_session:
            busy[person_id] |= by_session[session_id]
    for person_id, slot_id, meeting_id in seated:
        if meeting_id not in movable:
            busy[person_id] |= by_slot[slot_id]
    return busy


def _breaks(session: Session, event_id: int) -> list[Span]:
    statement = sa.select(EventSession.id, EventSession.starts_at, EventSession.ends_at)
    return _spans(
        session,
        statement.where(EventSession.event_id == event_id, EventSession.kind == SessionKind.BREAK),
    )


def _overlapping(slots: Iterable[Span], others: Collection[Span]) -> frozenset[int]:
    return frozenset(slot.id for slot in slots if any(slot.overlaps(other) for other in others))


def _spans(session: Session, statement: sa.Select[int, dt.datetime, dt.datetime]) -> list[Span]:
    return [Span(*row) for row in session.execute(statement)]
