"""A part of the programme that makes those who attend busy, and who would like a seat in it."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column


class SessionKind(enum.StrEnum):
    """What kind of session it is; a break makes everybody busy."""

    BREAK = "break"
    TALK = "talk"
    MASTERCLASS = "masterclass"
    SITE_VISIT = "site_visit"
    ROUNDTABLE = "roundtable"


def _new_uid() -> str:
    return f"{uuid.uuid4().hex}@matchmaker"


class EventSession(Base):
    """A session at a place, with seats (None: as many as come).

    Where a round gives the seats, people wish for them and get them when it is published. Such a session is
    held only with `least` guests or more; at a roundtable they sit with people of its host, who need no seat.
    `uid` and `sequence` are the calendar's: one UID for life (empty for sessions from before there were such:
    see `uid_of_session`), a higher sequence with each change that calendars are told of.
    A session of a `block` is held in one of its slots, and as long as `has_time` is false, between its start
    and its end is only known to be that slot. With fewer guests than `least` a roundtable waits for the
    organiser, who may let it stay with as many as `stays_with`. A round chooses its place among `places`;
    without any it needs none.
    """

    __tablename__ = "event_session"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.ForeignKeyConstraint(["place_id", "event_id"], ["place.id", "place.event_id"], name="place"),
        sa.ForeignKeyConstraint(
            ["host_id", "event_id"], ["participation.id", "participation.event_id"], name="host"
        ),
        sa.ForeignKeyConstraint(["block_id", "event_id"], ["block.id", "block.event_id"], name="block"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("seats IS NULL OR seats > 0", name="seats_positive"),
        sa.CheckConstraint("least IS NULL OR least BETWEEN 1 AND seats", name="least_within_seats"),
        sa.CheckConstraint("NOT is_by_round OR seats IS NOT NULL", name="by_round_has_seats"),
        sa.CheckConstraint("kind <> 'roundtable' OR is_by_round", name="roundtable_by_round"),
        sa.CheckConstraint("has_time OR block_id IS NOT NULL", name="without_time_has_block"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "session_kind"))
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    place_id: Mapped[int | None]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    seats: Mapped[int | None]
    is_by_round: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    least: Mapped[int | None]
    stays_with: Mapped[int | None]
    host_id: Mapped[int | None] = mapped_column(index=True)
    block_id: Mapped[int | None] = mapped_column(index=True)
    has_time: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    uid: Mapped[str] = mapped_column(sa.String(80), default=_new_uid, server_default="")
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")

    places: Mapped[list[SessionPlace]] = relationship(
        cascade="all, delete-orphan", order_by="SessionPlace.place_id"
    )
    attendances: Mapped[list[Attendance]] = relationship(
        back_populates="session", cascade="all, delete-orphan"
    )


class Attendance(Base):
    """A delegate who attends a session and is busy for its time."""

    __tablename__ = "attendance"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_session.id", "event_session.event_id"],
            ondelete="CASCADE",
            name="session",
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id", "event_id"],
            ["delegate.id", "delegate.event_id"],
            ondelete="CASCADE",
            name="delegate",
        ),
    )

    session_id: Mapped[int] = mapped_column(primary_key=True)
    delegate_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]
    created_at: Mapped[dt.datetime]

    session: Mapped[EventSession] = relationship(back_populates="attendances")


class SessionPlace(Base):
    """A place at which a round may hold a session."""

    __tablename__ = "session_place"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_session.id", "event_session.event_id"],
            ondelete="CASCADE",
            name="session",
        ),
        sa.ForeignKeyConstraint(
            ["place_id", "event_id"], ["place.id", "place.event_id"], ondelete="CASCADE", name="place"
        ),
    )

    session_id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]


class SeatWish(Base):
    """A participation that would like a seat in a session, or (`is_strong`) would like it very much.

    Who has given a seat back keeps its row, so that the organiser sees it and no round gives it another.
    """

    __tablename__ = "seat_wish"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_session.id", "event_session.event_id"],
            ondelete="CASCADE",
            name="session",
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
    )

    session_id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]
    is_strong: Mapped[bool] = mapped_column(default=False)
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[dt.datetime]
    given_back_at: Mapped[dt.datetime | None]
