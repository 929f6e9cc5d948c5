"""Works out how a published round can be repaired: from moving nothing that need not, to a free hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaker import scheduling
from matchmaker.scheduling.repair import WEIGHTS
from matchmaker.services.round_compute import score_round
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_problem import Frozen, build_problem
from matchmaker.services.round_repair import Added, Dropped, Placing, RepairPlan

MOST_SECONDS = 20.0
Tell = Callable[[float], None]


def run_repair(
    frozen: RoundInput,
    vectors: Mapping[str, NDArray[np.float32]],
    versions: Mapping[int, int],
    *,
    encoder_version: str,
    tell: Tell,
) -> tuple[list[dict[str, Any]], list[RepairPlan]]:
    """The options, fewest changes first, as figures for the page and as plans to apply.

    Values are thousandths of the meetings that the event would have; an option that changes more without
    being worth more is left out.
    """
    scored = score_round(
        frozen, vectors, encoder_version=encoder_version, tell=lambda _code, share: tell(share)
    ).scored
    built = build_problem(frozen, scored)
    seconds = min(MOST_SECONDS, float(frozen.settings.get("seconds") or 30)) / (len(WEIGHTS) - 1)
    figures: list[dict[str, Any]] = []
    plans: list[RepairPlan] = []
    for number, weight in enumerate(WEIGHTS):
        tell(0.3 + 0.7 * number / len(WEIGHTS))
        problem = _as_seen(built, weight)
        schedule = scheduling.solve(
            problem,
            # the first only fills up around what stands
            seconds=0.0 if number == 0 else seconds,
            seed=int(frozen.settings.get("seed") or 0),
        )
        plan = _plan(frozen, built, schedule, versions)
        if plan in plans or (figures and schedule.value <= max(one["value"] for one in figures)):
            continue
        plans.append(plan)
        figures.append(_figures(frozen, plan, schedule))
    return figures, plans


def _as_seen(built: Frozen, weight: int) -> scheduling.Problem:
    pairs = list(built.problem.pairs)
    for position, meeting in built.movable.items():
        seen = pairs[position].seen
        assert seen is not None
        pairs[position] = replace(pairs[position], seen=replace(seen, weight=weight * meeting.weight))
    return replace(built.problem, pairs=tuple(pairs))


def _plan(
    frozen: RoundInput, built: Frozen, schedule: scheduling.Schedule, versions: Mapping[int, int]
) -> RepairPlan:
    people = frozen.participants
    placings, added = [], []
    stays: set[int] = set()
    for meeting in schedule.meetings:
        if meeting.pair in built.kept:
            continue
        slot_id = built.slot_ids[meeting.slot]
        place_id = None if meeting.place is None else frozen.places[meeting.place].id
        sitting = tuple(
            sorted((frozen.delegates[meeting.delegate_a].id, frozen.delegates[meeting.delegate_b].id))
        )
        seen = built.movable.get(meeting.pair)
        pair = built.problem.pairs[meeting.pair]
        if seen is None:
            added.append(
                Added(
                    people[pair.a].id,
                    people[pair.b].id,
                    slot_id,
                    place_id,
                    sitting,
                    built.fits[meeting.pair],
                    pair.value / 1000,
                )
            )
            continue
        stays.add(seen.id)
        # more people may sit in a meeting than the two that a schedule names
        sitting = seen.delegate_ids if set(sitting) <= set(seen.delegate_ids) else sitting
        if (slot_id, place_id, sitting) != (seen.slot_id, seen.place_id, seen.delegate_ids):
            placings.append(Placing(seen.id, versions[seen.id], slot_id, place_id, sitting))
    gone = [one for one in frozen.movable if one.id not in stays]
    return RepairPlan(tuple(placings), tuple(Dropped(one.id, versions[one.id]) for one in gone), tuple(added))


def _figures(frozen: RoundInput, plan: RepairPlan, schedule: scheduling.Schedule) -> dict[str, Any]:
    before = {one.id: one for one in frozen.movable}
    moved = sum(before[one.meeting_id].slot_id != one.slot_id for one in plan.placings)
    return {
        "value": schedule.value,
        "meetings": len(schedule.meetings),
        "moved": moved,
        "replaced": len(plan.placings) - moved,
        "dropped": len(plan.dropped),
        "added": len(plan.added),
        "bound": None if schedule.bound is None else int(schedule.bound) - schedule.objective,
    }
