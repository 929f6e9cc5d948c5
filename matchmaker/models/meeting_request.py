"""A meeting asked for outside a round."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class RequestStatus(enum.StrEnum):
    """An open request blocks nobody's calendar; it claims seats when it is accepted."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class MeetingRequest(Base):
    """One participation asks another for a meeting in a common free slot."""

    __tablename__ = "meeting_request"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.CheckConstraint("from_id <> to_id", name="to_somebody_else"),
        sa.ForeignKeyConstraint(
            ["from_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="from",
        ),
        sa.ForeignKeyConstraint(
            ["to_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="to",
        ),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slot.id", "slot.event_id"], name="slot"),
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], name="meeting"
        ),
        sa.Index(
            "uq_meeting_request_one_open",
            "from_id",
            "to_id",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    from_id: Mapped[int] = mapped_column(index=True)
    to_id: Mapped[int] = mapped_column(index=True)
    slot_id: Mapped[int]
    message: Mapped[str] = mapped_column(sa.String(1000), default="")
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    status: Mapped[RequestStatus] = mapped_column(enum_column(RequestStatus, "request_status"))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    answered_at: Mapped[dt.datetime | None]
    meeting_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
