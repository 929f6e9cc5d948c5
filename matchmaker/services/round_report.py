"""What a round says of its own quality, worked out when it ends: proof, fairness, hours, places.

Everything that a page shows of it is stored then, so that no page reads the problem or the schedule again.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import scheduling
from matchmaker.models import Participation, RoundShare
from matchmaker.services.chunks import chunks
from matchmaker.services.round_proof import certify, price_of_fairness, prove_count
from matchmaker.services.round_scarce import scarce_of

Figures = dict[str, Any]


@dataclass(frozen=True)
class Share:
    """What one participation gets; see models.RoundShare."""

    participation_id: int
    meetings: int
    minimum: int
    comfortable_minutes: int
    tolerable_minutes: int
    discomfort: int
    place_changes: int
    owns_place: bool
    zone: str


@dataclass(frozen=True)
class Report:
    """Figures for the round's pages, a share per participation, and the proof of the count."""

    figures: Figures
    shares: tuple[Share, ...]
    count: scheduling.Schedule | None


def report_on(
    problem: scheduling.Problem,
    schedule: scheduling.Schedule,
    *,
    slot_ids: Sequence[int],
    zones: Mapping[int, str],
    group_names: Mapping[str, str],
    seconds: float,
    seed: int,
    tell: Callable[[str, float], None],
) -> Report:
    """Report on a schedule; `zones` are those of the delegates, by id."""
    tell("proving", 0.8)
    count = prove_count(problem, schedule, seconds=seconds, seed=seed) if seconds > 0 else None
    tell("proving", 0.83)
    given_up = price_of_fairness(problem, schedule, seconds=seconds, seed=seed) if seconds > 0 else None
    certificate = certify(problem, schedule, count=count, given_up=given_up)
    shares = shares_of(problem, schedule, zones)
    return Report(
        figures={
            "certificate": None if certificate is None else certificate.to_json(),
            "fairness": fairness_of(problem, schedule, group_names),
            "hours": hours_of(shares),
            "places": places_of(shares),
            "scarce": scarce_of(problem, schedule, slot_ids),
        },
        shares=shares,
        count=count,
    )


def shares_of(
    problem: scheduling.Problem, schedule: scheduling.Schedule, zones: Mapping[int, str]
) -> tuple[Share, ...]:
    """What each participation gets, in the problem's order."""
    met = scheduling.degrees(problem, schedule)
    comfortable: Counter[int] = Counter()
    tolerable: Counter[int] = Counter()
    discomfort: Counter[int] = Counter()
    sits: dict[int, list[tuple[int, int, int | None]]] = defaultdict(list)
    for meeting in schedule.meetings:
        slot = problem.slots[meeting.slot]
        for number in (meeting.delegate_a, meeting.delegate_b):
            delegate = problem.delegates[number]
            cost = delegate.costs[delegate.slots.index(meeting.slot)] if delegate.costs else 0
            (tolerable if cost else comfortable)[delegate.participation] += slot.end - slot.start
            discomfort[delegate.participation] += cost
            sits[number].append((slot.day, slot.start, meeting.place))
    changes: Counter[int] = Counter()
    for number, held in sits.items():
        held.sort(key=lambda one: one[:2])
        changes[problem.delegates[number].participation] += sum(
            before[0] == after[0] and before[2] != after[2] for before, after in itertools.pairwise(held)
        )
    owners = {p for place in problem.places for hosts in place.hosts or () for p in hosts or ()}
    where = _zone_of_each(problem, zones)
    return tuple(
        Share(
            participation_id=int(one.id),
            meetings=met[p],
            minimum=one.minimum,
            comfortable_minutes=comfortable[p],
            tolerable_minutes=tolerable[p],
            discomfort=discomfort[p],
            place_changes=changes[p],
            owns_place=p in owners,
            zone=where.get(p, ""),
        )
        for p, one in enumerate(problem.participations)
    )


def _zone_of_each(problem: scheduling.Problem, zones: Mapping[int, str]) -> dict[int, str]:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for delegate in problem.delegates:
        counted[delegate.participation][zones.get(int(delegate.id), "")] += 1
    return {p: found.most_common(1)[0][0] for p, found in counted.items()}


def fairness_of(
    problem: scheduling.Problem, schedule: scheduling.Schedule, group_names: Mapping[str, str]
) -> Figures:
    """How evenly meetings are shared out: over all, per group, and how many have a first, a second, ..."""
    told = scheduling.report(problem, schedule)
    met = scheduling.degrees(problem, schedule)
    weights = {one.group: one.weight for one in problem.participations}
    without = Counter(problem.participations[p].group for p in told.without)
    return {
        "floor": len(problem.floor),
        "reached": [sum(n > k for n in met.values()) for k in range(max(1, len(problem.floor)))],
        "below_minimum": len(told.below),
        "all": {**_spread(told.meetings), "without": len(told.without)},
        "groups": [
            {
                "name": group_names.get(code, code),
                "weight": weights[code],
                "without": without[code],
                **_spread(spread),
            }
            for code, spread in told.groups.items()
        ],
    }


def hours_of(shares: Sequence[Share]) -> Figures:
    """How comfortable and uncomfortable hours are shared out between zones, and who has the worst."""
    zones: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        if share.meetings:
            zones[share.zone].append(share)
    return {
        "discomfort": sum(share.discomfort for share in shares),
        "spread": _spread(scheduling.spread([share.discomfort for share in shares if share.meetings])),
        "zones": [
            {
                "zone": zone,
                "participations": len(those),
                "comfortable": sum(share.comfortable_minutes for share in those),
                "tolerable": sum(share.tolerable_minutes for share in those),
                "discomfort": sum(share.discomfort for share in those),
                "worst": max(share.discomfort for share in those),
            }
            for zone, those in sorted(zones.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        ],
    }


def places_of(shares: Sequence[Share]) -> Figures:
    """How often people walk to another place between two meetings of a day."""
    those = [share for share in shares if share.meetings]
    owners = [share for share in those if share.owns_place]
    return {
        "changes": sum(share.place_changes for share in those),
        "spread": _spread(scheduling.spread([share.place_changes for share in those])),
        "owners": len(owners),
        "owners_who_stay": sum(share.place_changes == 0 for share in owners),
    }


def _spread(spread: scheduling.Spread) -> Figures:
    return {
        "n": spread.n,
        "least": spread.least,
        "median": spread.middle,
        "most": spread.most,
        "gini": round(spread.gini, 4),
    }


def store_shares(session: Session, *, round_id: int, event_id: int, shares: Sequence[Share]) -> None:
    """Write the shares of a round instead of those it had; who has been erased meanwhile is left out."""
    session.execute(sa.delete(RoundShare).where(RoundShare.round_id == round_id))
    known = set(session.scalars(sa.select(Participation.id).where(Participation.event_id == event_id)))
    rows = [
        {"round_id": round_id, "event_id": event_id, **vars(share)}
        for share in shares
        if share.participation_id in known
    ]
    for part in chunks(rows, 1_000):
        session.execute(sa.insert(RoundShare), part)
