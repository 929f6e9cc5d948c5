"""Whose place it is: a firm's own booth holds only meetings of its owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid
from matchmaker.models import Meeting, Organisation, Participation, ParticipationStatus, Place, PlaceOwner
from matchmaker.services.impact import InUse, impact_of_meetings, is_living
from matchmaker.services.place import find_place, record_place


def owner_names(session: Session, *, event_id: int) -> dict[int, dict[int, str]]:
    """Place -> its owners' participations with the names of their organisations."""
    rows = session.execute(
        sa.select(PlaceOwner.place_id, PlaceOwner.participation_id, Organisation.name)
        .join(Participation, Participation.id == PlaceOwner.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(PlaceOwner.event_id == event_id)
        .order_by(Organisation.name)
    )
    names: dict[int, dict[int, str]] = {}
    for place_id, participation_id, name in rows:
        names.setdefault(place_id, {})[participation_id] = name
    return names


def possible_owners(session: Session, *, event_id: int) -> dict[int, str]:
    """The participations that can own a place, with the names of their organisations."""
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event_id, Participation.status != ParticipationStatus.WITHDRAWN)
        .order_by(Organisation.name)
    )
    return {row.id: row.name for row in rows}


def add_owner(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    participation_id: int,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Make one more participation an owner; raises InUse when meetings of others are there."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    owners = {row.participation_id for row in place.owners} | {participation_id}
    set_owners(
        session,
        event_id=event_id,
        place_id=place_id,
        participation_ids=owners,
        actor_id=actor_id,
        now=now,
    )


def remove_owner(
    session: Session,
    *,
    event_id: int,
    place_id: int,
    participation_id: int,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Take the place from one owner; without any the place is everybody's."""
    place = find_place(session, event_id=event_id, place_id=place_id)
    owners = {row.participation_id for row in place.owners} - {participation_id}
    set_owners(
        session,
        event_id=event_id,
        place_id=place_id,
        participation_ids=owners,
        actor_id=actor_id,
        now=now,
    )


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
        raise Invalid(field="participation_id")
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
