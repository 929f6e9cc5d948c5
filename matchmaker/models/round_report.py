"""What a round's report keeps per participation, and what organisers ask a worker about a round."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class RoundShare(Base):
    """What one participation gets from a round: meetings, minutes by comfort, walks between places.

    `discomfort` is in thousandths, as in the objective; `zone` is where most of its delegates are;
    `owns_place` says that its own booth or stand was open to it.
    """

    __tablename__ = "round_share"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "event_id"], ["round.id", "round.event_id"], ondelete="CASCADE", name="round"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
        sa.Index("ix_round_share_discomfort", "round_id", "discomfort"),
    )

    round_id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]
    meetings: Mapped[int]
    minimum: Mapped[int]
    comfortable_minutes: Mapped[int]
    tolerable_minutes: Mapped[int]
    discomfort: Mapped[int]
    place_changes: Mapped[int]
    owns_place: Mapped[bool]
    zone: Mapped[str] = mapped_column(sa.String(64))


class StudyKind(enum.StrEnum):
    """What is asked: is it still right, what would more room bring, how can it be repaired or tidied."""

    CHECK = "check"
    PLAN = "plan"
    REPAIR = "repair"
    TIDY = "tidy"


class StudyStatus(enum.StrEnum):
    """How far a study has come; an applied one is a repair, or are tidy times, that were chosen."""

    QUEUED = "queued"
    COMPUTING = "computing"
    DONE = "done"
    APPLIED = "applied"
    FAILED = "failed"


STUDY_ACTIVE = (StudyStatus.QUEUED, StudyStatus.COMPUTING)


class RoundStudy(Base):
    """A question about a round that a worker answers; at most one of a kind waits per round.

    `result` is what the page shows; `payload` is what applying it needs, as compressed JSON.
    """

    __tablename__ = "round_study"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["round_id", "event_id"], ["round.id", "round.event_id"], ondelete="CASCADE", name="round"
        ),
        sa.Index(
            "uq_round_study_one_active",
            "round_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'computing')"),
            postgresql_where=sa.text("status IN ('queued', 'computing')"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[StudyKind] = mapped_column(enum_column(StudyKind, "study_kind"))
    status: Mapped[StudyStatus] = mapped_column(enum_column(StudyStatus, "study_status"), index=True)
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    payload: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    created_at: Mapped[dt.datetime]
    heartbeat_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    error: Mapped[str] = mapped_column(sa.String(80), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
