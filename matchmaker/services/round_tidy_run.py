"""Works out better times of a draft's meetings, and all that using them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import scheduling
from matchmaker.models import Delegate, Person, Round
from matchmaker.scheduling.timetable import breaks_of, retime
from matchmaker.services.round_report import hours_of, places_of, shares_of
from matchmaker.services.round_storage import Stored, pack_schedule
from matchmaker.services.round_tidy import Placing, Tidy, drafted_of, pack_tidy

MOST_SECONDS = 60.0


def fixed_pairs(session: Session, *, round_: Round, stored: Stored, moves_seen: bool) -> frozenset[int]:
    """Positions of the pairs whose meetings stay: locked, no longer in the draft, or seen in the review."""
    drafted = {
        (row.participation_a_id, row.participation_b_id): row for row in drafted_of(session, round_.id)
    }
    is_seen = round_.review_opened_at is not None and not moves_seen
    fixed = set()
    for meeting in stored.schedule.meetings:
        row = drafted.get(_pair_ids(stored.problem, meeting.pair))
        if row is None or row.is_locked or is_seen or row.slot_id != stored.slot_ids[meeting.slot]:
            fixed.add(meeting.pair)
    return frozenset(fixed)


def run_tidy(
    stored: Stored,
    fixed: frozenset[int],
    zones: Mapping[int, str],
    arguments: Mapping[str, Any],
    *,
    seconds: float,
    seed: int,
    tell: Callable[[float], None],
) -> tuple[dict[str, Any], bytes | None]:
    """Work it out: breaks before and after, how many meetings move, and the tidy schedule to apply."""
    before = stored.schedule
    after = retime(
        stored.problem,
        before,
        seconds=min(seconds, MOST_SECONDS),
        seed=seed,
        fairness=int(arguments["fairness"]),
        fixed=fixed,
        progress=tell,
    )
    is_better = after is not before
    result = {
        "before": _spread(stored.problem, before),
        "after": _spread(stored.problem, after),
        "moved": sum(
            one.slot != other.slot for one, other in zip(before.meetings, after.meetings, strict=True)
        ),
        "meetings": len(after.meetings),
        "fixed": len(fixed),
        "value": after.value,
        "same_value": after.value == before.value,
        "objective": after.objective - before.objective,
        "is_checked": not scheduling.check(stored.problem, after),
        "is_better": is_better,
    }
    return result, pack_tidy(_tidy(stored, after, zones)) if is_better else None


def _spread(problem: scheduling.Problem, schedule: scheduling.Schedule) -> dict[str, Any]:
    """The breaks of those who meet somebody."""
    breaks = breaks_of(problem, schedule.meetings)
    sides = {p for m in schedule.meetings for p in (problem.pairs[m.pair].a, problem.pairs[m.pair].b)}
    spread = scheduling.spread([breaks[p] for p in sides])
    return {"breaks": sum(breaks), "least": spread.least, "median": spread.middle, "most": spread.most}


def _tidy(stored: Stored, after: scheduling.Schedule, zones: Mapping[int, str]) -> Tidy:
    problem = stored.problem
    placings = []
    for one, other in zip(stored.schedule.meetings, after.meetings, strict=True):
        if (one.slot, one.place) != (other.slot, other.place):
            a_id, b_id = _pair_ids(problem, other.pair)
            before_id, slot_id = stored.slot_ids[one.slot], stored.slot_ids[other.slot]
            place_id = None if other.place is None else int(problem.places[other.place].id)
            placings.append(Placing(a_id, b_id, before_id, slot_id, place_id))
    shares = shares_of(problem, after, zones)
    figures = {
        "objective": after.objective,
        "gap": after.gap,
        "is_optimal": after.is_optimal,
        "hours": hours_of(shares),
        "places": places_of(shares),
    }
    packed = pack_schedule(after, stored.count)
    return Tidy(packed, tuple(placings), tuple(vars(share) for share in shares), figures)


def zones_of(session: Session, *, event_id: int) -> dict[int, str]:
    """The zone of each delegate of an event."""
    rows = session.execute(
        sa.select(Delegate.id, Person.time_zone)
        .join(Person, Person.id == Delegate.person_id)
        .where(Delegate.event_id == event_id)
    )
    return {row.id: row.time_zone for row in rows}


def _pair_ids(problem: scheduling.Problem, number: int) -> tuple[int, int]:
    """The ids of a pair's sides, the lower first, as meetings have them."""
    pair = problem.pairs[number]
    one, other = int(problem.participations[pair.a].id), int(problem.participations[pair.b].id)
    return min(one, other), max(one, other)
