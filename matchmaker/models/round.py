"""One run of matching and scheduling: frozen inputs, settings, progress, result, certificate."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class RoundStep(enum.StrEnum):
    """What a round does: scores opened to both sides, meetings from them, or both."""

    SUGGEST = "suggest"
    SCHEDULE = "schedule"
    BOTH = "both"


class RoundStatus(enum.StrEnum):
    """How far a round has come."""

    QUEUED = "queued"
    COMPUTING = "computing"
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Round(Base):
    """A round; at most one of an event is queued or computing at a time.

    `problem` and `schedule` are the solver's own input and answer as compressed JSON, so that the
    round can be re-checked later. `due_at` is when it shall run; `heartbeat_at` tells a live
    computation from one whose worker died. Of several drafts one is chosen: it is reviewed and published.
    """

    __tablename__ = "round"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("event_id", "number"),
        sa.Index(
            "uq_round_one_active",
            "event_id",
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'computing')"),
            postgresql_where=sa.text("status IN ('queued', 'computing')"),
        ),
        sa.Index(
            "uq_round_one_chosen",
            "event_id",
            unique=True,
            sqlite_where=sa.text("is_chosen"),
            postgresql_where=sa.text("is_chosen"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    number: Mapped[int]
    step: Mapped[RoundStep] = mapped_column(enum_column(RoundStep, "round_step"))
    status: Mapped[RoundStatus] = mapped_column(enum_column(RoundStatus, "round_status"))
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    settings: Mapped[dict[str, Any]]
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    wishes_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    heartbeat_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    progress_code: Mapped[str] = mapped_column(sa.String(40), default="")
    finished_at: Mapped[dt.datetime | None]
    opened_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]
    is_chosen: Mapped[bool] = mapped_column(default=False, server_default=sa.text("false"))
    review_opened_at: Mapped[dt.datetime | None]
    review_until: Mapped[dt.datetime | None]
    review_closed_at: Mapped[dt.datetime | None]
    error: Mapped[str] = mapped_column(sa.Text, default="")
    error_arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problem: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    schedule: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Unplaced(Base):
    """A wanted pair that a round did not place, and why (a code with its arguments)."""

    __tablename__ = "unplaced"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "event_id"], ["round.id", "round.event_id"], ondelete="CASCADE", name="round"
        ),
        sa.ForeignKeyConstraint(
            ["participation_a_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation_a",
        ),
        sa.ForeignKeyConstraint(
            ["participation_b_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation_b",
        ),
    )

    round_id: Mapped[int] = mapped_column(primary_key=True)
    participation_a_id: Mapped[int] = mapped_column(primary_key=True)
    participation_b_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    value: Mapped[float]
    reason: Mapped[str] = mapped_column(sa.String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)


class WorkerHeartbeat(Base):
    """A live worker; a round page without any says so and gives the command."""

    __tablename__ = "worker_heartbeat"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
