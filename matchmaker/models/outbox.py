"""Mails as rows: written in the transaction of what they tell, sent after it, at least once."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base, enum_column


class MailStatus(enum.StrEnum):
    """How far a mail has come; a dead one was given up and is shown to the organiser."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


class OutboxMail(Base):
    """A mail to one person: its kind and arguments; `key` makes a second one impossible.

    `arguments` is emptied once the mail was handed to the mail server, because it may hold the
    token of a link. Without a mail server mails stay pending and are read in the outbox page.
    A mail with `held_at` came back with a backup and waits until somebody releases it.
    """

    __tablename__ = "outbox_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"), index=True)
    participation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("participation.id", ondelete="SET NULL"), index=True
    )
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    to_email: Mapped[str] = mapped_column(sa.String(254))
    to_name: Mapped[str] = mapped_column(sa.String(200), default="")
    language: Mapped[str] = mapped_column(sa.String(5), default="en")
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="Europe/Berlin")
    arguments: Mapped[dict[str, Any]]
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    status: Mapped[MailStatus] = mapped_column(enum_column(MailStatus, "mail_status"))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    sent_at: Mapped[dt.datetime | None]
    held_at: Mapped[dt.datetime | None]
    last_error: Mapped[str] = mapped_column(sa.String(500), default="")


class CalendarMessage(Base):
    """That a mail carries a message (REQUEST or CANCEL) about a meeting to a person's calendar.

    It goes with its mail when that is taken back before it left.
    """

    __tablename__ = "calendar_message"

    mail_id: Mapped[int] = mapped_column(
        sa.ForeignKey("outbox_mail.id", ondelete="CASCADE"), primary_key=True
    )
    meeting_id: Mapped[int] = mapped_column(
        sa.ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    method: Mapped[str] = mapped_column(sa.String(10))


class SeatMessage(Base):
    """That a mail carries a session to the calendar of somebody with a seat in it, or takes it out.

    REQUEST and CANCEL are messages of their own; PUBLISH is an entry of a file with the whole agenda. It goes
    with its mail when that is taken back before it left.
    """

    __tablename__ = "seat_message"

    mail_id: Mapped[int] = mapped_column(
        sa.ForeignKey("outbox_mail.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("event_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    method: Mapped[str] = mapped_column(sa.String(10))
