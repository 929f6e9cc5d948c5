"""What an organiser reviews of a round: its meetings, what was left out, and how two rounds differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Place,
    Round,
    RoundStatus,
    RoundStep,
    Slot,
    Unplaced,
    Wish,
    WishKind,
)

PER_PAGE = 50

Line = TypeVar("Line")


@dataclass(frozen=True)
class RoundLine:
    """A round in the list, and who started it."""

    round: Round
    requested_by: str | None


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in the table; `wished` says for a and b whether they wished for it."""

    id: int
    a_id: int
    b_id: int
    a_name: str
    b_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    status: MeetingStatus
    is_locked: bool
    fit: float
    wished: tuple[bool, bool]


@dataclass(frozen=True)
class UnplacedLine:
    """A pair that was left out, and why."""

    a_id: int
    b_id: int
    a_name: str
    b_name: str
    reason: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class LinePage(Generic[Line]):
    """One page of lines."""

    lines: tuple[Line, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def rounds_of(session: Session, *, event_id: int) -> list[RoundLine]:
    """The event's rounds, the newest first."""
    rows = session.execute(
        sa.select(Round, Person.name)
        .outerjoin(Person, Person.id == Round.requested_by_id)
        .where(Round.event_id == event_id)
        .order_by(Round.number.desc())
    )
    return [RoundLine(row, name) for row, name in rows]


def requester_of(session: Session, *, round_: Round) -> str | None:
    """Who started the round."""
    return session.scalar(sa.select(Person.name).where(Person.id == round_.requested_by_id))


def read_meetings(
    session: Session, *, round_: Round, search: str, only_locked: bool, page: int
) -> LinePage[MeetingLine]:
    """The round's meetings in order of time, those of the search, those that are locked."""
    a, b = aliased(Organisation), aliased(Organisation)
    chosen = _meetings_with(a, b, round_.id)
    if only_locked:
        chosen = chosen.where(Meeting.is_locked.is_(True))
    for word in search.split():
        chosen = chosen.where(
            sa.or_(*(column.icontains(word, autoescape=True) for column in (a.name, b.name, Place.name)))
        )
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    rows = session.execute(
        chosen.order_by(Slot.starts_at, sa.func.lower(a.name), Meeting.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    wished = _wishes_among(session, {side for row in rows for side in (row.a_id, row.b_id)})
    lines = (
        MeetingLine(**row._asdict(), wished=((row.a_id, row.b_id) in wished, (row.b_id, row.a_id) in wished))
        for row in rows
    )
    return LinePage(tuple(lines), total, page)


def _meetings_with(
    a: type[Organisation], b: type[Organisation], round_id: int
) -> sa.Select[*tuple[Any, ...]]:
    one, other = aliased(Participation), aliased(Participation)
    return (
        sa.select(
            Meeting.id,
            Meeting.participation_a_id.label("a_id"),
            Meeting.participation_b_id.label("b_id"),
            a.name.label("a_name"),
            b.name.label("b_name"),
            Slot.starts_at,
            Slot.ends_at,
            sa.func.coalesce(Place.name, "").label("place"),
            Meeting.status,
            Meeting.is_locked,
            Meeting.fit,
        )
        .join(one, one.id == Meeting.participation_a_id)
        .join(other, other.id == Meeting.participation_b_id)
        .join(a, a.id == one.organisation_id)
        .join(b, b.id == other.organisation_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(Meeting.round_id == round_id)
    )


def read_unplaced(session: Session, *, round_: Round, page: int) -> LinePage[UnplacedLine]:
    """The pairs that were left out, the most wanted first."""
    chosen = sa.select(Unplaced).where(Unplaced.round_id == round_.id)
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    rows = session.scalars(
        chosen.order_by(Unplaced.value.desc(), Unplaced.participation_a_id, Unplaced.participation_b_id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    names = names_of(session, _named(rows))
    lines = (
        UnplacedLine(
            a_id=row.participation_a_id,
            b_id=row.participation_b_id,
            a_name=names[row.participation_a_id],
            b_name=names[row.participation_b_id],
            reason=row.reason,
            arguments=row.arguments,
        )
        for row in rows
    )
    return LinePage(tuple(lines), total, page)


def count_reasons(session: Session, *, round_: Round) -> list[tuple[str, int]]:
    """Why pairs were left out, and how many for each reason, without saying which."""
    count = sa.func.count()
    rows = session.execute(
        sa.select(Unplaced.reason, count)
        .where(Unplaced.round_id == round_.id)
        .group_by(Unplaced.reason)
        .order_by(count.desc(), Unplaced.reason)
    )
    return [(reason, number) for reason, number in rows]


def slots_in(arguments: Mapping[str, Any]) -> set[int]:
    """The slots that a reason's arguments name."""
    return {*arguments.get("slots", ()), *(way["slot"] for way in arguments.get("ways", ()))}


def _named(rows: Iterable[Unplaced]) -> set[int]:
    return {side for row in rows for side in (row.participation_a_id, row.participation_b_id)}


def ids_in(arguments: Mapping[str, Any]) -> set[int]:
    """The participations that a reason's arguments name."""
    pairs = {side for pair in arguments.get("pairs", ()) for side in pair}
    pairs |= {side for way in arguments.get("ways", ()) for pair in way["pairs"] for side in pair}
    return pairs | set(arguments.get("participations", ()))


def names_of(session: Session, participation_ids: Iterable[int]) -> dict[int, str]:
    """The organisations' names of these participations."""
    rows = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_(sorted(participation_ids)))
    )
    return {row.id: row.name for row in rows}


def slot_times(session: Session, slot_ids: Iterable[int]) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """From when to when these slots are."""
    rows = session.execute(
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.id.in_(sorted(slot_ids)))
    )
    return {row.id: (row.starts_at, row.ends_at) for row in rows}


def count_answered(session: Session, *, event_id: int) -> int:
    """How many participations of an event have said something of another."""
    counted = sa.select(sa.func.count(Wish.from_id.distinct())).where(Wish.event_id == event_id)
    return session.scalar(counted) or 0


def comparable_rounds(session: Session, *, round_: Round) -> Sequence[Round]:
    """Other rounds of the event whose meetings still stand."""
    return session.scalars(
        sa.select(Round)
        .where(
            Round.event_id == round_.event_id,
            Round.id != round_.id,
            Round.step != RoundStep.SUGGEST,
            Round.status.in_((RoundStatus.DRAFT, RoundStatus.PUBLISHED, RoundStatus.CLOSED)),
            sa.exists().where(Meeting.round_id == Round.id),
        )
        .order_by(Round.number.desc())
    ).all()


def _wishes_among(session: Session, participation_ids: set[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        sa.select(Wish.from_id, Wish.to_id).where(
            Wish.from_id.in_(participation_ids),
            Wish.to_id.in_(participation_ids),
            Wish.kind != WishKind.NEVER,
        )
    )
    return {(one, other) for one, other in rows}
