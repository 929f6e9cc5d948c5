"""A scored pair with its reasons, shown to both sides; the wishes of both; vectors of texts."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class Suggestion(Base):
    """A pair that a round scored, in the order of the participations' ids.

    `fit` is computed without anybody's wishes; `explanation` holds the parts of both directions
    as codes with arguments, so that any score can be explained later. `rank_a` is the pair's place in the
    list that a is shown, 0 where it is not in it: a pair that is here only because b wished it would tell.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "participation_a_id", "participation_b_id"),
        sa.CheckConstraint("participation_a_id < participation_b_id", name="in_order"),
        sa.CheckConstraint("fit BETWEEN 0 AND 1", name="fit_is_a_share"),
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

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    round_id: Mapped[int]
    participation_a_id: Mapped[int] = mapped_column(index=True)
    participation_b_id: Mapped[int] = mapped_column(index=True)
    fit_ab: Mapped[float]
    fit_ba: Mapped[float]
    fit: Mapped[float]
    value: Mapped[float]
    rank_a: Mapped[int] = mapped_column(default=0)
    rank_b: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[dict[str, Any]]
    scorer_version: Mapped[str] = mapped_column(sa.String(80))
    inputs_hash: Mapped[str] = mapped_column(sa.String(64))


class WishKind(enum.StrEnum):
    """What one participation says of another; never is a veto and nobody is told."""

    MUST = "must"
    MEET = "meet"
    NEVER = "never"


class Wish(Base):
    """One participation's wish about another."""

    __tablename__ = "wish"
    __table_args__ = (
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
        sa.CheckConstraint("from_id <> to_id", name="about_somebody_else"),
    )

    from_id: Mapped[int] = mapped_column(primary_key=True)
    to_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[WishKind] = mapped_column(enum_column(WishKind, "wish_kind"))
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[dt.datetime]


class TextVector(Base):
    """The vector of a text, by content and encoder, so that no text is encoded twice."""

    __tablename__ = "text_vector"

    content_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    encoder_version: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    vector: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[dt.datetime]
