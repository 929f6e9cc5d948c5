"""Whom a run can be for."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Organisation, Participation
from matchmaker.services.participation import participations_for_rounds


def choosable_participations(session: Session, *, event_id: int) -> list[tuple[int, str]]:
    """The participations that rounds use, with their organisations' names, by name."""
    rows = session.execute(
        participations_for_rounds(event_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .with_only_columns(Participation.id, Organisation.name)
        .order_by(sa.func.lower(Organisation.name), Participation.id)
    )
    return [(number, name) for number, name in rows]
