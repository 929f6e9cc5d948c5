"""What becomes of sessions when delegates leave the event: seats come free, hosts are replaced, or it is off.

A roundtable whose host leaves goes on when a colleague of the host is free and takes the place; otherwise
it is not held, and whoever had a seat in it is free at that time. Their wishes stand for the next round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Block,
    Delegate,
    EventSession,
    Person,
    Place,
    SessionKind,
)
from matchmaker.services.audit import record
from matchmaker.services.chunks import chunks
from matchmaker.services.left_session import FREED, HANDED, MOVED, OFF, Leaving, LeftSession
from matchmaker.services.row_dump import dump_rows
from matchmaker.services.seat_count import least_of
from matchmaker.services.seat_mail import host_name
from matchmaker.services.seat_people import lock_sessions, persons_attending, persons_of
from matchmaker.services.seat_waiting import free_seat, free_then


def foresee_leaving(
    session: Session, *, event_id: int, delegate_ids: Collection[int], now: dt.datetime
) -> tuple[LeftSession, ...]:
    """The coming sessions that these delegates would leave, in order of time; changes nothing."""
    own = set(delegate_ids)
    rows = session.scalars(
        sa.select(EventSession)
        .where(
            EventSession.event_id == event_id,
            EventSession.starts_at > now,
            EventSession.id.in_(sorted(_sessions_of(session, own))),
        )
        .order_by(EventSession.starts_at, EventSession.id)
        .execution_options(populate_existing=True)
    ).all()
    return tuple(_foresee(session, row, own) for row in rows)


def people_concerned(session: Session, left: Sequence[LeftSession]) -> set[int]:
    """The persons who lose a seat or take the host's, those who leave, and those who move with a session."""
    numbers = {number for one in left for number in one.leaving | one.losing | one.staying}
    numbers |= {one.takes_over_id for one in left if one.takes_over_id is not None}
    return set(persons_of(session, delegate_ids=numbers).values())


def lock_sessions_left(session: Session, *, delegate_ids: Collection[int]) -> None:
    """Let others wait who take seats there; people are locked after sessions (see attendance.py)."""
    lock_sessions(session, session_ids=_sessions_of(session, delegate_ids))


def leave_sessions(
    session: Session,
    *,
    event_id: int,
    delegate_ids: Collection[int],
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Leaving:
    """Take these delegates out of their coming sessions; the caller has locked sessions and people."""
    left = foresee_leaving(session, event_id=event_id, delegate_ids=delegate_ids, now=now)
    before: dict[str, Any] = {"sessions": [], "attendance": [], "given": [], "freed": [], "at": []}
    for one in left:
        row = session.get_one(EventSession, one.session_id)
        row.sequence += 1
        before["at"].append([row.id, time_and_place(row)])
        gone = one.leaving | one.losing
        goes = sa.and_(Attendance.session_id == row.id, Attendance.delegate_id.in_(sorted(gone)))
        before["attendance"] += dump_rows(session, Attendance, goes)
        session.execute(sa.delete(Attendance).where(goes).execution_options(synchronize_session=False))
        if one.takes_over_id is not None:
            session.add(
                Attendance(
                    session_id=row.id, delegate_id=one.takes_over_id, event_id=event_id, created_at=now
                )
            )
            before["given"].append([row.id, one.takes_over_id])
        session.flush()
        if one.fate == OFF:
            before["sessions"].append(_call_off(session, row))
        elif one.seats:
            before["freed"] += free_seat(session, found=row, now=now, count=one.seats)
        record(
            session, actor_id=actor_id, action="leave_session" if one.fate != OFF else "call_off_session",
            subject="session", subject_id=row.id, event_id=event_id, behalf_of_id=behalf_of_id, now=now,
            title=row.title,
        )  # fmt: skip
    if left:
        session.expire_all()
    return Leaving(left, before if left else {})


def time_and_place(row: EventSession) -> list[Any]:
    """Where a session is and when, as it is noted for undoing."""
    return [row.starts_at.isoformat(), row.ends_at.isoformat(), row.place_id]


def told_of(session: Session, *, left: Sequence[LeftSession]) -> list[tuple[int, LeftSession, str]]:
    """Whom to tell of what was left: (delegate, session, what it is for them).

    "hosts": hosts it now; "off": it is not held; "seat_gone": others have the seat; "moved": another time or
    place. Who still sits there for somebody else is not told.
    """
    found: list[tuple[int, LeftSession, str]] = []
    for one in left:
        if one.fate == MOVED:
            found += [(number, one, "moved") for number in _one_each(session, one.staying)]
            continue
        present = persons_attending(session, session_id=one.session_id)
        gone = _one_each(session, one.leaving | one.losing, but=present)
        found += [(number, one, "off" if one.fate == OFF else "seat_gone") for number in gone]
        if one.takes_over_id is not None:
            found.append((one.takes_over_id, one, "hosts"))
    return found


def _sessions_of(session: Session, delegate_ids: Collection[int]) -> set[int]:
    """The sessions in which these delegates sit; there may be very many of them."""
    found = set[int]()
    for few in chunks(sorted(delegate_ids)):
        found |= set(session.scalars(sa.select(Attendance.session_id).where(Attendance.delegate_id.in_(few))))
    return found


def _one_each(session: Session, delegate_ids: Collection[int], but: Collection[int] = ()) -> list[int]:
    """One delegate of each person, `but` of these persons none."""
    people = persons_of(session, delegate_ids=delegate_ids)
    once = {person_id: number for number, person_id in sorted(people.items(), reverse=True)}
    return sorted(number for person_id, number in once.items() if person_id not in but)


def _foresee(session: Session, row: EventSession, own: set[int]) -> LeftSession:
    attending = session.scalars(
        sa.select(Delegate)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Attendance.session_id == row.id)
        .order_by(Delegate.id)
    ).all()
    place = session.get(Place, row.place_id) if row.place_id else None
    leaving = frozenset(one.id for one in attending if one.id in own)
    stays = [one for one in attending if one.id not in own]
    hosts = {one.id for one in attending if one.participation_id == row.host_id}
    loses_host = row.kind == SessionKind.ROUNDTABLE and bool(hosts) and hosts <= own
    colleague = _colleague(session, row, own | {one.id for one in stays}) if loses_host else None
    sitting = {one.person_id for one in stays}
    guests = len({one.person_id for one in stays if one.participation_id != row.host_id})
    is_short = row.kind == SessionKind.ROUNDTABLE and guests < least_of(row)
    return LeftSession(
        session_id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=place.name if place else "",
        host=host_name(session, row),
        fate=(HANDED if colleague else OFF) if loses_host else FREED,
        leaving=leaving,
        losing=frozenset(one.id for one in stays) if loses_host and not colleague else frozenset(),
        takes_over_id=colleague.id if colleague else None,
        sits=session.get_one(Person, colleague.person_id).name if colleague else "",
        # whoever also sits there for somebody else keeps the seat
        seats=len({one.person_id for one in attending if one.id in leaving - hosts} - sitting),
        guests_then=guests,
        least=least_of(row) if is_short else 0,
    )


def _colleague(session: Session, row: EventSession, without: set[int]) -> Delegate | None:
    """Somebody else of the host who has nothing else at that time."""
    of_host = session.scalars(
        sa.select(Delegate)
        .where(Delegate.participation_id == row.host_id, Delegate.left_at.is_(None))
        .order_by(Delegate.is_manager.desc(), Delegate.id)
    ).all()
    others = [one for one in of_host if one.id not in without]
    free = free_then(session, found=row, delegates=others)
    return next((one for one in others if one.id in free), None)


def _call_off(session: Session, row: EventSession) -> dict[str, Any]:
    """Nobody sits in it: a round may hold it again, at any slot of its block; gives what it was like."""
    was = {"id": row.id, "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
    was |= {"place_id": row.place_id, "has_time": row.has_time, "stays_with": row.stays_with}
    if row.block_id is not None:
        block = session.get_one(Block, row.block_id)
        row.starts_at, row.ends_at, row.has_time = block.starts_at, block.ends_at, False
    row.place_id, row.stays_with = None, None
    session.flush()
    return was
