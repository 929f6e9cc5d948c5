"""The waiting list for seats: one that came free goes to the best next participation that would like it.

A wish for a seat is consent beforehand, as it is when a round gives the seats; whoever gets one is told and
can give it back. What is due is a FreedSeat row that nobody has dealt with. At a roundtable nobody takes a
seat directly: whoever may not sit with somebody there would learn of it. They wish, and the list answers
everybody alike, with a seat or with silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Availability,
    Change,
    Delegate,
    Event,
    EventSession,
    FreedSeat,
    Participation,
    ParticipationStatus,
    Person,
    SeatWish,
    SessionKind,
    Slot,
    Suggestion,
)
from matchmaker.services.apart import kept_apart
from matchmaker.services.audit import record
from matchmaker.services.pause import pauses_of
from matchmaker.services.seat import busy_spans, lock_people
from matchmaker.services.seat_count import AHEAD, count_attending
from matchmaker.services.seat_mail import tell_seat_given
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.seat_wanted import Span


def free_seat(session: Session, *, found: EventSession, now: dt.datetime, count: int = 1) -> list[int]:
    """Leave seats that came free to the waiting list, where the event has one; gives the rows' numbers."""
    event = session.get_one(Event, found.event_id)
    if not (event.has_waiting_list and _is_dealt_out(found, now)):
        return []
    return _free(session, found, now, count)


def ask_waiting_list(session: Session, *, found: EventSession, now: dt.datetime) -> None:
    """Let the list look once more whether it can give a seat, because somebody would like one by now.

    Before its round is published a session has no people, and there is nothing to look at.
    """
    if not sum(count_attending(session, event_id=found.event_id, session_id=found.id).values()):
        return
    waits = sa.select(FreedSeat.id).where(FreedSeat.session_id == found.id, FreedSeat.dealt_at.is_(None))
    if _is_dealt_out(found, now) and session.scalar(waits.limit(1)) is None:
        _free(session, found, now, 1)


def due_seats(session: Session, *, now: dt.datetime, limit: int = 50) -> list[int]:
    """The freed seats that can be dealt with, the soonest first.

    While a change of the event can still be undone none is: whoever left may want the seat back.
    """
    may_come_back = sa.exists().where(
        Change.event_id == FreedSeat.event_id, Change.undone_at.is_(None), Change.held_until > now
    )
    return list(
        session.scalars(
            sa.select(FreedSeat.id)
            .join(EventSession, EventSession.id == FreedSeat.session_id)
            .where(FreedSeat.dealt_at.is_(None), EventSession.starts_at > now + AHEAD, ~may_come_back)
            .order_by(EventSession.starts_at, FreedSeat.id)
            .limit(limit)
        )
    )


def leave_seats(session: Session, *, freed_ids: Sequence[int], now: dt.datetime) -> None:
    """Take these seats off the list; they are free for everybody then."""
    session.execute(
        sa.update(FreedSeat)
        .where(FreedSeat.id.in_(freed_ids), FreedSeat.dealt_at.is_(None))
        .values(dealt_at=now)
        .execution_options(synchronize_session=False)
    )


def give_seat(session: Session, *, freed_id: int, now: dt.datetime) -> int | None:
    """Give one freed seat to the best participation that would like it and can; None when there is none.

    Whoever would like it very much comes first, then who suits the host best, then who said it first. Of two
    workers one deals with it.
    """
    taken = session.execute(
        sa.update(FreedSeat)
        .where(FreedSeat.id == freed_id, FreedSeat.dealt_at.is_(None))
        .values(dealt_at=now)
        .returning(FreedSeat.session_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if taken is None:
        return None
    lock_sessions(session, session_ids=[taken])
    found = session.get_one(EventSession, taken, populate_existing=True)
    attending = count_attending(session, event_id=found.event_id, session_id=found.id)
    is_held = found.has_time and (found.kind != SessionKind.ROUNDTABLE or attending[found.id, True] > 0)
    if not is_held or found.seats is None or attending[found.id, False] >= found.seats:
        return None
    delegate = _next(session, found)
    if delegate is None:
        return None
    session.add(
        Attendance(session_id=found.id, delegate_id=delegate.id, event_id=found.event_id, created_at=now)
    )
    session.execute(
        sa.update(FreedSeat)
        .where(FreedSeat.id == freed_id)
        .values(given_to_id=delegate.participation_id)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    tell_seat_given(
        session, found=found, person=session.get_one(Person, delegate.person_id), now=now,
        participation_id=delegate.participation_id,
    )  # fmt: skip
    record(
        session, actor_id=None, action="give_seat", subject="session", subject_id=found.id, now=now,
        event_id=found.event_id, title=found.title,
    )  # fmt: skip
    return delegate.participation_id


def _is_dealt_out(found: EventSession, now: dt.datetime) -> bool:
    """Whether its seats are given by wishes, and there is time to give one."""
    return found.is_by_round and found.has_time and found.starts_at > now + AHEAD


def _free(session: Session, found: EventSession, now: dt.datetime, count: int) -> list[int]:
    rows = [FreedSeat(event_id=found.event_id, session_id=found.id, freed_at=now) for _ in range(count)]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _next(session: Session, found: EventSession) -> Delegate | None:
    """Who gets the seat: somebody of the best participation that has nobody there and may sit with them."""
    people = session.execute(
        sa.select(Attendance.delegate_id, Delegate.participation_id, Delegate.person_id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.session_id == found.id)
    ).all()
    present = {row.participation_id for row in people}
    wishes = [wish for wish in _wishes(session, found) if wish.participation_id not in present]
    delegates = _delegates(session, wishes)
    lock_people(session, person_ids={row.person_id for row in delegates})
    free = free_then(session, found=found, delegates=delegates)
    event = session.get_one(Event, found.event_id)
    pauses = pauses_of(session, event=event, delegate_ids=free)
    free = {number for number in free if pauses.allows(number, found.starts_at, found.ends_at)}
    there = {row.person_id for row in people}
    apart = frozenset[tuple[int, int]]()
    if found.kind == SessionKind.ROUNDTABLE:
        numbers = {wish.participation_id for wish in wishes} | present
        apart = kept_apart(session, event_id=found.event_id, participation_ids=numbers)
    for wish in wishes:
        own = wish.participation_id
        if any((min(own, other), max(own, other)) in apart for other in present):
            continue
        can = [
            row
            for row in delegates
            if row.participation_id == own and row.id in free and row.person_id not in there
        ]
        if can:
            return min(can, key=lambda row: (row.person_id != wish.said_by_id, not row.is_manager, row.id))
    return None


def _wishes(session: Session, found: EventSession) -> list[SeatWish]:
    rows = session.scalars(
        sa.select(SeatWish)
        .join(Participation, Participation.id == SeatWish.participation_id)
        .where(
            SeatWish.session_id == found.id,
            SeatWish.given_back_at.is_(None),
            Participation.status == ParticipationStatus.APPROVED,
        )
    ).all()
    fits = _fits(session, found)
    return sorted(
        rows,
        key=lambda row: (
            not row.is_strong,
            -fits.get(row.participation_id, 0.0),
            row.said_at,
            row.participation_id,
        ),
    )


def _fits(session: Session, found: EventSession) -> dict[int, float]:
    """How well each suits the host, by the suggestions so far."""
    if found.host_id is None:
        return {}
    a_id, b_id = Suggestion.participation_a_id, Suggestion.participation_b_id
    rows = session.execute(
        sa.select(a_id, b_id, sa.func.max(Suggestion.fit))
        .where(Suggestion.event_id == found.event_id, sa.or_(a_id == found.host_id, b_id == found.host_id))
        .group_by(a_id, b_id)
    )
    return {b if a == found.host_id else a: fit for a, b, fit in rows}


def _delegates(session: Session, wishes: Sequence[SeatWish]) -> list[Delegate]:
    numbers = {wish.participation_id for wish in wishes}
    return list(
        session.scalars(
            sa.select(Delegate)
            .where(Delegate.participation_id.in_(sorted(numbers)), Delegate.left_at.is_(None))
            .order_by(Delegate.id)
        )
    )


def free_then(session: Session, *, found: EventSession, delegates: Sequence[Delegate]) -> set[int]:
    """The delegates who sit nowhere else at its time and said no to no slot of it."""
    span = Span(found.starts_at, found.ends_at)
    busy = busy_spans(session, person_ids={row.person_id for row in delegates}, window=span)
    refused = set(
        session.scalars(
            sa.select(Availability.delegate_id)
            .join(Slot, Slot.id == Availability.slot_id)
            .where(
                Availability.delegate_id.in_(sorted(row.id for row in delegates)),
                Availability.is_available.is_(False),
                Slot.starts_at < found.ends_at,
                Slot.ends_at > found.starts_at,
            )
        )
    )
    return {row.id for row in delegates if not busy.get(row.person_id) and row.id not in refused}
