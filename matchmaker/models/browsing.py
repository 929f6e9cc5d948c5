"""The order in which everybody is shown to a participation that browses, computed in the background."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class BrowsingRun(Base):
    """When an event's lists were computed, from what (a digest), and how evenly they name everybody."""

    __tablename__ = "browsing_run"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    inputs_hash: Mapped[str] = mapped_column(sa.String(64))
    figures: Mapped[dict[str, Any]]
    seconds: Mapped[float]
    computed_at: Mapped[dt.datetime]


class BrowsingList(Base):
    """Whom a participation is shown first, best first, by ids; nobody's wishes are in it."""

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
