"""Pairs that the organiser forces or forbids, and pairs that said in a review that they do not fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Invalid, NotFound
from matchmaker.models import (
    Meeting,
    Organisation,
    PairRule,
    PairRuleKind,
    Participation,
    Person,
    ReviewAnswer,
    ReviewAnswerKind,
    Round,
)
from matchmaker.services.audit import record

ORGANISER, UNFIT = "organiser", "unfit"


@dataclass(frozen=True)
class PairLine:
    """A rule as it is listed."""

    a_id: int
    b_id: int
    a_name: str
    b_name: str
    kind: PairRuleKind
    said_by: str | None
    said_at: dt.datetime


def set_pair_rule(
    session: Session,
    *,
    event_id: int,
    pairs: Collection[tuple[int, int]],
    kind: PairRuleKind,
    actor_id: int,
    now: dt.datetime,
) -> int:
    """Force or forbid pairs of participations, instead of what was said of them; gives how many."""
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    numbers = {side for pair in ordered for side in pair}
    names = _names(session, event_id, numbers)
    if numbers - names.keys():
        raise NotFound()
    if any(one == other for one, other in ordered):
        raise Invalid(N_("Choose two different participations."), field="other")
    values = {"kind": kind, "said_by_id": actor_id, "said_at": now}
    for one, other in ordered:
        insert = dialect_insert(session, PairRule).values(
            participation_a_id=one, participation_b_id=other, event_id=event_id, **values
        )
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["participation_a_id", "participation_b_id"], set_=values
            )
        )
        _record(session, event_id, f"{kind.value}_pair", (names[one], names[other]), actor_id, now)
    return len(ordered)


def forbid_pairs_of(
    session: Session, *, round_: Round, meeting_ids: Collection[int], actor_id: int, now: dt.datetime
) -> int:
    """Forbid the pairs of these meetings of a round; gives how many."""
    rows = session.execute(
        sa.select(Meeting.participation_a_id, Meeting.participation_b_id).where(
            Meeting.round_id == round_.id, Meeting.id.in_(meeting_ids)
        )
    ).all()
    pairs = [(a_id, b_id) for a_id, b_id in rows]
    return set_pair_rule(
        session, event_id=round_.event_id, pairs=pairs, kind=PairRuleKind.FORBID, actor_id=actor_id, now=now
    )


def remove_pair_rule(
    session: Session, *, event_id: int, pair: tuple[int, int], actor_id: int, now: dt.datetime
) -> None:
    """Leave the pair to the round again; doing it twice changes nothing."""
    one, other = sorted(pair)
    gone = session.execute(
        sa.delete(PairRule).where(
            PairRule.event_id == event_id,
            PairRule.participation_a_id == one,
            PairRule.participation_b_id == other,
        )
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        names = _names(session, event_id, {one, other})
        _record(session, event_id, "free_pair", (names[one], names[other]), actor_id, now)


def find_by_name(session: Session, *, event_id: int, name: str, field: str) -> int:
    """The participation whose organisation is called so; raises Invalid for the form's field."""
    wanted = " ".join(name.split()).casefold()
    found = session.scalars(
        sa.select(Participation.id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event_id, sa.func.lower(Organisation.name) == wanted)
    ).all()
    if len(found) != 1:
        raise Invalid(
            N_("Nobody of this event is called \u201c%(name)s\u201d. Choose a name of the list."),
            field=field,
            name=name,
        )
    return found[0]


def pair_rules_of(session: Session, *, event_id: int) -> list[PairLine]:
    """The event's rules, by name."""
    one, other = aliased(Participation), aliased(Participation)
    a, b = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        sa.select(PairRule, a.name, b.name, Person.name)
        .join(one, one.id == PairRule.participation_a_id)
        .join(other, other.id == PairRule.participation_b_id)
        .join(a, a.id == one.organisation_id)
        .join(b, b.id == other.organisation_id)
        .outerjoin(Person, Person.id == PairRule.said_by_id)
        .where(PairRule.event_id == event_id)
        .order_by(PairRule.kind, sa.func.lower(a.name), sa.func.lower(b.name))
    )
    return [
        PairLine(
            rule.participation_a_id, rule.participation_b_id, a_name, b_name, rule.kind, said_by, rule.said_at
        )
        for rule, a_name, b_name, said_by in rows
    ]


def forced_pairs(session: Session, *, event_id: int) -> frozenset[tuple[int, int]]:
    """The pairs that shall meet, smaller id first."""
    return _pairs(session, event_id, PairRuleKind.FORCE)


def forbidden_pairs(session: Session, *, event_id: int) -> frozenset[tuple[int, int]]:
    """The pairs that the organiser does not want to meet, smaller id first."""
    return _pairs(session, event_id, PairRuleKind.FORBID)


def are_forbidden(session: Session, one: int, two: int) -> bool:
    """Whether the organiser does not want these two to meet."""
    rule = session.get(PairRule, (min(one, two), max(one, two)))
    return rule is not None and rule.kind == PairRuleKind.FORBID


def barred_pairs(session: Session, *, event_id: int) -> dict[tuple[int, int], str]:
    """The pairs that no round proposes, and why; what is forced is not barred by a review."""
    unfit = session.execute(
        sa.select(Meeting.participation_a_id, Meeting.participation_b_id)
        .join(ReviewAnswer, ReviewAnswer.meeting_id == Meeting.id)
        .where(ReviewAnswer.event_id == event_id, ReviewAnswer.kind == ReviewAnswerKind.UNFIT)
    ).all()
    forced = forced_pairs(session, event_id=event_id)
    barred = {(a_id, b_id): UNFIT for a_id, b_id in unfit if (a_id, b_id) not in forced}
    return barred | dict.fromkeys(forbidden_pairs(session, event_id=event_id), ORGANISER)


def _pairs(session: Session, event_id: int, kind: PairRuleKind) -> frozenset[tuple[int, int]]:
    rows = session.execute(
        sa.select(PairRule.participation_a_id, PairRule.participation_b_id).where(
            PairRule.event_id == event_id, PairRule.kind == kind
        )
    )
    return frozenset((one, other) for one, other in rows)


def _names(session: Session, event_id: int, participation_ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event_id, Participation.id.in_(participation_ids))
    )
    return {row.id: row.name for row in rows}


def _record(
    session: Session, event_id: int, action: str, names: tuple[str, str], actor_id: int, now: dt.datetime
) -> None:
    record(
        session, actor_id=actor_id, action=action, subject="pair", subject_id=None, event_id=event_id,
        now=now, name=" \u2013 ".join(names),
    )  # fmt: skip
