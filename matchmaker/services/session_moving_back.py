"""Undoes what losing a place, hours or slots did to roundtables and masterclasses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Attendance, Delegate, EventSession, PlaceClosure, SessionKind, SessionPlace
from matchmaker.services.row_dump import restore_rows
from matchmaker.services.seat import busy_spans, lock_people, lock_places
from matchmaker.services.seat_meanwhile import HeldOtherwise, SeatsTaken, SessionGone, SitterBusy, SitterGone
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.seat_wanted import Span
from matchmaker.services.session_moving import state_of
from matchmaker.services.session_place import TableInTheWay, has_room, refuse_where_tables_are


def lock_moved(session: Session, *, before: dict[str, Any]) -> None:
    """Lock the sessions that undoing would put back, before anybody's person is locked."""
    lock_sessions(session, session_ids=[entry["id"] for entry in before.get("sessions", ())])


def move_back(session: Session, *, before: dict[str, Any]) -> None:
    """Undo `move_sessions`; places and blocks are there again by now, and `lock_moved` has locked.

    Raises SeatMeanwhile when a seat, a place or somebody's time has gone to others.
    """
    for entry in reversed(before.get("sessions", ())):
        _put_back(session, entry)
    for number, block_id in before.get("of_block", ()):
        session.execute(
            sa.update(EventSession)
            .where(EventSession.id == number, EventSession.block_id.is_(None))
            .values(block_id=block_id)
            .execution_options(synchronize_session=False)
        )
    _offer_again(session, before.get("offered", ()))
    session.execute(sa.delete(PlaceClosure).where(PlaceClosure.id == before.get("closure")))
    session.flush()
    session.expire_all()


def _put_back(session: Session, entry: dict[str, Any]) -> None:
    row = session.get(EventSession, entry["id"], populate_existing=True)
    if row is None:
        raise SessionGone()
    is_now, was = state_of(session, row), entry["before"]
    if is_now != entry["after"]:
        is_elsewhere = {**is_now, "attendance": []} != {**entry["after"], "attendance": []}
        raise HeldOtherwise(row) if is_elsewhere else SeatsTaken(row)
    span = Span(*(dt.datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at")))
    people = _people(session, row, {one["delegate_id"] for one in was["attendance"]})
    lock_people(session, person_ids=people)
    session.execute(
        sa.delete(Attendance)
        .where(Attendance.session_id == row.id)
        .execution_options(synchronize_session=False)
    )
    if any(busy_spans(session, person_ids=people, window=span).values()):
        raise SitterBusy(row)
    if was["place_id"] is not None and was["place_id"] != row.place_id:
        _check_room(session, row, was["place_id"], span)
    row.starts_at, row.ends_at = span.starts_at, span.ends_at
    row.place_id, row.has_time, row.block_id = was["place_id"], was["has_time"], was["block_id"]
    row.sequence += 1  # a subscribed calendar has seen the new time and needs a higher number to go back
    row.stays_with = was["stays_with"]
    session.flush()
    restore_rows(session, Attendance, was["attendance"])


def _people(session: Session, row: EventSession, delegate_ids: set[int]) -> set[int]:
    rows = session.execute(
        sa.select(Delegate.id, Delegate.person_id).where(
            Delegate.id.in_(sorted(delegate_ids)), Delegate.left_at.is_(None)
        )
    ).all()
    if len(rows) < len(delegate_ids):
        raise SitterGone(row)
    return {one.person_id for one in rows}


def _check_room(session: Session, row: EventSession, place_id: int, span: Span) -> None:
    lock_places(session, place_ids=[place_id])
    starts_at, ends_at = span.ends
    if row.kind == SessionKind.ROUNDTABLE:
        if not has_room(session, place_id=place_id, starts_at=starts_at, ends_at=ends_at, session_id=row.id):
            raise HeldOtherwise(row)
        return
    try:
        refuse_where_tables_are(
            session, place_id=place_id, starts_at=starts_at, ends_at=ends_at, session_id=row.id
        )
    except TableInTheWay as error:
        raise HeldOtherwise(row) from error


def _offer_again(session: Session, offered: list[dict[str, Any]]) -> None:
    """The place may be chosen again by the rounds of those sessions that are still there."""
    numbers = {row["session_id"] for row in offered}
    there = set(session.scalars(sa.select(EventSession.id).where(EventSession.id.in_(sorted(numbers)))))
    present = {
        tuple(row)
        for row in session.execute(
            sa.select(SessionPlace.session_id, SessionPlace.place_id).where(
                SessionPlace.session_id.in_(sorted(numbers))
            )
        )
    }
    missing = [
        row
        for row in offered
        if row["session_id"] in there and (row["session_id"], row["place_id"]) not in present
    ]
    restore_rows(session, SessionPlace, missing)
