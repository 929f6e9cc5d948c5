"""Undoes what leaving did to sessions: who lost a seat has it again, and a roundtable its time and place."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, EventSession, FreedSeat, Person
from matchmaker.services.row_dump import restore_rows
from matchmaker.services.seat import busy_spans, lock_people, lock_places
from matchmaker.services.seat_count import count_attending
from matchmaker.services.seat_mail import tell_session_moved
from matchmaker.services.seat_meanwhile import HeldOtherwise, SeatsTaken, SessionGone, SitterBusy, SitterGone
from matchmaker.services.seat_people import lock_sessions, persons_attending, persons_of
from matchmaker.services.seat_wanted import Span
from matchmaker.services.session_leaving import time_and_place
from matchmaker.services.session_place import has_room


def lock_left(session: Session, *, before: dict[str, Any]) -> None:
    """Lock the sessions that undoing would give back, before anybody's person is locked."""
    numbers = {row["session_id"] for row in before.get("attendance", ())}
    lock_sessions(session, session_ids=numbers)


def hold_again(session: Session, *, before: dict[str, Any], now: dt.datetime) -> None:
    """Undo `leave_sessions`; the delegates are there again by now, and `lock_left` has locked.

    Raises SeatMeanwhile when a seat, a place or somebody's time has gone to others. Whoever missed that the
    session was moved is told now.
    """
    if not before:
        return
    back = {(row["session_id"], row["delegate_id"]) for row in before["attendance"]}
    rows = _rows(session, {session_id for session_id, _ in back})
    people = _people(session, back, rows)
    lock_people(session, person_ids=people.values())
    for was in before["sessions"]:
        _hold(session, rows[was["id"]], was)
    for session_id, delegate_id in before["given"]:
        gone = session.execute(
            sa.delete(Attendance)
            .where(Attendance.session_id == session_id, Attendance.delegate_id == delegate_id)
            .returning(Attendance.delegate_id)
        ).all()
        if not gone:
            raise SeatsTaken(rows[session_id])
    session.execute(
        sa.delete(FreedSeat).where(FreedSeat.id.in_(before["freed"]), FreedSeat.dealt_at.is_(None))
    )
    _refuse_if_busy(session, back, people, rows)
    restore_rows(session, Attendance, before["attendance"])
    session.flush()
    session.expire_all()
    for number, row in rows.items():
        guests = count_attending(session, event_id=row.event_id, session_id=number)[number, False]
        if row.seats is not None and guests > row.seats:
            raise SeatsTaken(row)
    for number, was_at in before.get("at", ()):
        if was_at != time_and_place(rows[number]):
            those = {people[delegate_id] for session_id, delegate_id in back if session_id == number}
            sitters = session.scalars(
                sa.select(Person).where(Person.id.in_(sorted(those))).order_by(Person.id)
            )
            tell_session_moved(session, found=rows[number], people=sitters.all(), now=now)


def _rows(session: Session, numbers: set[int]) -> dict[int, EventSession]:
    """The sessions as they are now; raises SessionGone when one was deleted."""
    rows = session.scalars(
        sa.select(EventSession)
        .where(EventSession.id.in_(sorted(numbers)))
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if found.keys() != numbers:
        raise SessionGone()
    return found


def _people(session: Session, back: set[tuple[int, int]], rows: dict[int, EventSession]) -> dict[int, int]:
    """Whose seats come back: delegate -> person; raises SitterGone when one is no longer there."""
    people = persons_of(session, delegate_ids={delegate_id for _, delegate_id in back})
    for session_id, delegate_id in sorted(back):
        if delegate_id not in people:
            raise SitterGone(rows[session_id])
    return people


def _hold(session: Session, row: EventSession, was: dict[str, Any]) -> None:
    """Give a session its time and place back."""
    if row.has_time and row.block_id is not None:
        raise HeldOtherwise(row)
    if session.scalar(sa.select(Attendance.delegate_id).where(Attendance.session_id == row.id).limit(1)):
        raise SeatsTaken(row)
    starts_at, ends_at = (dt.datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at"))
    if was["place_id"] is not None:
        lock_places(session, place_ids=[was["place_id"]])
        span = {"starts_at": starts_at, "ends_at": ends_at}
        if not has_room(session, place_id=was["place_id"], session_id=row.id, **span):
            raise HeldOtherwise(row)
    row.starts_at, row.ends_at = starts_at, ends_at
    row.place_id, row.has_time = was["place_id"], was["has_time"]
    row.stays_with = was.get("stays_with")
    session.flush()


def _refuse_if_busy(
    session: Session, back: set[tuple[int, int]], people: dict[int, int], rows: dict[int, EventSession]
) -> None:
    """Whoever gets a seat back must not sit somewhere else at that time by now."""
    seats: dict[int, set[int]] = defaultdict(set)
    for session_id, delegate_id in back:
        seats[session_id].add(people[delegate_id])
    for session_id, those in seats.items():
        row = rows[session_id]
        present = persons_attending(session, session_id=session_id)
        busy = busy_spans(session, person_ids=those - present, window=Span(row.starts_at, row.ends_at))
        if any(busy.values()):
            raise SitterBusy(row)
