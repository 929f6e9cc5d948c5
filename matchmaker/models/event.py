"""An event: its zone, its rules, the people who run it, its groups and topics."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column
from matchmaker.models.person import Person


class EventFormat(enum.StrEnum):
    """Where people meet."""

    VIRTUAL = "virtual"
    ON_SITE = "on_site"
    HYBRID = "hybrid"


class EventStatus(enum.StrEnum):
    """How far an event has come: only its team sees a draft."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Approval(enum.StrEnum):
    """How a registration becomes a participation in rounds."""

    BY_HAND = "by_hand"
    AUTOMATIC = "automatic"


class Event(Base):
    """A virtual, on-site or hybrid event with its rules; limits of None mean no limit.

    `request_minutes` is how long a request waits unless the asker says otherwise; None: until its slot.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.CheckConstraint("minimum >= 0", name="minimum_not_negative"),
        sa.CheckConstraint("maximum IS NULL OR maximum >= minimum", name="maximum_not_below_minimum"),
        sa.CheckConstraint("per_day IS NULL OR per_day > 0", name="per_day_positive"),
        sa.CheckConstraint("in_a_row IS NULL OR in_a_row > 0", name="in_a_row_positive"),
        sa.CheckConstraint("pause IS NULL OR pause >= 0", name="pause_not_negative"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("most_musts IS NULL OR most_musts >= 0", name="most_musts_not_negative"),
        sa.CheckConstraint("most_requests > 0", name="most_requests_positive"),
        sa.CheckConstraint(
            "request_minutes IS NULL OR request_minutes BETWEEN 15 AND 14400",
            name="request_lives_15_minutes_to_10_days",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    format: Mapped[EventFormat] = mapped_column(enum_column(EventFormat, "event_format"))
    status: Mapped[EventStatus] = mapped_column(enum_column(EventStatus, "event_status"))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    venue: Mapped[str] = mapped_column(sa.String(300), default="")
    approval: Mapped[Approval] = mapped_column(enum_column(Approval, "approval"), default=Approval.BY_HAND)
    confirms_all: Mapped[bool] = mapped_column(default=False)
    minimum: Mapped[int] = mapped_column(default=0)
    maximum: Mapped[int | None]
    per_day: Mapped[int | None]
    in_a_row: Mapped[int | None]
    pause: Mapped[int | None]
    most_musts: Mapped[int | None]
    most_requests: Mapped[int] = mapped_column(default=20, server_default="20")
    # evaluates_none: a given None (until the slot begins) is kept and not replaced by the default
    request_minutes: Mapped[int | None] = mapped_column(
        sa.Integer().evaluates_none(), default=4320, server_default="4320"
    )
    confirms_mutual: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    has_waiting_list: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    excludes_met_before: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    organiser_name: Mapped[str] = mapped_column(sa.String(200), default="")
    organiser_address: Mapped[str] = mapped_column(sa.Text, default="")
    organiser_email: Mapped[str] = mapped_column(sa.String(254), default="")
    video_link: Mapped[str] = mapped_column(sa.String(500), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]

    __mapper_args__ = {"version_id_col": version}

    team: Mapped[list[EventRole]] = relationship(back_populates="event", cascade="all, delete-orphan")
    groups: Mapped[list[Group]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="Group.position"
    )


class EventRoleKind(enum.StrEnum):
    """What a person does for an event."""

    ORGANISER = "organiser"
    CO_ORGANISER = "co_organiser"
    ENABLER = "enabler"
    DESK = "desk"


class EventRole(Base):
    """A person of an event's team; the flags are the chosen rights of a co-organiser."""

    __tablename__ = "event_role"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[EventRoleKind] = mapped_column(enum_column(EventRoleKind, "event_role_kind"))
    can_edit_event: Mapped[bool] = mapped_column(default=False)
    can_manage_participations: Mapped[bool] = mapped_column(default=False)
    can_run_rounds: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]

    event: Mapped[Event] = relationship(back_populates="team")
    person: Mapped[Person] = relationship()


class Group(Base):
    """A group of participations (startups, corporates, ...) with its own limits where they differ."""

    __tablename__ = "event_group"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("event_id", "code"),
        sa.CheckConstraint("minimum IS NULL OR minimum >= 0", name="minimum_not_negative"),
        sa.CheckConstraint("maximum IS NULL OR maximum >= 0", name="maximum_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(32), default="")
    minimum: Mapped[int | None]
    maximum: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship(back_populates="groups")


class GroupRule(Base):
    """Two groups (in the order of their ids; one group with itself too) that may meet."""

    __tablename__ = "group_rule"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["group_a_id", "event_id"],
            ["event_group.id", "event_group.event_id"],
            ondelete="CASCADE",
            name="group_a",
        ),
        sa.ForeignKeyConstraint(
            ["group_b_id", "event_id"],
            ["event_group.id", "event_group.event_id"],
            ondelete="CASCADE",
            name="group_b",
        ),
        sa.CheckConstraint("group_a_id <= group_b_id", name="in_order"),
    )

    group_a_id: Mapped[int] = mapped_column(primary_key=True)
    group_b_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
