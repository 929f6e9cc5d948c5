"""The waiting list: slots that came free, and to whom each was offered."""

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
