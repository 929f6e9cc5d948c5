"""A part of the programme that makes those who attend busy: talk, break, masterclass, site visit."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column


class SessionKind(enum.StrEnum):
    """What kind of session it is; a break makes everybody busy."""

    BREAK = "break"
    TALK = "talk"
    MASTERCLASS = "masterclass"
    SITE_VISIT = "site_visit"


class EventSession(Base):
    """A session at a place, with seats (None: as many as come)."""

    __tablename__ = "event_session"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.ForeignKeyConstraint(["place_id", "event_id"], ["place.id", "place.event_id"], name="place"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("seats IS NULL OR seats > 0", name="seats_positive"),
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
