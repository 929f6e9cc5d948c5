"""Gives the seats that a round planned: the session gets its time and place, its people are busy then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Delegate,
    EventSession,
    Participation,
    ParticipationStatus,
    Round,
    SeatWish,
    SessionKind,
    Slot,
)
from matchmaker.services.apart import kept_apart
from matchmaker.services.chunks import chunks
from matchmaker.services.seat import busy_spans
from matchmaker.services.seat_count import count_attending
from matchmaker.services.seat_meanwhile import SeatsTaken, SessionGone
from matchmaker.services.seat_wanted import Span
from matchmaker.services.session_place import has_room
from matchmaker.services.session_plan import PlannedSeat, PlannedSession, read_session_plan


@dataclass(frozen=True)
class SessionsForeseen:
    """What publishing would do: sessions held, seats given anew, and those planned that can no longer be."""

    held: int = 0
    seats: int = 0
    lost: int = 0


def foresee_sessions(session: Session, *, round_: Round) -> SessionsForeseen:
    """What publishing the draft would give as things stand; changes nothing."""
    planned = [one for one in read_session_plan(round_.figures) if one.is_held]
    stays = _still_possible(session, round_.event_id, planned)
    return SessionsForeseen(len(stays), sum(len(_new(one)) for one in stays), len(planned) - len(stays))


def lock_planned(session: Session, *, round_: Round) -> tuple[set[int], bool]:
    """Let others wait who take seats of these sessions; gives whom to lock next, and whether places too."""
    planned = [one for one in read_session_plan(round_.figures) if one.is_held]
    _lock(session, [one.session_id for one in planned])
    people = _people(session, {seat.delegate_id for one in planned for seat in one.seats})
    return set(people.values()), any(one.place_id is not None for one in planned)


def give_seats(session: Session, *, round_: Round, now: dt.datetime) -> list[dict[str, Any]]:
    """Hold the planned sessions; gives what each was like before and who got a seat: see `take_seats_back`.

    Whoever is no longer there, or sits somewhere else by now, is left out; with fewer than the least guests,
    or without its host or its place, the session is not held. The caller has locked the sessions
    (`lock_planned`), then everybody, then the places; meetings claim their seats after this.
    """
    planned = [one for one in read_session_plan(round_.figures) if one.is_held]
    kept = _still_possible(session, round_.event_id, planned)
    before: list[dict[str, Any]] = []
    for one in kept:
        row = session.get_one(EventSession, one.session_id, populate_existing=True)
        before.append(
            {
                "id": row.id,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
                "place_id": row.place_id,
                "has_time": row.has_time,
                "given": sorted(seat.delegate_id for seat in _new(one)),
            }
        )
        row.starts_at, row.ends_at, row.has_time = one.starts_at, one.ends_at, True
        row.place_id = one.place_id
        row.sequence += 1
        session.add_all(
            Attendance(session_id=row.id, delegate_id=seat.delegate_id, event_id=row.event_id, created_at=now)
            for seat in _new(one)
        )
    session.flush()
    for entry in before:
        entry["sitting"] = _sitting(session, entry["id"])
    round_.figures = {
        **round_.figures,
        "sessions_published": len(kept),
        "seats_published": sum(len(_new(one)) for one in kept),
    }
    session.flush()
    return before


def take_seats_back(session: Session, *, given: Sequence[dict[str, Any]]) -> None:
    """Undo `give_seats`; raises SeatsTaken when somebody has taken or given back a seat since."""
    _lock(session, [entry["id"] for entry in given])
    for entry in given:
        row = session.get(EventSession, entry["id"], populate_existing=True)
        if row is None:
            raise SessionGone()
        if _sitting(session, entry["id"]) != entry["sitting"]:
            raise SeatsTaken(row)
        session.execute(
            sa.delete(Attendance).where(
                Attendance.session_id == row.id, Attendance.delegate_id.in_(entry["given"])
            )
        )
        row.starts_at = dt.datetime.fromisoformat(entry["starts_at"])
        row.ends_at = dt.datetime.fromisoformat(entry["ends_at"])
        row.place_id, row.has_time = entry["place_id"], entry["has_time"]
    session.flush()


def _lock(session: Session, session_ids: Iterable[int]) -> None:
    rows = sa.select(EventSession.id).where(EventSession.id.in_(sorted(session_ids)))
    session.execute(rows.order_by(EventSession.id).with_for_update()).all()


def _new(one: PlannedSession) -> list[PlannedSeat]:
    return [seat for seat in one.seats if not seat.is_kept]


def _still_possible(
    session: Session, event_id: int, planned: Sequence[PlannedSession]
) -> list[PlannedSession]:
    """What can still be held, each with those who can still come."""
    if not planned:
        return []
    people = _people(session, {seat.delegate_id for one in planned for seat in one.seats})
    window = Span(min(one.starts_at for one in planned), max(one.ends_at for one in planned))
    busy = busy_spans(session, person_ids=set(people.values()), window=window)
    approved = set(
        session.scalars(
            sa.select(Participation.id).where(
                Participation.event_id == event_id, Participation.status == ParticipationStatus.APPROVED
            )
        )
    )
    given_back = {
        (session_id, participation_id)
        for session_id, participation_id in session.execute(
            sa.select(SeatWish.session_id, SeatWish.participation_id).where(
                SeatWish.event_id == event_id, SeatWish.given_back_at.is_not(None)
            )
        )
    }
    numbers = {seat.participation_id for one in planned for seat in one.seats}
    apart = kept_apart(session, event_id=event_id, participation_ids=numbers)
    found = []
    for one in planned:
        span = Span(one.starts_at, one.ends_at)
        comes = {
            seat
            for seat in _new(one)
            if seat.participation_id in approved
            and (one.session_id, seat.participation_id) not in given_back
            and seat.delegate_id in people
            and not any(other.overlaps(span) for other in busy.get(people[seat.delegate_id], ()))
        }
        left = _held(session, event_id, one, _together(session, one, comes, apart))
        if left is None:
            continue
        for seat in _new(left):
            busy.setdefault(people[seat.delegate_id], []).append(span)
        found.append(left)
    return found


def _together(
    session: Session, one: PlannedSession, comes: set[PlannedSeat], apart: frozenset[tuple[int, int]]
) -> set[PlannedSeat]:
    """Those who come and may sit with the host and the guests before them: a never said meanwhile counts."""
    row = session.get(EventSession, one.session_id)
    if row is None or row.kind != SessionKind.ROUNDTABLE:
        return comes
    there = {seat.participation_id for seat in one.seats if seat.is_kept} | {row.host_id or 0}
    stays = {seat for seat in comes if seat == one.host}
    for seat in one.guests:
        own = seat.participation_id
        if seat in comes and not any((min(own, other), max(own, other)) in apart for other in there):
            there.add(own)
            stays.add(seat)
    return stays


def _held(
    session: Session, event_id: int, one: PlannedSession, comes: set[PlannedSeat]
) -> PlannedSession | None:
    """The session as it can be held with those who come, or None."""
    row = session.scalar(
        sa.select(EventSession).where(
            EventSession.id == one.session_id,
            EventSession.event_id == event_id,
            EventSession.is_by_round.is_(True),
        )
    )
    if row is None or not _is_as_planned(session, row, one):
        return None
    sitting = count_attending(session, event_id=event_id, session_id=row.id)
    is_host_there = one.host in comes and one.host is not None and one.host.participation_id == row.host_id
    if row.kind == SessionKind.ROUNDTABLE and not (sitting[row.id, True] or is_host_there):
        return None
    room = (row.seats or 0) - sitting[row.id, False]
    new = [seat for seat in one.guests if seat in comes][: max(0, room)]
    if not sitting.total() and len(new) < (row.least or 1):
        return None
    stays = [seat for seat in one.guests if seat.is_kept]
    return replace(one, guests=(*stays, *new))


def _is_as_planned(session: Session, row: EventSession, one: PlannedSession) -> bool:
    """Whether the session's time is still the planned one, or one of its block, and its place has room."""
    if row.has_time:
        is_then = (row.starts_at, row.ends_at) == (one.starts_at, one.ends_at)
    else:
        is_then = (
            session.scalar(
                sa.select(Slot.id).where(
                    Slot.block_id == row.block_id,
                    Slot.starts_at == one.starts_at,
                    Slot.ends_at == one.ends_at,
                )
            )
            is not None
        )
    if not is_then or one.place_id is None or one.place_id == row.place_id:
        return is_then
    return has_room(
        session, place_id=one.place_id, starts_at=one.starts_at, ends_at=one.ends_at, session_id=row.id
    )


def _people(session: Session, delegate_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for few in chunks(sorted(set(delegate_ids))):
        rows = session.execute(sa.select(Delegate.id, Delegate.person_id).where(Delegate.id.in_(few)))
        found.update(dict(rows.all()))
    return found


def _sitting(session: Session, session_id: int) -> list[int]:
    return list(
        session.scalars(
            sa.select(Attendance.delegate_id)
            .where(Attendance.session_id == session_id)
            .order_by(Attendance.delegate_id)
        )
    )
