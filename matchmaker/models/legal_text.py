"""The operator's own imprint, privacy notice and accessibility statement."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class LegalKind(enum.StrEnum):
    """Which page it is."""

    IMPRINT = "imprint"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


class LegalText(Base):
    """One version of one page in one language; the newest is shown, older ones stay on record."""

    __tablename__ = "legal_text"
    __table_args__ = (sa.UniqueConstraint("kind", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LegalKind] = mapped_column(enum_column(LegalKind, "legal_kind"))
    language: Mapped[str] = mapped_column(sa.String(5))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[dt.datetime]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
