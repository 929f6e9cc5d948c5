"""A meeting asked for outside a round, or another time for one that stands; and what was proposed."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column


class RequestStatus(enum.StrEnum):
    """An open request blocks nobody's calendar; it claims seats when it is accepted."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class MeetingRequest(Base):
    """One participation asks another for a meeting in a common free slot, or to move their meeting.

    The two propose in turn: `slot_id` is the first slot of what was proposed last, and `is_countered`
    says that it is the asker's turn to answer. With `moves_id` accepting moves that meeting, which
    keeps its slot until then.
    """

    __tablename__ = "meeting_request"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.CheckConstraint("from_id <> to_id", name="to_somebody_else"),
        sa.ForeignKeyConstraint(
            ["from_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="from",
        ),
        sa.ForeignKeyConstraint(
            ["to_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="to",
        ),
        sa.ForeignKeyConstraint(["slot_id", "event_id"], ["slot.id", "slot.event_id"], name="slot"),
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["moves_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="moves"
        ),
        sa.Index(
            "uq_meeting_request_one_open",
            "from_id",
            "to_id",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    from_id: Mapped[int] = mapped_column(index=True)
    to_id: Mapped[int] = mapped_column(index=True)
    slot_id: Mapped[int]
    message: Mapped[str] = mapped_column(sa.String(1000), default="")
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    status: Mapped[RequestStatus] = mapped_column(enum_column(RequestStatus, "request_status"))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    answered_at: Mapped[dt.datetime | None]
    meeting_id: Mapped[int | None]
    moves_id: Mapped[int | None] = mapped_column(index=True)
    is_countered: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    proposals: Mapped[list[RequestProposal]] = relationship(
        back_populates="request", cascade="all, delete-orphan", order_by="RequestProposal.id"
    )

    @property
    def answering_id(self) -> int:
        """The participation that must answer next."""
        return self.from_id if self.is_countered else self.to_id

    @property
    def waiting_id(self) -> int:
        """The participation that made the last proposal and waits."""
        return self.to_id if self.is_countered else self.from_id

    def other_side(self, participation_id: int) -> int:
        """The participation on the other side."""
        return self.to_id if participation_id == self.from_id else self.from_id


class RequestProposal(Base):
    """Slots, and a place where one was chosen, that one side of a request proposed; the newest counts."""

    __tablename__ = "request_proposal"
    __table_args__ = (
        sa.UniqueConstraint("id", "event_id"),
        sa.ForeignKeyConstraint(
            ["request_id", "event_id"],
            ["meeting_request.id", "meeting_request.event_id"],
            ondelete="CASCADE",
            name="request",
        ),
        sa.ForeignKeyConstraint(
            ["by_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="by",
        ),
        sa.ForeignKeyConstraint(
            ["place_id", "event_id"], ["place.id", "place.event_id"], ondelete="CASCADE", name="place"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    request_id: Mapped[int] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    place_id: Mapped[int | None] = mapped_column(index=True)
    message: Mapped[str] = mapped_column(sa.String(1000), default="")
    made_at: Mapped[dt.datetime]

    request: Mapped[MeetingRequest] = relationship(
        back_populates="proposals", foreign_keys="[RequestProposal.request_id, RequestProposal.event_id]"
    )
    slots: Mapped[list[ProposedSlot]] = relationship(
        back_populates="proposal", cascade="all, delete-orphan", order_by="ProposedSlot.slot_id"
    )


class ProposedSlot(Base):
    """One of the slots of a proposal."""

    __tablename__ = "proposed_slot"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["proposal_id", "event_id"],
            ["request_proposal.id", "request_proposal.event_id"],
            ondelete="CASCADE",
            name="proposal",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id", "event_id"], ["slot.id", "slot.event_id"], ondelete="CASCADE", name="slot"
        ),
    )

    proposal_id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int]

    proposal: Mapped[RequestProposal] = relationship(back_populates="slots")
