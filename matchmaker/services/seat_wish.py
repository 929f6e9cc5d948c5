"""Who would like a seat in a session whose seats a round gives; other participants are not told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    Attendance,
    Delegate,
    EventSession,
    Organisation,
    Participation,
    ParticipationStatus,
    Person,
    Phase,
    SeatWish,
    SessionKind,
)
from matchmaker.services.audit import record
from matchmaker.services.event_session import find_session
from matchmaker.services.phase import read_phase
from matchmaker.services.seat_count import AHEAD, count_attending
from matchmaker.services.seat_reason import reasons_of_last_round
from matchmaker.services.seat_waiting import ask_waiting_list

WISHING = (Phase.PROFILES, Phase.WISHES)
"""Phases in which seats can be wished for; an event without phases is in them until it is published."""

LATER = (Phase.PUBLISHED, Phase.LIVE)
"""Phases in which the waiting list gives the seats of roundtables that are free."""


class WishesClosed(Conflict):
    """The seats are being given, or were."""

    message = N_("Wishes for seats are closed: the round gives the seats now, or has given them.")


@dataclass(frozen=True)
class OwnWish:
    """What a person's participation said of a session, who sits there for it, and why nobody does.

    For the words of `reason` see seat_reason.py.
    """

    participation_id: int
    name: str
    wish: SeatWish | None
    is_host: bool
    reason: str = ""
    seated: tuple[str, ...] = ()


@dataclass(frozen=True)
class WishLine:
    """A participation that would like a seat, as the organiser sees it."""

    participation_id: int
    name: str
    is_strong: bool
    said_at: dt.datetime
    given_back_at: dt.datetime | None
    is_approved: bool


def can_wish_now(session: Session, *, event_id: int) -> bool:
    """Whether the wishes phase is still open; of an event without phases, whether no round is published."""
    return read_phase(session, event_id=event_id) in WISHING


def can_wish_later(
    phase: Phase, *, is_roundtable: bool, is_held: bool, starts_at: dt.datetime, now: dt.datetime
) -> bool:
    """Whether a seat of a roundtable can still be wished for after its round, from the waiting list."""
    return phase in LATER and is_roundtable and is_held and starts_at > now + AHEAD


def wish_seat(
    session: Session,
    *,
    event_id: int,
    session_id: int,
    participation_id: int,
    is_strong: bool,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Say that the participation would like a seat, or would like it very much; twice changes nothing."""
    found = _open_session(session, event_id, session_id, now)
    participation = session.scalar(
        sa.select(Participation).where(
            Participation.id == participation_id,
            Participation.event_id == event_id,
            Participation.status == ParticipationStatus.APPROVED,
        )
    )
    if participation is None:
        raise NotFound()
    if participation.id == found.host_id:
        raise Conflict(N_("You host this session and sit in it anyway."))
    values = {"is_strong": is_strong, "said_by_id": actor_id, "said_at": now, "given_back_at": None}
    insert = dialect_insert(session, SeatWish).values(
        session_id=session_id, participation_id=participation_id, event_id=event_id, **values
    )
    session.execute(
        insert.on_conflict_do_update(index_elements=["session_id", "participation_id"], set_=values)
    )
    session.get(SeatWish, (session_id, participation_id), populate_existing=True)
    ask_waiting_list(session, found=found, now=now)
    _record(session, "wish_seat", found, participation_id, actor_id, now, behalf_of_id)


def take_back_seat_wish(
    session: Session,
    *,
    event_id: int,
    session_id: int,
    participation_id: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """The participation would not like a seat after all; twice changes nothing."""
    found = _open_session(session, event_id, session_id, now)
    gone = session.execute(
        sa.delete(SeatWish)
        .where(
            SeatWish.session_id == session_id,
            SeatWish.participation_id == participation_id,
            SeatWish.event_id == event_id,
        )
        .returning(SeatWish.session_id)
    ).all()
    if gone:
        _record(session, "take_back_seat_wish", found, participation_id, actor_id, now, behalf_of_id)


def own_seat_wishes(
    session: Session, *, event_id: int, participation_ids: Collection[int]
) -> dict[int, list[OwnWish]]:
    """Per session whose seats a round gives: what each of these approved participations said of it."""
    own = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Participation.event_id == event_id,
            Participation.id.in_(participation_ids),
            Participation.status == ParticipationStatus.APPROVED,
        )
        .order_by(sa.func.lower(Organisation.name), Participation.id)
    ).all()
    sessions = session.execute(
        sa.select(EventSession.id, EventSession.host_id).where(
            EventSession.event_id == event_id, EventSession.is_by_round.is_(True)
        )
    ).all()
    said = {
        (row.session_id, row.participation_id): row
        for row in session.scalars(
            sa.select(SeatWish).where(
                SeatWish.event_id == event_id, SeatWish.participation_id.in_(participation_ids)
            )
        )
    }
    reasons = reasons_of_last_round(session, event_id=event_id, participation_ids=participation_ids)
    seated = _seated(session, event_id, participation_ids)
    return {
        session_id: [
            OwnWish(
                number,
                name,
                said.get((session_id, number)),
                number == host_id,
                reasons.get((session_id, number), ""),
                seated.get((session_id, number), ()),
            )
            for number, name in own
        ]
        for session_id, host_id in sessions
    }


def _seated(
    session: Session, event_id: int, participation_ids: Collection[int]
) -> dict[tuple[int, int], tuple[str, ...]]:
    rows = session.execute(
        sa.select(Attendance.session_id, Delegate.participation_id, Person.name)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .join(Person, Person.id == Delegate.person_id)
        .where(Attendance.event_id == event_id, Delegate.participation_id.in_(participation_ids))
        .order_by(Person.name)
    )
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for session_id, participation_id, name in rows:
        found[session_id, participation_id] = (*found.get((session_id, participation_id), ()), name)
    return found


def seat_wishes_of(session: Session, *, event_id: int, session_id: int) -> list[WishLine]:
    """Who would like a seat of this session, those who would like it very much first, for the organiser."""
    rows = session.execute(
        sa.select(SeatWish, Organisation.name, Participation.status)
        .join(Participation, Participation.id == SeatWish.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(SeatWish.event_id == event_id, SeatWish.session_id == session_id)
        .order_by(SeatWish.is_strong.desc(), sa.func.lower(Organisation.name), Participation.id)
    )
    return [
        WishLine(
            participation_id=row.participation_id,
            name=name,
            is_strong=row.is_strong,
            said_at=row.said_at,
            given_back_at=row.given_back_at,
            is_approved=status == ParticipationStatus.APPROVED,
        )
        for row, name, status in rows
    ]


def give_back_wish(session: Session, *, session_id: int, person_id: int, now: dt.datetime) -> None:
    """Mark that this person's participations want no seat again once nobody of them has one."""
    own = sa.select(Delegate.participation_id).where(Delegate.person_id == person_id)
    still = (
        sa.select(Delegate.participation_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Attendance.session_id == session_id)
    )
    session.execute(
        sa.update(SeatWish)
        .where(
            SeatWish.session_id == session_id,
            SeatWish.participation_id.in_(own),
            SeatWish.participation_id.not_in(still),
            SeatWish.given_back_at.is_(None),
        )
        .values(given_back_at=now)
        .execution_options(synchronize_session=False)
    )


def _open_session(session: Session, event_id: int, session_id: int, now: dt.datetime) -> EventSession:
    found = find_session(session, event_id=event_id, session_id=session_id)
    if not found.is_by_round:
        raise Conflict(N_("The seats of this session are taken directly, not by wishes."))
    phase = read_phase(session, event_id=event_id)
    if phase in WISHING:
        return found
    hosting = count_attending(session, event_id=event_id, session_id=session_id)[session_id, True]
    if not can_wish_later(
        phase, is_roundtable=found.kind == SessionKind.ROUNDTABLE, is_held=found.has_time and hosting > 0,
        starts_at=found.starts_at, now=now,
    ):  # fmt: skip
        raise WishesClosed()
    return found


def _record(
    session: Session,
    action: str,
    found: EventSession,
    participation_id: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None,
) -> None:
    # of which session stays between the participation and the round, as with whom they want to meet
    record(
        session,
        actor_id=actor_id,
        event_id=found.event_id,
        action=action,
        subject="participation",
        subject_id=participation_id,
        behalf_of_id=behalf_of_id,
        now=now,
    )
