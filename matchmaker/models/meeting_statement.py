"""What each side says of a meeting: of a draft in the review, and of a published one after its slot."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class ReviewAnswerKind(enum.StrEnum):
    """Whether a drafted meeting suits the side."""

    FITS = "fits"
    UNFIT = "unfit"


class ReviewAnswer(Base):
    """One side's answer to a drafted meeting; only the organisers see it."""

    __tablename__ = "review_answer"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]
    kind: Mapped[ReviewAnswerKind] = mapped_column(enum_column(ReviewAnswerKind, "review_answer_kind"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[dt.datetime]


class AttendanceKind(enum.StrEnum):
    """What became of a meeting, as one side saw it."""

    HELD = "held"
    MISSED = "missed"
    NO_SHOW = "no_show"


MOST_USEFUL = 5
"""Usefulness is said from 1, not useful at all, to this, very useful."""


class MeetingStatement(Base):
    """One side's word after the slot: held, missed (we did not come), or no-show (they did not).

    usefulness is for the eyes of that side alone, and only of what was held.
    """

    __tablename__ = "meeting_statement"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
        sa.CheckConstraint(
            f"usefulness IS NULL OR (usefulness BETWEEN 1 AND {MOST_USEFUL} AND kind = 'held')",
            name="usefulness",
        ),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[AttendanceKind] = mapped_column(enum_column(AttendanceKind, "attendance_kind"))
    usefulness: Mapped[int | None]
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[dt.datetime]
