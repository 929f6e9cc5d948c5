"""What a person wants by mail and in the calendar."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class MailTopic(enum.StrEnum):
    """Mails that a person can switch off; all others are needed to take part."""

    WISHES = "wishes"
    ANSWERS = "answers"
    PROFILE = "profile"
    CHANGES = "changes"
    START = "start"
    INVITATIONS = "invitations"


class CalendarChoice(enum.StrEnum):
    """Which meetings come as invitations: all, those that are settled one by one after publication, none."""

    EACH = "each"
    SINGLE = "single"
    NONE = "none"


class MailRefusal(Base):
    """A topic that a person switched off."""

    __tablename__ = "mail_refusal"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[MailTopic] = mapped_column(enum_column(MailTopic, "mail_topic"), primary_key=True)
    refused_at: Mapped[dt.datetime]


class PersonCalendar(Base):
    """A person's choice of invitations, and the hash of the secret address of the subscription, if any."""

    __tablename__ = "person_calendar"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    choice: Mapped[CalendarChoice] = mapped_column(enum_column(CalendarChoice, "calendar_choice"))
    feed_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    feed_made_at: Mapped[dt.datetime | None]
