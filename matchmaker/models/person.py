"""Somebody with a log-in, and what the installation lets that person do."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, ZoneName, enum_column


class InstallationRight(enum.StrEnum):
    """What a person may do beyond single events."""

    ADMINISTRATOR = "administrator"
    CREATE_EVENTS = "create_events"


class Person(Base):
    """A human being; an imported contact has no password until its invitation is answered.

    Without an e-mail address (a listed firm's contact nobody knows yet) a person can sit in
    meetings, but is never mailed and cannot log in.
    """

    __tablename__ = "person"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_lower_case"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    job_title: Mapped[str] = mapped_column(sa.String(200), default="")
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    email_confirmed_at: Mapped[dt.datetime | None]
    language: Mapped[str] = mapped_column(sa.String(5), default="en")
    time_zone: Mapped[str] = mapped_column(ZoneName, default="Europe/Berlin")
    privacy_version: Mapped[str | None] = mapped_column(sa.String(40))
    privacy_shown_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    erased_at: Mapped[dt.datetime | None]

    rights: Mapped[list[PersonRight]] = relationship(
        back_populates="person", foreign_keys="PersonRight.person_id", cascade="all, delete-orphan"
    )

    def has_right(self, right: InstallationRight) -> bool:
        """Whether a row grants this right to the person."""
        return any(row.right == right for row in self.rights)


class PersonRight(Base):
    """A right of a person on this installation, and who granted it."""

    __tablename__ = "person_right"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    right: Mapped[InstallationRight] = mapped_column(
        enum_column(InstallationRight, "installation_right"), primary_key=True
    )
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    granted_at: Mapped[dt.datetime]

    person: Mapped[Person] = relationship(back_populates="rights", foreign_keys=[person_id])


class Consent(Base):
    """A person's consent to one extra (never needed for the event itself)."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[str] = mapped_column(sa.String(40))
    given_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]


class LoginSession(Base):
    """One log-in of one browser; ending the row ends the log-in, whoever holds its cookie."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    user_agent: Mapped[str] = mapped_column(sa.String(200), default="")

    person: Mapped[Person] = relationship()


class LinkKind(enum.StrEnum):
    """What a link of a mail is good for; each link serves one purpose."""

    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"
    JOIN_ORGANISATION = "join_organisation"
    JOIN_EVENT_TEAM = "join_event_team"
    ANSWER_INVITATION = "answer_invitation"
    ANSWER_MAIL = "answer_mail"


class Link(Base):
    """A single-use, expiring link; only the hash of its token is kept."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind, "link_kind"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    arguments: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]

    person: Mapped[Person | None] = relationship()


class ErasedAddress(Base):
    """An address whose owner said no; only its hash is kept, so that later imports respect it."""

    __tablename__ = "erased_address"

    email_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    erased_at: Mapped[dt.datetime]
