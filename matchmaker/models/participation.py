"""One organisation at one event: its status, its profile, its limits, its delegates."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column
from matchmaker.models.event import Event, Group
from matchmaker.models.organisation import Organisation
from matchmaker.models.person import Person


class ParticipationStatus(enum.StrEnum):
    """How far a participation has come; only approved ones are suggested and scheduled."""

    INVITED = "invited"
    REGISTERED = "registered"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Origin(enum.StrEnum):
    """How a participation came to the event."""

    SELF = "self"
    IMPORTED = "imported"
    ORGANISER = "organiser"
    ENABLER = "enabler"


class Participation(Base):
    """One organisation at one event, with its profile; limits of None are the group's or event's.

    An imported participation is confirmed by its own firm (`confirmed_at`) before it is suggested
    or scheduled, unless the organiser includes it unconfirmed.
    """

    __tablename__ = "participation"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("event_id", "organisation_id"),
        sa.UniqueConstraint("event_id", "external_id"),
        sa.ForeignKeyConstraint(
            ["group_id", "event_id"], ["event_group.id", "event_group.event_id"], name="group"
        ),
        sa.CheckConstraint("minimum IS NULL OR minimum >= 0", name="minimum_not_negative"),
        sa.CheckConstraint("maximum IS NULL OR maximum >= 0", name="maximum_not_negative"),
        sa.CheckConstraint("per_day IS NULL OR per_day > 0", name="per_day_positive"),
        sa.CheckConstraint("in_a_row IS NULL OR in_a_row > 0", name="in_a_row_positive"),
        sa.CheckConstraint("pause IS NULL OR pause >= 0", name="pause_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    group_id: Mapped[int] = mapped_column(index=True)
    status: Mapped[ParticipationStatus] = mapped_column(
        enum_column(ParticipationStatus, "participation_status")
    )
    origin: Mapped[Origin] = mapped_column(enum_column(Origin, "origin"))
    external_id: Mapped[str | None] = mapped_column(sa.String(120))
    source: Mapped[str] = mapped_column(sa.String(300), default="")
    brought_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    confirmed_at: Mapped[dt.datetime | None]
    is_included_unconfirmed: Mapped[bool] = mapped_column(default=False)
    is_opted_out: Mapped[bool] = mapped_column(default=False)

    description: Mapped[str] = mapped_column(sa.Text, default="")
    language: Mapped[str] = mapped_column(sa.String(5), default="")
    sector: Mapped[str] = mapped_column(sa.String(120), default="")
    stage: Mapped[str] = mapped_column(sa.String(40), default="")
    size: Mapped[str] = mapped_column(sa.String(40), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    region: Mapped[str] = mapped_column(sa.String(120), default="")
    languages: Mapped[list[str]] = mapped_column(default=list)
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    wanted_kinds: Mapped[list[str]] = mapped_column(default=list)
    wanted_text: Mapped[str] = mapped_column(sa.Text, default="")

    minimum: Mapped[int | None]
    maximum: Mapped[int | None]
    per_day: Mapped[int | None]
    in_a_row: Mapped[int | None]
    pause: Mapped[int | None]

    invitation_sent_at: Mapped[dt.datetime | None]
    invitation_opened_at: Mapped[dt.datetime | None]
    invitation_answered_at: Mapped[dt.datetime | None]
    invitation_refused_at: Mapped[dt.datetime | None]
    invitation_error: Mapped[str] = mapped_column(sa.String(300), default="")

    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    event: Mapped[Event] = relationship(foreign_keys="[Participation.event_id]")
    organisation: Mapped[Organisation] = relationship()
    group: Mapped[Group] = relationship(
        foreign_keys="[Participation.group_id, Participation.event_id]", overlaps="event"
    )
    entries: Mapped[list[Entry]] = relationship(
        back_populates="participation",
        cascade="all, delete-orphan",
        order_by="(Entry.kind, Entry.position)",
        foreign_keys="[Entry.participation_id, Entry.event_id]",
    )
    delegates: Mapped[list[Delegate]] = relationship(
        back_populates="participation", cascade="all, delete-orphan", order_by="Delegate.id"
    )


class EntryKind(enum.StrEnum):
    """Whether an entry is brought or looked for."""

    OFFER = "offer"
    NEED = "need"


class Entry(Base):
    """An offer or a need, of a participation or (without an event) of an organisation."""

    __tablename__ = "entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
        sa.CheckConstraint("(organisation_id IS NULL) <> (participation_id IS NULL)", name="of_one_owner"),
        sa.CheckConstraint(
            "(participation_id IS NULL) = (event_id IS NULL)", name="event_with_participation"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    participation_id: Mapped[int | None] = mapped_column(index=True)
    event_id: Mapped[int | None]
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind, "entry_kind"))
    title: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    language: Mapped[str] = mapped_column(sa.String(5), default="")
    topics: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)

    participation: Mapped[Participation | None] = relationship(
        back_populates="entries", foreign_keys="[Entry.participation_id, Entry.event_id]"
    )


class Delegate(Base):
    """One person of a participation; delegates sit in meetings.

    Whoever has left stands here for the sake of former meetings alone: without rights, time and mails.
    """

    __tablename__ = "delegate"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("participation_id", "person_id"),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    participation_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    is_manager: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]

    participation: Mapped[Participation] = relationship(back_populates="delegates")
    person: Mapped[Person] = relationship()


class Availability(Base):
    """What a delegate said of one slot; without a row, 8:00 to 19:00 in the person's own zone counts."""

    __tablename__ = "availability"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["delegate_id", "event_id"],
            ["delegate.id", "delegate.event_id"],
            ondelete="CASCADE",
            name="delegate",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id", "event_id"], ["slot.id", "slot.event_id"], ondelete="CASCADE", name="slot"
        ),
    )

    delegate_id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]
    is_available: Mapped[bool]
