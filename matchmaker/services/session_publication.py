"""Gives the seats that a round planned: the session gets its time and place, its people are busy then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
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
from matchmaker.services.seat_people import lock_sessions, persons_of
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
    lock_sessions(session, session_ids=[one.session_id for one in planned])
    people = persons_of(session, delegate_ids={seat.delegate_id for one in planned for seat in one.seats})
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
        row = session.get_one(EventSession, one.session_id)
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
    sitting = _sitting(session, [entry["id"] for entry in before])
    for entry in before:
        entry["sitting"] = sitting[entry["id"]]
    round_.figures = {
        **round_.figures,
        "sessions_published": len(kept),
        "seats_published": sum(len(_new(one)) for one in kept),
    }
    session.flush()
    return before


def take_seats_back(session: Session, *, given: Sequence[dict[str, Any]]) -> None:
    """Undo `give_seats`; raises SeatsTaken when somebody has taken or given back a seat since."""
    lock_sessions(session, session_ids=[entry["id"] for entry in given])
    sitting = _sitting(session, [entry["id"] for entry in given])
    for entry in given:
        row = session.get(EventSession, entry["id"], populate_existing=True)
        if row is None:
            raise SessionGone()
        if sitting[row.id] != entry["sitting"]:
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


def _new(one: PlannedSession) -> list[PlannedSeat]:
    return [seat for seat in one.seats if not seat.is_kept]


def _still_possible(
    session: Session, event_id: int, planned: Sequence[PlannedSession]
) -> list[PlannedSession]:
    """What can still be held, each with those who can still come."""
    if not planned:
        return []
    people = persons_of(session, delegate_ids={seat.delegate_id for one in planned for seat in one.seats})
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
    present = _Present(session, event_id, planned)
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
        row = present.rows.get(one.session_id)
        left = None if row is None else _held(present, row, one, _together(row, one, comes, apart))
        if left is None:
            continue
        for seat in _new(left):
            busy.setdefault(people[seat.delegate_id], []).append(span)
        found.append(left)
    return found


class _Present:
    """The planned sessions as they are by now, read once; `attending` counts as count_attending does."""

    def __init__(self, session: Session, event_id: int, planned: Sequence[PlannedSession]) -> None:
        self._session = session
        self.rows: dict[int, EventSession] = {}
        for few in chunks([one.session_id for one in planned]):
            rows = session.scalars(
                sa.select(EventSession)
                .where(
                    EventSession.id.in_(few),
                    EventSession.event_id == event_id,
                    EventSession.is_by_round.is_(True),
                )
                .execution_options(populate_existing=True)
            )
            self.rows.update((row.id, row) for row in rows)
        self.attending = count_attending(session, event_id=event_id)
        blocks = {row.block_id for row in self.rows.values() if not row.has_time}
        slots = session.execute(
            sa.select(Slot.block_id, Slot.starts_at, Slot.ends_at).where(Slot.block_id.in_(blocks))
        )
        self._slots = {(block_id, starts_at, ends_at) for block_id, starts_at, ends_at in slots}

    def is_as_planned(self, row: EventSession, one: PlannedSession) -> bool:
        """Whether the session's time is the planned one, or one of its block, and its place has room."""
        if row.has_time:
            is_then = (row.starts_at, row.ends_at) == (one.starts_at, one.ends_at)
        else:
            is_then = (row.block_id, one.starts_at, one.ends_at) in self._slots
        if not is_then or one.place_id is None or one.place_id == row.place_id:
            return is_then
        span = {"starts_at": one.starts_at, "ends_at": one.ends_at}
        return has_room(self._session, place_id=one.place_id, session_id=row.id, **span)


def _together(
    row: EventSession, one: PlannedSession, comes: set[PlannedSeat], apart: frozenset[tuple[int, int]]
) -> set[PlannedSeat]:
    """Those who come and may sit with the host and the guests before them: a never said meanwhile counts."""
    if row.kind != SessionKind.ROUNDTABLE:
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
    present: _Present, row: EventSession, one: PlannedSession, comes: set[PlannedSeat]
) -> PlannedSession | None:
    """The session as it can be held with those who come, or None."""
    if not present.is_as_planned(row, one):
        return None
    hosts, guests = present.attending[row.id, True], present.attending[row.id, False]
    is_host_there = one.host in comes and one.host is not None and one.host.participation_id == row.host_id
    if row.kind == SessionKind.ROUNDTABLE and not (hosts or is_host_there):
        return None
    room = (row.seats or 0) - guests
    new = [seat for seat in one.guests if seat in comes][: max(0, room)]
    if not (hosts or guests) and len(new) < (row.least or 1):
        return None
    stays = [seat for seat in one.guests if seat.is_kept]
    return replace(one, guests=(*stays, *new))


def _sitting(session: Session, session_ids: Collection[int]) -> dict[int, list[int]]:
    """Session -> the delegates with a seat in it, by number."""
    found: dict[int, list[int]] = {number: [] for number in session_ids}
    for few in chunks(session_ids):
        rows = session.execute(
            sa.select(Attendance.session_id, Attendance.delegate_id)
            .where(Attendance.session_id.in_(few))
            .order_by(Attendance.session_id, Attendance.delegate_id)
        )
        for session_id, delegate_id in rows:
            found[session_id].append(delegate_id)
    return found
