"""Weights that were learned from decisions, and which of them an event's rounds use."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class LearnedWeights(Base):
    """A proposal for one event: it changes nothing before somebody chooses it.

    `sources` are the events whose decisions it was learned from, by name, with how many each gave; `figures`
    are the present and the new ones on decisions that were held out, in all and per side. A row never
    changes, so that what a round was computed with can be looked up by its version.
    """

    __tablename__ = "learned_weights"
    __table_args__ = (sa.UniqueConstraint("id", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    version: Mapped[str] = mapped_column(sa.String(40), unique=True)
    weights: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    sources: Mapped[list[Any]]
    decisions: Mapped[int]
    whole_events: Mapped[bool]
    encoder_version: Mapped[str] = mapped_column(sa.String(120))
    created_at: Mapped[dt.datetime]


class WeightsChoice(Base):
    """Whoever chose which weights for an event, and when; the latest row counts, None is the standard."""

    __tablename__ = "weights_choice"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["learned_weights_id", "event_id"],
            ["learned_weights.id", "learned_weights.event_id"],
            ondelete="CASCADE",
            name="learned_weights",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    learned_weights_id: Mapped[int | None]
    chosen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    chosen_at: Mapped[dt.datetime]
