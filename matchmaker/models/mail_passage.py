"""The organiser's own words in an event's mails."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class MailPassage(Base):
    """What the organiser adds to mails of one kind in one language; without a row, nothing."""

    __tablename__ = "mail_passage"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[dt.datetime]
    updated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
