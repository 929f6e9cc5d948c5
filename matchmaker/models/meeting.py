"""A meeting of two participations, its delegates, and the claims that keep it free of clashes."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column
from matchmaker.models.block import Slot
from matchmaker.models.participation import Delegate, Participation
from matchmaker.models.place import Place


class MeetingStatus(enum.StrEnum):
    """A draft has no seats; proposed, confirmed and held ones do; the others gave them back."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    HELD = "held"
    MISSED = "missed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


SEATED = (MeetingStatus.PROPOSED, MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.MISSED)


class Meeting(Base):
    """People of two participations (in the order of their ids), one slot, one place, a status.

    `uid` and `sequence` are the calendar's: one UID for life, a higher sequence when time or
    place changes. `version` makes accepting a compare-and-swap. A meeting proposed by the waiting list
    is to be answered before `expires_at`.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.CheckConstraint("participation_a_id < participation_b_id", name="in_order"),
        sa.ForeignKeyConstraint(["round_id", "event_id"], ["round.id", "round.event_id"], name="round"),
        sa.ForeignKeyConstraint(
            ["participation_a_id", "event_id"],
            ["participation.id", "participation.event_id"],
            name="participation_a",
        ),
        sa.ForeignKeyConstraint(
            ["participation_b_id", "event_id"],
            ["participation.id", "participation.event_id"],
            name="participation_b",
        ),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slot.id", "slot.event_id"], name="slot"),
        sa.ForeignKeyConstraint(["place_id", "event_id"], ["place.id", "place.event_id"], name="place"),
        # what was changed by hand is looked for on the pages of a round, among all meetings of an event
        sa.Index("ix_meeting_added", "event_id", "status", "created_at"),
        sa.Index(
            "uq_meeting_pair_seated",
            "participation_a_id",
            "participation_b_id",
            unique=True,
            sqlite_where=sa.text("status IN ('proposed', 'confirmed')"),
            postgresql_where=sa.text("status IN ('proposed', 'confirmed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int | None] = mapped_column(index=True)
    participation_a_id: Mapped[int] = mapped_column(index=True)
    participation_b_id: Mapped[int] = mapped_column(index=True)
    slot_id: Mapped[int] = mapped_column(index=True)
    place_id: Mapped[int | None] = mapped_column(index=True)
    status: Mapped[MeetingStatus] = mapped_column(enum_column(MeetingStatus, "meeting_status"))
    is_locked: Mapped[bool] = mapped_column(default=False)
    fit: Mapped[float] = mapped_column(default=0.0)
    value: Mapped[float] = mapped_column(default=0.0)
    accepted_a_at: Mapped[dt.datetime | None]
    accepted_b_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participation.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    uid: Mapped[str] = mapped_column(sa.String(120), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    participation_a: Mapped[Participation] = relationship(
        foreign_keys="[Meeting.participation_a_id, Meeting.event_id]", viewonly=True
    )
    participation_b: Mapped[Participation] = relationship(
        foreign_keys="[Meeting.participation_b_id, Meeting.event_id]", viewonly=True
    )
    slot: Mapped[Slot] = relationship(foreign_keys="[Meeting.slot_id, Meeting.event_id]", viewonly=True)
    place: Mapped[Place | None] = relationship(
        foreign_keys="[Meeting.place_id, Meeting.event_id]", viewonly=True
    )
    sitters: Mapped[list[MeetingDelegate]] = relationship(
        back_populates="meeting", cascade="all, delete-orphan"
    )

    def is_side(self, participation_id: int) -> bool:
        """Whether the participation is one of the two sides."""
        return participation_id in (self.participation_a_id, self.participation_b_id)

    def other_side(self, participation_id: int) -> int:
        """The participation on the other side of the table."""
        if participation_id == self.participation_a_id:
            return self.participation_b_id
        return self.participation_a_id


class MeetingDelegate(Base):
    """A delegate who sits (or, in a draft, would sit) in a meeting."""

    __tablename__ = "meeting_delegate"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id", "event_id"], ["delegate.id", "delegate.event_id"], name="delegate"
        ),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    delegate_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]

    meeting: Mapped[Meeting] = relationship(back_populates="sitters")
    delegate: Mapped[Delegate] = relationship(
        foreign_keys="[MeetingDelegate.delegate_id, MeetingDelegate.event_id]", viewonly=True
    )


class Seat(Base):
    """One person in one slot of one meeting: nobody is in two places at once, whatever the delegate."""

    __tablename__ = "seat"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "slot_id"),
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id", "event_id"], ["delegate.id", "delegate.event_id"], name="delegate"
        ),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slot.id", "slot.event_id"], name="slot"),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(index=True)
    delegate_id: Mapped[int] = mapped_column(index=True)
    event_id: Mapped[int]


class PlaceClaim(Base):
    """One of the parallel meetings that a place holds in a slot; `lane` runs from 1 to its capacity."""

    __tablename__ = "place_claim"
    __table_args__ = (
        sa.UniqueConstraint("place_id", "slot_id", "lane"),
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(["place_id", "event_id"], ["place.id", "place.event_id"], name="place"),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slot.id", "slot.event_id"], name="slot"),
        sa.CheckConstraint("lane > 0", name="lane_positive"),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int]
    slot_id: Mapped[int]
    lane: Mapped[int]
    event_id: Mapped[int]
