"""What is decided for one participation: inclusion, opting out, limits, group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid
from matchmaker.models import Event, Group, Participation, ParticipationStatus
from matchmaker.services.limits import LONGEST_PAUSE, PAUSE_RANGE
from matchmaker.services.participation import of_event, record_change


def include_unconfirmed(
    session: Session,
    *,
    event: Event,
    participation_ids: Collection[int],
    is_included: bool,
    actor_id: int | None,
    now: dt.datetime,
) -> int:
    """Let rounds use these firms although they have not confirmed (or no longer); gives how many.

    Partners see them marked "not confirmed". Whoever confirmed or withdrew is left alone.
    """
    changed = [
        participation
        for participation in of_event(session, event_id=event.id, participation_ids=participation_ids)
        if participation.confirmed_at is None
        and participation.status != ParticipationStatus.WITHDRAWN
        and participation.is_included_unconfirmed != is_included
    ]
    for participation in changed:
        participation.is_included_unconfirmed = is_included
        participation.status = ParticipationStatus.APPROVED if is_included else ParticipationStatus.INVITED
        participation.updated_at = now
        action = "include_unconfirmed" if is_included else "exclude_unconfirmed"
        record_change(session, action, participation, actor_id=actor_id, now=now)
    session.flush()
    return len(changed)


def set_opt_out(
    session: Session,
    *,
    participation: Participation,
    is_opted_out: bool,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Take the participation out of suggestions, or back in; it keeps the event and its meetings."""
    if participation.is_opted_out == is_opted_out:
        return
    participation.is_opted_out = is_opted_out
    participation.updated_at = now
    session.flush()
    action = "opt_out" if is_opted_out else "opt_in"
    record_change(session, action, participation, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)


def set_limits(
    session: Session,
    *,
    participation: Participation,
    minimum: int | None,
    maximum: int | None,
    per_day: int | None,
    in_a_row: int | None,
    pause: int | None = None,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Give a participation limits of its own; None means those of its group or event."""
    if minimum is not None and maximum is not None and maximum < minimum:
        raise Invalid(
            N_("The maximum cannot be below the minimum of %(minimum)s."), field="maximum", minimum=minimum
        )
    if pause is not None and not 0 <= pause <= LONGEST_PAUSE:
        raise Invalid(PAUSE_RANGE, field="pause", most=LONGEST_PAUSE)
    participation.minimum = minimum
    participation.maximum = maximum
    participation.per_day = per_day
    participation.in_a_row = in_a_row
    participation.pause = pause
    participation.updated_at = now
    session.flush()
    record_change(
        session, "set_limits", participation, actor_id=actor_id, now=now, behalf_of_id=participation.id
    )


def change_group(
    session: Session, *, participation: Participation, group_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Move a participation to another group of its event."""
    group = session.scalar(
        sa.select(Group).where(Group.id == group_id, Group.event_id == participation.event_id)
    )
    if group is None:
        raise Invalid(N_("Choose one of the groups of this event."), field="group")
    if participation.group_id == group.id:
        return
    participation.group_id = group.id
    participation.updated_at = now
    session.flush()
    record_change(
        session, "change_group", participation, actor_id=actor_id, now=now, behalf_of_id=participation.id
    )
