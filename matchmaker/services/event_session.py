"""Sessions of the programme: breaks, talks, masterclasses, site visits, and who attends them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import EventSession


def sessions_of(session: Session, *, event_id: int) -> list[EventSession]:
    """The event's sessions in their order in time."""
    return list(
        session.scalars(
            sa.select(EventSession)
            .where(EventSession.event_id == event_id)
            .order_by(EventSession.starts_at, EventSession.id)
        )
    )
