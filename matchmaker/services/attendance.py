"""Attend a session of the programme, and stay away again; seats are never given twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, NotAllowed
from matchmaker.models import (
    Attendance,
    Delegate,
    Event,
    EventSession,
    Participation,
    ParticipationStatus,
    Person,
    Phase,
    Seat,
    SessionKind,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.event_session import find_session
from matchmaker.services.pause import pauses_of
from matchmaker.services.phase import read_phase
from matchmaker.services.seat_count import count_attending, reserved_seats
from matchmaker.services.seat_mail import tell_seat_given_back, tell_seat_taken
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.seat_waiting import free_seat
from matchmaker.services.seat_wish import give_back_wish

TAKING = (Phase.PUBLISHED, Phase.LIVE)
"""Phases in which seats that a round left free are taken directly."""


class SessionFull(Conflict):
    """No seat is left."""

    message = N_("All seats of this session are taken.")


class SeatsByRound(Conflict):
    """The round gives the seats; at a masterclass, what nobody got is free for all once it is published."""

    message = N_("Seats of this session are given by wishes. Say that you would like one.")


class SeatNeedsPause(Conflict):
    """A meeting of the person, or a seat elsewhere, is nearer than the pause that was asked for."""

    message = N_(
        "You have a meeting, or a seat in another session, too close to that time: there would be no pause "
        "between them. Move or cancel it first."
    )


class PersonBusy(Conflict):
    """A meeting or another session of the person overlaps."""

    message = N_("You have a meeting or another session at that time. Cancel it first.")


def attended_sessions(session: Session, *, event_id: int, person_id: int) -> frozenset[int]:
    """The sessions of the event that the person attends."""
    rows = session.scalars(
        sa.select(Attendance.session_id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.event_id == event_id, Delegate.person_id == person_id)
    )
    return frozenset(rows)


def can_attend_as(session: Session, *, event_id: int, person_id: int) -> list[Delegate]:
    """The person's delegates in approved participations of the event: one for each that it belongs to."""
    return list(
        session.scalars(
            sa.select(Delegate)
            .join(Participation, Participation.id == Delegate.participation_id)
            .where(
                Delegate.event_id == event_id,
                Delegate.person_id == person_id,
                Delegate.left_at.is_(None),
                Participation.status == ParticipationStatus.APPROVED,
            )
            .order_by(Delegate.id)
        )
    )


def attend(session: Session, *, event_id: int, session_id: int, person_id: int, now: dt.datetime) -> None:
    """Take a seat in a session and be busy for its time; a second click changes nothing.

    Where a round gives the seats, one that is taken directly keeps the pause between meetings, too. A mail
    brings it into the calendar.
    Raises SessionFull, PersonBusy, SeatNeedsPause, or NotAllowed for somebody who takes no part in the event.
    """
    found = find_session(session, event_id=event_id, session_id=session_id)
    if found.kind == SessionKind.BREAK:
        raise Conflict(N_("A break is for everybody."))
    if found.is_by_round and not has_free_choice(session, found):
        raise SeatsByRound()
    delegates = can_attend_as(session, event_id=event_id, person_id=person_id)
    if not delegates:
        raise NotAllowed(N_("Only delegates of approved participations attend sessions."))
    _lock(session, found, person_id)
    if session_id in attended_sessions(session, event_id=event_id, person_id=person_id):
        return
    guests = count_attending(session, event_id=event_id, session_id=session_id)[session_id, False]
    reserved = reserved_seats(session, event_id=event_id, now=now, session_id=session_id)[session_id]
    if found.seats is not None and guests + reserved >= found.seats:
        raise SessionFull()
    _check_free(session, found, person_id)
    _check_pause(session, found, delegates)
    session.add_all(
        Attendance(session_id=session_id, delegate_id=delegate.id, event_id=event_id, created_at=now)
        for delegate in delegates
    )
    session.flush()
    tell_seat_taken(
        session, found=found, person=session.get_one(Person, person_id), now=now,
        participation_id=delegates[0].participation_id,
    )  # fmt: skip
    _record(session, "attend_session", found, person_id, now)


def stay_away(session: Session, *, event_id: int, session_id: int, person_id: int, now: dt.datetime) -> None:
    """Give the seat back, and be free at that time, in the calendar too; a second click changes nothing.

    Where a round gave it, no later one gives another, until the participation wishes for it again. Raises
    Conflict for the host's people: without them there is no roundtable.
    """
    found = find_session(session, event_id=event_id, session_id=session_id)
    _lock(session, found, person_id)
    _check_not_hosting(session, found, person_id)
    own = sa.select(Delegate.id).where(Delegate.event_id == event_id, Delegate.person_id == person_id)
    gone = session.execute(
        sa.delete(Attendance)
        .where(Attendance.session_id == session_id, Attendance.delegate_id.in_(own))
        .returning(Attendance.delegate_id)
    ).all()
    if gone:
        free_seat(session, found=found, now=now)
        give_back_wish(session, session_id=session_id, person_id=person_id, now=now)
        own_side = session.get_one(Delegate, gone[0].delegate_id).participation_id
        tell_seat_given_back(
            session, found=found, person=session.get_one(Person, person_id), participation_id=own_side,
            now=now,
        )  # fmt: skip
        _record(session, "leave_session", found, person_id, now)


def has_free_choice(session: Session, found: EventSession) -> bool:
    """Whether what is left of seats that a round gives can be taken directly: it is published.

    Never at a roundtable: there people wish, and the waiting list sees who may sit with whom.
    """
    is_published = found.has_time and read_phase(session, event_id=found.event_id) in TAKING
    return is_published and found.kind != SessionKind.ROUNDTABLE


def _check_not_hosting(session: Session, found: EventSession, person_id: int) -> None:
    hosting = sa.select(Delegate.id).where(
        Delegate.participation_id == found.host_id, Delegate.person_id == person_id
    )
    if found.host_id is not None and session.scalar(hosting) is not None:
        raise Conflict(
            N_("You host this roundtable. Ask the organiser to cancel it or to give it a new host.")
        )


def _lock(session: Session, found: EventSession, person_id: int) -> None:
    """Let others wait who take seats of this session, or who fill this person's calendar."""
    lock_sessions(session, session_ids=[found.id])
    session.execute(sa.select(Person.id).where(Person.id == person_id).with_for_update())


def _check_free(session: Session, found: EventSession, person_id: int) -> None:
    meeting = session.scalar(
        sa.select(Seat.meeting_id)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Seat.person_id == person_id, Slot.starts_at < found.ends_at, Slot.ends_at > found.starts_at)
        .limit(1)
    )
    other = session.scalar(
        sa.select(EventSession.id)
        .join(Attendance, Attendance.session_id == EventSession.id)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(
            Delegate.person_id == person_id,
            EventSession.starts_at < found.ends_at,
            EventSession.ends_at > found.starts_at,
        )
        .limit(1)
    )
    if meeting is not None or other is not None:
        raise PersonBusy()


def _check_pause(session: Session, found: EventSession, delegates: Sequence[Delegate]) -> None:
    """Talks and visits, to which anybody comes, ask for no pause; seats that a round gives do."""
    if not found.is_by_round:
        return
    event = session.get_one(Event, found.event_id)
    numbers = [delegate.id for delegate in delegates]
    pauses = pauses_of(session, event=event, delegate_ids=numbers)
    if not all(pauses.allows(number, found.starts_at, found.ends_at) for number in numbers):
        raise SeatNeedsPause()


def _record(session: Session, action: str, found: EventSession, person_id: int, now: dt.datetime) -> None:
    record(
        session,
        actor_id=person_id,
        event_id=found.event_id,
        action=action,
        subject="session",
        subject_id=found.id,
        now=now,
        title=found.title,
    )
