"""A change whose mails are held back for a while, so that it can be undone."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class ChangeKind(enum.StrEnum):
    """What was done."""

    OPEN_SUGGESTIONS = "open_suggestions"
    OPEN_REVIEW = "open_review"
    PUBLISH_ROUND = "publish_round"
    REPAIR = "repair"


class Change(Base):
    """Its mails are due at `held_until`; `before` is what undoing puts back, `details` what is told of it."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind, "change_kind"))
    made_at: Mapped[dt.datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    held_until: Mapped[dt.datetime]
    undone_at: Mapped[dt.datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
