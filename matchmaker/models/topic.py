"""A node of an event's taxonomy, with its labels in three languages."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class Topic(Base):
    """A topic; `code` is what offers and needs refer to, so that they can move between events."""

    __tablename__ = "topic"
    __table_args__ = (sa.UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(60))
    parent_code: Mapped[str] = mapped_column(sa.String(60), default="")
    label_en: Mapped[str] = mapped_column(sa.String(120))
    label_de: Mapped[str] = mapped_column(sa.String(120))
    label_fr: Mapped[str] = mapped_column(sa.String(120))
    position: Mapped[int] = mapped_column(default=0)

    def label(self, language: str) -> str:
        """The topic's label in the reader's language, English where that is missing."""
        return {"de": self.label_de, "fr": self.label_fr}.get(language[:2]) or self.label_en
