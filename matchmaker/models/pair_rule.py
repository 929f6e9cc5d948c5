"""Pairs that the organiser wants to meet, or does not want to meet."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class PairRuleKind(enum.StrEnum):
    """A forced pair is placed whenever it can be; a forbidden one never is."""

    FORCE = "force"
    FORBID = "forbid"


class PairRule(Base):
    """What the organiser says of two participations, in the order of their ids; a veto stays stronger."""

    __tablename__ = "pair_rule"
    __table_args__ = (
        sa.CheckConstraint("participation_a_id < participation_b_id", name="in_order"),
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

    participation_a_id: Mapped[int] = mapped_column(primary_key=True)
    participation_b_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PairRuleKind] = mapped_column(enum_column(PairRuleKind, "pair_rule_kind"))
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[dt.datetime]
