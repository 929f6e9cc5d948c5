"""Writes down who did what, when, on whose behalf."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.models import AuditEntry


def record(
    session: Session,
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    now: dt.datetime,
    event_id: int | None = None,
    behalf_of_id: int | None = None,
    **details: Any,
) -> None:
    """Add one audit row to the present transaction; `actor_id` of None is the service itself."""
    session.add(
        AuditEntry(
            at=now,
            actor_id=actor_id,
            event_id=event_id,
            behalf_of_id=behalf_of_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )
