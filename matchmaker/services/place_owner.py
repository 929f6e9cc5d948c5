"""Whose place it is: a firm's own booth holds only meetings of its owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid
from matchmaker.models import Meeting, Participation, Place, PlaceOwner
from matchmaker.services.impact import InUse, impact_of_meetings, is_living
from matchmaker.services.place import find_place, record_place


def set_owners(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    participation_ids: Collection[int],
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Say whose place it is; raises InUse when meetings of others are there."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    wanted = set(participation_ids)
    known = set(
        session.scalars(
            sa.select(Participation.id).where(
                Participation.event_id == event_id, Participation.id.in_(wanted)
            )
        )
    )
    if known != wanted:
        raise Invalid(field="owners")
    if wanted:
        _check_meetings_of_owners(session, place, wanted)
    kept = [row for row in place.owners if row.participation_id in wanted]
    present = {row.participation_id for row in kept}
    place.owners = kept + [
        PlaceOwner(event_id=event_id, place_id=place.id, participation_id=number)
        for number in sorted(wanted - present)
    ]
    record_place(session, "set_owners", place, actor_id, now, owners=sorted(wanted))
    session.flush()


def _check_meetings_of_owners(session: Session, place: Place, owners: set[int]) -> None:
    strangers = session.scalars(
        sa.select(Meeting.id).where(
            Meeting.event_id == place.event_id,
            Meeting.place_id == place.id,
            Meeting.participation_a_id.not_in(owners),
            Meeting.participation_b_id.not_in(owners),
            is_living(),
        )
    ).all()
    if strangers:
        raise InUse(impact_of_meetings(session, event_id=place.event_id, meeting_ids=strangers))
