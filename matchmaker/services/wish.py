"""What one participation says of another: must, meet, never; nobody else is told."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import GroupRule, Participation, Wish, WishKind
from matchmaker.services.audit import record
from matchmaker.services.participation import participations_for_rounds


class CannotMeet(Conflict):
    """The organiser's rules keep the two apart."""

    message = N_("The rules of this event do not let these two meet.")


def say_wish(
    session: Session,
    *,
    participation: Participation,
    other_id: int,
    kind: WishKind | None,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Say must, meet or never of another participation, or with None take back what was said.

    Says the same of a participation that vetoed this one as of any other.
    """
    if kind is None:
        session.execute(sa.delete(Wish).where(Wish.from_id == participation.id, Wish.to_id == other_id))
    else:
        _check(session, participation, other_id)
        values = {"kind": kind, "said_by_id": actor_id, "said_at": now}
        insert = dialect_insert(session, Wish).values(
            from_id=participation.id, to_id=other_id, event_id=participation.event_id, **values
        )
        session.execute(insert.on_conflict_do_update(index_elements=["from_id", "to_id"], set_=values))
    # of whom, and what, stays between the participation and the round: the audit says only that
    record(
        session,
        actor_id=actor_id,
        action="take_back_wish" if kind is None else "say_wish",
        subject="participation",
        subject_id=participation.id,
        event_id=participation.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
    )


def wishable(session: Session, *, participation: Participation) -> sa.Select[Participation]:
    """The participations of which this one can say something."""
    rules = session.scalars(sa.select(GroupRule).where(GroupRule.event_id == participation.event_id)).all()
    own = participation.group_id
    groups = {rule.group_b_id for rule in rules if rule.group_a_id == own}
    groups |= {rule.group_a_id for rule in rules if rule.group_b_id == own}
    return participations_for_rounds(participation.event_id).where(
        Participation.id != participation.id,
        Participation.organisation_id != participation.organisation_id,
        Participation.group_id.in_(groups),
    )


def _check(session: Session, participation: Participation, other_id: int) -> None:
    other = session.scalar(
        sa.select(Participation).where(
            Participation.id == other_id, Participation.event_id == participation.event_id
        )
    )
    if other is None:
        raise NotFound()
    allowed = wishable(session, participation=participation).where(Participation.id == other_id)
    if session.scalar(allowed) is None:
        raise CannotMeet()
