"""The programme of an event: its sessions in order of time, with places, hosts, seats and wishes counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Attendance,
    Delegate,
    EventSession,
    Organisation,
    Participation,
    Person,
    Place,
    SeatWish,
    SessionKind,
)
from matchmaker.services.seat_count import count_attending, reserved_seats


@dataclass(frozen=True)
class ProgrammeItem:
    """A session with its place's and host's name, how many people attend beside the host's, and who wishes.

    given_back counts participations that had a seat and want none any more; reserved are free seats that
    wait for the waiting list.
    """

    session: EventSession
    place: str
    attending: int
    host: str = ""
    hosting: int = 0
    wishes: int = 0
    strong: int = 0
    given_back: int = 0
    reserved: int = 0

    @property
    def starts_at(self) -> dt.datetime:
        """When it begins."""
        return self.session.starts_at

    @property
    def is_held(self) -> bool:
        """Whether it has its time, and a roundtable its host."""
        needs_host = self.session.kind == SessionKind.ROUNDTABLE
        return self.session.has_time and (self.hosting > 0 or not needs_host)

    @property
    def free(self) -> int | None:
        """How many seats are left; None where they are not counted."""
        return (
            None
            if self.session.seats is None
            else max(0, self.session.seats - self.attending - self.reserved)
        )


def sessions_of(session: Session, *, event_id: int) -> list[EventSession]:
    """The event's sessions in their order in time."""
    return list(
        session.scalars(
            sa.select(EventSession)
            .where(EventSession.event_id == event_id)
            .order_by(EventSession.starts_at, EventSession.id)
        )
    )


def programme_of(session: Session, *, event_id: int, now: dt.datetime) -> list[ProgrammeItem]:
    """The event's sessions with places and counts, in their order in time."""
    places = {row.id: row.name for row in session.scalars(sa.select(Place).where(Place.event_id == event_id))}
    hosts = dict(
        session.execute(
            sa.select(EventSession.id, Organisation.name)
            .join(Participation, Participation.id == EventSession.host_id)
            .join(Organisation, Organisation.id == Participation.organisation_id)
            .where(EventSession.event_id == event_id)
        ).all()
    )
    attending = count_attending(session, event_id=event_id)
    reserved = reserved_seats(session, event_id=event_id, now=now)
    wishes: dict[int, Counter[str]] = defaultdict(Counter)
    said = sa.select(SeatWish.session_id, SeatWish.is_strong, SeatWish.given_back_at)
    for number, is_strong, given_back_at in session.execute(said.where(SeatWish.event_id == event_id)):
        wishes[number]["given_back" if given_back_at else "strong" if is_strong else "wish"] += 1
    return [
        ProgrammeItem(
            row,
            places.get(row.place_id or 0, ""),
            attending[row.id, False],
            host=hosts.get(row.id, ""),
            hosting=attending[row.id, True],
            wishes=wishes[row.id]["wish"] + wishes[row.id]["strong"],
            strong=wishes[row.id]["strong"],
            given_back=wishes[row.id]["given_back"],
            reserved=reserved[row.id],
        )
        for row in sessions_of(session, event_id=event_id)
    ]


@dataclass(frozen=True)
class AttendingLine:
    """A person who attends a session, for whom, and whether as its host."""

    name: str
    organisation: str
    is_host: bool


def attending_of(session: Session, *, event_id: int, session_id: int) -> list[AttendingLine]:
    """Who attends a session, its host's people first, once for each participation that they sit for."""
    is_host = sa.func.coalesce(Delegate.participation_id == EventSession.host_id, sa.false())
    rows = session.execute(
        sa.select(Person.name, Organisation.name.label("organisation"), is_host.label("is_host"))
        .join(Delegate, Delegate.person_id == Person.id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(EventSession, EventSession.id == Attendance.session_id)
        .join(Participation, Participation.id == Delegate.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Attendance.event_id == event_id, Attendance.session_id == session_id)
        .order_by(is_host.desc(), sa.func.lower(Organisation.name), Person.name)
    )
    return [AttendingLine(name, organisation, bool(hosts)) for name, organisation, hosts in rows]
