"""Undoes what leaving did to sessions: who lost a seat has it again, and a roundtable its time and place."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, EventSession, FreedSeat
from matchmaker.services.change import AnsweredMeanwhile
from matchmaker.services.row_dump import restore_rows
from matchmaker.services.seat import busy_spans, lock_people, lock_places
from matchmaker.services.seat_count import count_attending
from matchmaker.services.seat_wanted import Span
from matchmaker.services.session_place import has_room


def lock_left(session: Session, *, before: dict[str, Any]) -> None:
    """Lock the sessions that undoing would give back, before anybody's person is locked."""
    numbers = {row["session_id"] for row in before.get("attendance", ())}
    rows = sa.select(EventSession.id).where(EventSession.id.in_(sorted(numbers)))
    session.execute(rows.order_by(EventSession.id).with_for_update()).all()


def hold_again(session: Session, *, before: dict[str, Any]) -> None:
    """Undo `leave_sessions`; the delegates are there again by now, and `lock_left` has locked.

    Raises AnsweredMeanwhile when a seat, a place or somebody's time has gone to others.
    """
    if not before:
        return
    numbers = {row["session_id"] for row in before["attendance"]}
    back = {(row["session_id"], row["delegate_id"]) for row in before["attendance"]}
    delegates = {delegate_id for _, delegate_id in back}
    people = dict(
        session.execute(
            sa.select(Delegate.id, Delegate.person_id).where(Delegate.id.in_(sorted(delegates)))
        ).all()
    )
    if delegates - people.keys():
        raise AnsweredMeanwhile()
    lock_people(session, person_ids=people.values())
    for was in before["sessions"]:
        _hold(session, was)
    for session_id, delegate_id in before["given"]:
        gone = session.execute(
            sa.delete(Attendance)
            .where(Attendance.session_id == session_id, Attendance.delegate_id == delegate_id)
            .returning(Attendance.delegate_id)
        ).all()
        if not gone:
            raise AnsweredMeanwhile()
    session.execute(
        sa.delete(FreedSeat).where(FreedSeat.id.in_(before["freed"]), FreedSeat.dealt_at.is_(None))
    )
    _refuse_if_busy(session, back, people)
    restore_rows(session, Attendance, before["attendance"])
    session.flush()
    session.expire_all()
    for number in numbers:
        row = session.get_one(EventSession, number)
        guests = count_attending(session, event_id=row.event_id, session_id=number)[number, False]
        if row.seats is not None and guests > row.seats:
            raise AnsweredMeanwhile()


def _hold(session: Session, was: dict[str, Any]) -> None:
    """Give a session its time and place back."""
    row = session.get(EventSession, was["id"], populate_existing=True)
    if row is None or (row.has_time and row.block_id is not None):
        raise AnsweredMeanwhile()
    if session.scalar(sa.select(Attendance.delegate_id).where(Attendance.session_id == row.id).limit(1)):
        raise AnsweredMeanwhile()
    starts_at, ends_at = (dt.datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at"))
    if was["place_id"] is not None:
        lock_places(session, place_ids=[was["place_id"]])
        span = {"starts_at": starts_at, "ends_at": ends_at}
        if not has_room(session, place_id=was["place_id"], session_id=row.id, **span):
            raise AnsweredMeanwhile()
    row.starts_at, row.ends_at = starts_at, ends_at
    row.place_id, row.has_time = was["place_id"], was["has_time"]
    session.flush()


def _refuse_if_busy(session: Session, back: set[tuple[int, int]], people: dict[int, int]) -> None:
    """Whoever gets a seat back must not sit somewhere else at that time by now."""
    seats: dict[int, set[int]] = defaultdict(set)
    for session_id, delegate_id in back:
        seats[session_id].add(people[delegate_id])
    for session_id, those in seats.items():
        row = session.get_one(EventSession, session_id)
        present = set(
            session.scalars(
                sa.select(Delegate.person_id)
                .join(Attendance, Attendance.delegate_id == Delegate.id)
                .where(Attendance.session_id == session_id)
            )
        )
        busy = busy_spans(session, person_ids=those - present, window=Span(row.starts_at, row.ends_at))
        if any(busy.values()):
            raise AnsweredMeanwhile()
