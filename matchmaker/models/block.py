"""Blocks of time cut into slots; a block at a shared stand is a booth session, held by rota."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base
from matchmaker.models.place import Place


class Block(Base):
    """A span of time cut into slots of one length with a pause between them, in minutes.

    With a place the block is a booth session: its meetings happen at that stand, each with one
    of the partners on duty, at most `capacity` at once.
    """

    __tablename__ = "block"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.ForeignKeyConstraint(["place_id", "event_id"], ["place.id", "place.event_id"], name="place"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 480", name="slot_length"),
        sa.CheckConstraint("pause_minutes BETWEEN 0 AND 240", name="pause_length"),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
        sa.CheckConstraint("capacity IS NULL OR place_id IS NOT NULL", name="capacity_only_at_a_stand"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    slot_minutes: Mapped[int]
    pause_minutes: Mapped[int] = mapped_column(default=0)
    place_id: Mapped[int | None]
    capacity: Mapped[int | None]

    place: Mapped[Place | None] = relationship(foreign_keys="[Block.place_id, Block.event_id]", viewonly=True)
    slots: Mapped[list[Slot]] = relationship(
        back_populates="block", cascade="all, delete-orphan", order_by="Slot.starts_at"
    )
    shifts: Mapped[list[Shift]] = relationship(
        back_populates="block", cascade="all, delete-orphan", order_by="Shift.starts_at"
    )

    @property
    def is_booth_session(self) -> bool:
        """Whether meetings of this block happen at a shared stand."""
        return self.place_id is not None


class Slot(Base):
    """A span in which one meeting fits."""

    __tablename__ = "slot"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.UniqueConstraint("block_id", "starts_at"),
        sa.ForeignKeyConstraint(
            ["block_id", "event_id"], ["block.id", "block.event_id"], ondelete="CASCADE", name="block"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    block_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    block: Mapped[Block] = relationship(back_populates="slots")


class Shift(Base):
    """A partner's turn at a shared stand, within a booth session."""

    __tablename__ = "shift"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.ForeignKeyConstraint(
            ["block_id", "event_id"], ["block.id", "block.event_id"], ondelete="CASCADE", name="block"
        ),
        sa.ForeignKeyConstraint(
            ["participation_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="participation",
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    block_id: Mapped[int] = mapped_column(index=True)
    participation_id: Mapped[int] = mapped_column(index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    block: Mapped[Block] = relationship(back_populates="shifts")
    staff: Mapped[list[ShiftStaff]] = relationship(back_populates="shift", cascade="all, delete-orphan")


class ShiftStaff(Base):
    """A delegate on duty in a shift; a shift without any is staffed by all of its partner's delegates."""

    __tablename__ = "shift_staff"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["shift_id", "event_id"], ["shift.id", "shift.event_id"], ondelete="CASCADE", name="shift"
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id", "event_id"],
            ["delegate.id", "delegate.event_id"],
            ondelete="CASCADE",
            name="delegate",
        ),
    )

    shift_id: Mapped[int] = mapped_column(primary_key=True)
    delegate_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]

    shift: Mapped[Shift] = relationship(back_populates="staff")
