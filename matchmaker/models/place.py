"""Where meetings happen: booths, tables, rooms and video rooms."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column


class PlaceKind(enum.StrEnum):
    """What kind of place it is."""

    BOOTH = "booth"
    TABLE = "table"
    ROOM = "room"
    VIDEO = "video"


class Place(Base):
    """A place; `capacity` is how many meetings it holds at once (None: any number, video only).

    A place with owners (a firm's own booth) holds only meetings of one of them. A video room has a fixed
    link, or a template in which {meeting} stands for the meeting's own secret name.
    """

    __tablename__ = "place"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("event_id", "name"),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
        sa.CheckConstraint("capacity IS NOT NULL OR kind = 'video'", name="capacity_unless_video"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind, "place_kind"))
    name: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    # evaluates_none: a given None is kept and not replaced by the default
    capacity: Mapped[int | None] = mapped_column(sa.Integer().evaluates_none(), default=1)
    link: Mapped[str] = mapped_column(sa.String(500), default="")

    opening_hours: Mapped[list[OpeningHours]] = relationship(
        back_populates="place", cascade="all, delete-orphan", order_by="OpeningHours.starts_at"
    )
    owners: Mapped[list[PlaceOwner]] = relationship(back_populates="place", cascade="all, delete-orphan")


class OpeningHours(Base):
    """A span in which a place is open; a place without any is open whenever the event is."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["place_id", "event_id"], ["place.id", "place.event_id"], ondelete="CASCADE", name="place"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    place: Mapped[Place] = relationship(back_populates="opening_hours")


class PlaceClosure(Base):
    """A span in which a place is closed whatever its opening hours: a lost table, a closed hall."""

    __tablename__ = "place_closure"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["place_id", "event_id"], ["place.id", "place.event_id"], ondelete="CASCADE", name="place"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]


class PlaceOwner(Base):
    """A participation whose place it is."""

    __tablename__ = "place_owner"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["place_id", "event_id"], ["place.id", "place.event_id"], ondelete="CASCADE", name="place"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
    )

    place_id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]

    place: Mapped[Place] = relationship(back_populates="owners")
