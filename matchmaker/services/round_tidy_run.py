"""Works out better times of a draft's meetings, and all that using them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import scheduling
from matchmaker.models import Delegate, Person, Round, Unplaced
from matchmaker.scheduling.timetable import breaks_of, retime
from matchmaker.services.round_certificate import Certificate, read_certificate
from matchmaker.services.round_proof import certify
from matchmaker.services.round_report import hours_of, places_of, shares_of
from matchmaker.services.round_storage import Stored, pack_schedule
from matchmaker.services.round_tidy import Placing, Tidy, drafted_of, pack_tidy
from matchmaker.services.round_why_not import told_anew

MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Kept:
    """What the draft says and a tidy run says anew: its proof, and the pairs of which it tells why not."""

    certificate: Certificate | None
    left_out: frozenset[tuple[int, int]]


def read_kept(session: Session, *, round_: Round) -> Kept:
    """Read it from the draft."""
    rows = session.execute(
        sa.select(Unplaced.participation_a_id, Unplaced.participation_b_id).where(
            Unplaced.round_id == round_.id
        )
    )
    pairs = frozenset((min(a, b), max(a, b)) for a, b in rows)
    return Kept(read_certificate(round_.figures.get("certificate")), pairs)


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
    kept: Kept,
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
        "is_checked": not scheduling.check(stored.problem, after),
        "is_better": is_better,
    }
    return result, pack_tidy(_tidy(stored, after, zones, kept)) if is_better else None


def _spread(problem: scheduling.Problem, schedule: scheduling.Schedule) -> dict[str, Any]:
    """The breaks of those who meet somebody."""
    breaks = breaks_of(problem, schedule.meetings)
    sides = {p for m in schedule.meetings for p in (problem.pairs[m.pair].a, problem.pairs[m.pair].b)}
    spread = scheduling.spread([breaks[p] for p in sides])
    return {"breaks": sum(breaks), "least": spread.least, "median": spread.middle, "most": spread.most}


def _tidy(stored: Stored, after: scheduling.Schedule, zones: Mapping[int, str], kept: Kept) -> Tidy:
    problem = stored.problem
    proof = _proof(stored, after, kept.certificate)
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
        "certificate": None if proof is None else proof.to_json(),
    }
    packed = pack_schedule(after, stored.count)
    anew = told_anew(problem, stored.slot_ids, after, kept.left_out)
    left_out = tuple(
        {"a_id": a, "b_id": b, "reason": reason, "arguments": arguments}
        for (a, b), (reason, arguments) in anew.items()
    )
    return Tidy(packed, tuple(placings), tuple(vars(share) for share in shares), figures, left_out)


def _proof(stored: Stored, after: scheduling.Schedule, before: Certificate | None) -> Certificate | None:
    """The draft's proof, which holds for the same rules at any times, with the tidy schedule's figures."""
    if before is None:
        return None
    given_up = before.given_up
    if given_up is not None:  # against the same schedule without fairness
        now = scheduling.parts(stored.problem, after)
        gained = (now.value + now.seen - now.hours) - (before.value + before.seen - before.hours)
        given_up = max(0, given_up[0] - gained), max(0, given_up[1] - gained)
    return certify(stored.problem, after, count=stored.count, given_up=given_up)


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
