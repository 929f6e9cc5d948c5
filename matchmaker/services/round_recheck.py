"""Checks a round again from what is stored: its proof, and the meetings as they stand by now.

The rules are those of the frozen problem; `scheduling.check` shares nothing with the solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker import scheduling
from matchmaker.models import SEATED, Meeting, MeetingStatus, Round, RoundStatus
from matchmaker.services.round_storage import Stored, unpack_round

NAMED = 10


@dataclass(frozen=True)
class Recheck:
    """What came out: of the stored schedule, and of the meetings as they stand.

    broken, present_broken  the first rules that do not hold, in the checker's words; bound and most are
    worked out anew from the stored prices; outside: meetings that the problem knows nothing of
    """

    meetings: int
    value: int
    objective: int
    bound: int | None
    gap: float
    most: int | None
    broken: tuple[str, ...]
    moved: int
    gone: int
    added: int
    outside: int
    present_meetings: int
    present_value: int
    present_broken: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        """Whether what stands is no longer what was proved."""
        return bool(self.moved or self.gone or self.added)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {**asdict(self), "is_changed": self.is_changed}


@dataclass(frozen=True)
class Standing:
    """A meeting as it stands, by ids."""

    a_id: int
    b_id: int
    slot_id: int
    place_id: int | None
    delegate_ids: frozenset[int]


def recheck_round(session: Session, *, round_: Round) -> Recheck | None:
    """Check the round again; None when it has no schedule."""
    stored = unpack_round(round_)
    return None if stored is None else recheck(stored, read_standing(session, round_=round_))


def read_standing(session: Session, *, round_: Round) -> list[Standing]:
    """The meetings as they stand: with seats, and of a draft those that publication would seat."""
    stands: sa.ColumnElement[bool] = Meeting.status.in_(SEATED)
    if round_.status == RoundStatus.DRAFT:
        stands = sa.or_(stands, sa.and_(Meeting.round_id == round_.id, Meeting.status == MeetingStatus.DRAFT))
    rows = session.scalars(
        sa.select(Meeting)
        .where(Meeting.event_id == round_.event_id, stands)
        .options(selectinload(Meeting.sitters))
        .order_by(Meeting.id)
    )
    return [
        Standing(
            row.participation_a_id,
            row.participation_b_id,
            row.slot_id,
            row.place_id,
            frozenset(sitter.delegate_id for sitter in row.sitters),
        )
        for row in rows
    ]


def recheck(stored: Stored, standing: Sequence[Standing]) -> Recheck:
    """Check what is stored, and compare it with the meetings that stand."""
    problem, schedule = stored.problem, stored.schedule
    proved = None if schedule.certificate is None else scheduling.bound(problem, schedule.certificate)
    present, outside = present_schedule(stored, standing)
    then = {m.pair: (m.slot, m.place) for m in schedule.meetings}
    now = {m.pair: (m.slot, m.place) for m in present.meetings}
    missing = max(0, proved - schedule.objective) if proved is not None else 0
    return Recheck(
        meetings=len(schedule.meetings),
        value=schedule.value,
        objective=schedule.objective,
        bound=proved,
        gap=missing / (schedule.value + missing) if schedule.value + missing > 0 else 0.0,
        most=_most(stored),
        broken=_told(scheduling.check(problem, schedule)),
        moved=sum(now[pair] != then[pair] for pair in then.keys() & now.keys()),
        gone=len(then.keys() - now.keys()),
        added=len(now.keys() - then.keys()) + outside,
        outside=outside,
        present_meetings=len(standing),
        present_value=present.value,
        present_broken=_told([one for one in scheduling.check(problem, present) if one.code != "miscounted"]),
    )


def present_schedule(stored: Stored, standing: Sequence[Standing]) -> tuple[scheduling.Schedule, int]:
    """The meetings that stand as a schedule of the stored problem, and how many it knows nothing of."""
    problem = stored.problem
    row = {one.id: p for p, one in enumerate(problem.participations)}
    slot = {number: t for t, number in enumerate(stored.slot_ids)}
    place = {one.id: k for k, one in enumerate(problem.places)}
    delegate = {one.id: d for d, one in enumerate(problem.delegates)}
    pairs = {(pair.a, pair.b): e for e, pair in enumerate(problem.pairs)}
    meetings, outside = [], 0
    for meeting in standing:
        sides = {
            problem.delegates[delegate[number]].participation: delegate[number]
            for number in sorted(meeting.delegate_ids, reverse=True)
            if number in delegate
        }
        a, b = row.get(meeting.a_id), row.get(meeting.b_id)
        known = (a, b) in pairs and a in sides and b in sides and meeting.slot_id in slot
        if not known or a is None or b is None or meeting.place_id not in (None, *place):
            outside += 1
            continue
        at = None if meeting.place_id is None else place[meeting.place_id]
        meetings.append(scheduling.Meeting(pairs[a, b], slot[meeting.slot_id], at, sides[a], sides[b]))
    placed = {meeting.pair for meeting in meetings}
    left = (scheduling.Unplaced(e, "") for e in range(len(problem.pairs)) if e not in placed)
    value = sum(problem.pairs[meeting.pair].value for meeting in meetings)
    return scheduling.Schedule(tuple(meetings), tuple(left), value=value, objective=value), outside


def _most(stored: Stored) -> int | None:
    if stored.count is None or stored.count.certificate is None:
        return None
    counted = scheduling.counted(stored.problem)
    return scheduling.bound(counted, stored.count.certificate) // scheduling.ONE


def _told(violations: Sequence[scheduling.Violation]) -> tuple[str, ...]:
    return tuple(f"{one.code} {' '.join(map(str, one.arguments))}".strip() for one in violations[:NAMED])
