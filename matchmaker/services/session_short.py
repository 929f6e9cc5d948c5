"""Roundtables with fewer guests than their least: the organiser calls them off or lets them stay.

Nothing is called off by itself: people have it in their calendars, the waiting list may still fill the seats,
and a host may like to talk with one guest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import Change, EventSession, SessionKind
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE
from matchmaker.services.event import find_event
from matchmaker.services.event_session import find_session
from matchmaker.services.gone import Gone
from matchmaker.services.removal import Outlook, foresee_removal, take_out
from matchmaker.services.seat_count import count_attending, least_of, reserved_seats
from matchmaker.services.seat_people import lock_sessions
from matchmaker.services.session_hit import hit_by


class NobodyLeft(Conflict):
    """Without any guest there is nothing to let stay."""

    message = N_("Nobody but the host is left. Call it off, or wait until somebody takes a seat.")


class NotATable(Conflict):
    """Only roundtables are held or not by how many come."""

    message = N_("Only a roundtable is called off. Delete another session, and those who attend are told.")


@dataclass(frozen=True)
class Short:
    """A roundtable with too few guests; `waiting` seats are with the waiting list, which may fill them."""

    session_id: int
    title: str
    starts_at: dt.datetime
    guests: int
    least: int
    waiting: int


def short_tables(session: Session, *, event_id: int, now: dt.datetime) -> list[Short]:
    """The coming roundtables that are held with fewer guests than their least, or than were let stay."""
    rows = session.scalars(
        sa.select(EventSession)
        .where(
            EventSession.event_id == event_id,
            EventSession.kind == SessionKind.ROUNDTABLE,
            EventSession.has_time.is_(True),
            EventSession.starts_at > now,
        )
        .order_by(EventSession.starts_at, EventSession.id)
    ).all()
    people = count_attending(session, event_id=event_id)
    waiting = reserved_seats(session, event_id=event_id, now=now)
    return [
        Short(row.id, row.title, row.starts_at, people[row.id, False], row.least or 1, waiting[row.id])
        for row in rows
        if people[row.id, True] and people[row.id, False] < least_of(row)
    ]


def let_stay(session: Session, *, event_id: int, session_id: int, actor_id: int, now: dt.datetime) -> None:
    """Hold the roundtable with the guests that it has; with still fewer it is shown again. Twice is once."""
    row = _lock(session, event_id, session_id)
    guests = count_attending(session, event_id=event_id, session_id=row.id)[row.id, False]
    if not guests:
        raise NobodyLeft()
    if guests >= least_of(row):
        return
    row.stays_with = guests
    session.flush()
    record(
        session, actor_id=actor_id, action="let_session_stay", subject="session", subject_id=row.id,
        event_id=event_id, now=now, title=row.title, guests=guests,
    )  # fmt: skip


def foresee_call_off(session: Session, *, event_id: int, session_id: int, now: dt.datetime) -> Outlook:
    """Who loses a seat when it is called off, and how many are told."""
    event = find_event(session, event_id=event_id)
    return foresee_removal(session, event=event, gone=Gone(session_id=session_id), now=now)


def call_off(
    session: Session,
    *,
    event_id: int,
    session_id: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Change | None:
    """Call a roundtable off; everybody at it is told once. None: nobody sits in it, as on a second click.

    Wishes stand: a later round may hold it again.
    """
    row = _lock(session, event_id, session_id)
    event, gone = find_event(session, event_id=event_id), Gone(session_id=session_id)
    if not hit_by(session, event=event, gone=gone, now=now):
        return None
    return take_out(session, event=event, gone=gone, name=row.title, actor_id=actor_id, now=now, hold=hold)


def _lock(session: Session, event_id: int, session_id: int) -> EventSession:
    row = find_session(session, event_id=event_id, session_id=session_id)
    if row.kind != SessionKind.ROUNDTABLE:
        raise NotATable()
    lock_sessions(session, session_ids=[row.id])
    return row
