"""The waiting list: slots and seats that came free, and who got each."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class FreedSlot(Base):
    """The slot of a meeting that ended before its time, once the waiting list has dealt with it.

    A meeting that ended and has no such row is still to be dealt with. Without `offer_id` nobody who
    wanted to meet could take the slot.
    """

    __tablename__ = "freed_slot"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["meeting_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="meeting"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "event_id"], ["meeting.id", "meeting.event_id"], ondelete="CASCADE", name="offer"
        ),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    offer_id: Mapped[int | None] = mapped_column(index=True)
    dealt_at: Mapped[dt.datetime]


class FreedSeat(Base):
    """A seat of a session that came free, or that somebody asked for after its round was published.

    The waiting list deals with it once; until then nobody else takes it. Without `given_to_id` nobody who
    would like it could take it.
    """

    __tablename__ = "freed_seat"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_session.id", "event_session.event_id"],
            ondelete="CASCADE",
            name="session",
        ),
        sa.ForeignKeyConstraint(
            ["given_to_id", "event_id"],
            ["participation.id", "participation.event_id"],
            ondelete="CASCADE",
            name="given_to",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(index=True)
    session_id: Mapped[int] = mapped_column(index=True)
    freed_at: Mapped[dt.datetime]
    dealt_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    given_to_id: Mapped[int | None] = mapped_column(index=True)
