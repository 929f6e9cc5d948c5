"""What one participation says of another: must, meet, never; nobody else is told."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import Event, GroupRule, Participation, Wish, WishKind
from matchmaker.services.audit import record
from matchmaker.services.meeting_request import lock_sides
from matchmaker.services.meeting_request_answer import end_talks
from matchmaker.services.participation import participations_for_rounds


class CannotMeet(Conflict):
    """The organiser's rules keep the two apart."""

    message = N_("The rules of this event do not let these two meet.")


class MustsSpent(Conflict):
    """The participation has said must as often as the organiser allows."""

    message = N_(
        "You have used all %(most)s musts of this event. Take one back, or say Meet: "
        "what you said before stands as it was."
    )


@dataclass(frozen=True)
class Musts:
    """How many musts a participation has said, and how many count (None: all)."""

    said: int
    most: int | None

    @property
    def excess(self) -> int:
        """How many of the newest count as Meet, because the organiser has lowered the number since."""
        return 0 if self.most is None else max(0, self.said - self.most)


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
        if kind == WishKind.MUST:
            _check_musts(session, participation, other_id)
        if kind == WishKind.NEVER:
            end_talks(
                session, event=session.get_one(Event, participation.event_id), own_id=participation.id,
                other_id=other_id, actor_id=actor_id, now=now,
            )  # fmt: skip
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


def read_musts(session: Session, *, participation: Participation) -> Musts:
    """How many of its musts a participation has used."""
    said = session.scalar(
        sa.select(sa.func.count())
        .select_from(Wish)
        .where(Wish.from_id == participation.id, Wish.kind == WishKind.MUST)
    )
    return Musts(said or 0, session.get_one(Event, participation.event_id).most_musts)


def musts_beyond_budget(session: Session, *, event: Event) -> set[tuple[int, int]]:
    """Musts that count as Meet, (from, to): the newest of those who said more than the event allows now."""
    if event.most_musts is None:
        return set()
    said: dict[int, list[int]] = defaultdict(list)
    rows = session.execute(
        sa.select(Wish.from_id, Wish.to_id)
        .where(Wish.event_id == event.id, Wish.kind == WishKind.MUST)
        .order_by(Wish.said_at, Wish.to_id)
    )
    for from_id, to_id in rows:
        said[from_id].append(to_id)
    return {(from_id, to_id) for from_id, others in said.items() for to_id in others[event.most_musts :]}


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


def _check_musts(session: Session, participation: Participation, other_id: int) -> None:
    lock_sides(session, participation.id)  # of two windows that say the last must, one comes second
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(Wish)
        .where(Wish.from_id == participation.id, Wish.kind == WishKind.MUST, Wish.to_id != other_id)
    )
    most = session.get_one(Event, participation.event_id).most_musts
    if most is not None and (others or 0) >= most and not _is_said(session, participation.id, other_id):
        raise MustsSpent(most=most)


def _is_said(session: Session, from_id: int, to_id: int) -> bool:
    wish = session.get(Wish, (from_id, to_id))
    return wish is not None and wish.kind == WishKind.MUST
