"""How far an event has come on its way to meetings, and the gates between its phases."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class Phase(enum.StrEnum):
    """In order; computing lies between wishes and draft, and again between review and top-up."""

    PROFILES = "profiles"
    WISHES = "wishes"
    DRAFT = "draft"
    REVIEW = "review"
    TOP_UP = "top_up"
    PUBLISHED = "published"
    LIVE = "live"
    CLOSED = "closed"


class EventPhase(Base):
    """The phase of an event; without a row it follows from what has been opened and published."""

    __tablename__ = "event_phase"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[Phase] = mapped_column(enum_column(Phase, "phase"))


class PhaseGate(Base):
    """The gate into a phase: when it shall be taken (None: by hand), and whether it was.

    `from_phase` is where one came from, `round_id` the run that it dealt with, `change_id` what can be undone
    while its mails are held back. `problem` says in a code why a due gate waits.
    """

    __tablename__ = "phase_gate"
    __table_args__ = (
        sa.CheckConstraint("(passed_at IS NULL) = (from_phase IS NULL)", name="passed_from_somewhere"),
    )

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[Phase] = mapped_column(enum_column(Phase, "gate_phase"), primary_key=True)
    due_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    ends_at: Mapped[dt.datetime | None]
    from_phase: Mapped[Phase | None] = mapped_column(enum_column(Phase, "gate_from_phase"))
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id", ondelete="SET NULL"))
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id", ondelete="SET NULL"))
    passed_at: Mapped[dt.datetime | None]
    passed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    problem: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
