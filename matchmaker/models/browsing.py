"""The order in which everybody is shown to a participation that browses, computed in the background."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class BrowsingRun(Base):
    """When an event's lists were computed, from what (digests), and how evenly they name everybody.

    terms_hash  what holds for all pairs: rules, weights, topics, encoder
    updated_at  when single participations were last placed in the lists, in `update_seconds`
    """

    __tablename__ = "browsing_run"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    inputs_hash: Mapped[str] = mapped_column(sa.String(64))
    figures: Mapped[dict[str, Any]]
    seconds: Mapped[float]
    computed_at: Mapped[dt.datetime]
    terms_hash: Mapped[str] = mapped_column(sa.String(64))
    updated_at: Mapped[dt.datetime]
    update_seconds: Mapped[float] = mapped_column(default=0.0)


class BrowsingList(Base):
    """Whom a participation is shown first, best first, by ids; nobody's wishes are in it.

    version     of the profile that stands in the lists
    scale       how much its fit counts in others' lists: see `matching.popularity`
    candidates  among whom the scales choose: ids (int64) and behind them fits (float32), best first
    last_fit    what a fit must reach to be among them; below 0 while there is room
    """

    __tablename__ = "browsing_list"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
    )

    participation_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    other_ids: Mapped[list[Any]]
    version: Mapped[int]
    scale: Mapped[float]
    candidates: Mapped[bytes]
    last_fit: Mapped[float]
