"""Why a wanted pair does not meet, and what would have to give: for organisers, never for participants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from matchmaker import matching, scheduling
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_plan import MAY_GIVE, LeftOut
from matchmaker.services.round_problem import Frozen

OF_EACH_WITHOUT = 5
"""So many of the best pairs of somebody without any meeting are named, wished or not."""

WAYS_FOR = 1_000
"""For so many of the most wanted pairs it is worked out what would have to give."""

WAYS_EACH = 3
NAMED = 10


def left_out(
    frozen: RoundInput, built: Frozen, schedule: scheduling.Schedule, without: set[int]
) -> tuple[LeftOut, ...]:
    """Every wished pair that was not placed, and the best of those who have no meeting, best first."""
    people = frozen.participants
    delegated = {delegate.participation_id for delegate in frozen.delegates}
    chosen = _chosen(frozen, built, schedule, without)
    ways = _ways(built.problem, built.slot_ids, schedule, chosen)
    found = []
    for left in chosen:
        pair = built.problem.pairs[left.pair]
        a_id, b_id = people[pair.a].id, people[pair.b].id
        reason, arguments = left.code, _arguments(built.problem, built.slot_ids, left)
        if left.code == "forbidden":
            arguments = {"why": _why_forbidden(frozen, a_id, b_id, left)}
        if left.pair in ways:
            arguments["ways"] = ways[left.pair]
        lacking = [side for side in (a_id, b_id) if side not in delegated]
        if left.code != "forbidden" and lacking:
            reason, arguments = "no_delegate", {"participations": lacking}
        found.append(LeftOut(a_id, b_id, pair.value / 1000, reason, arguments))
    return tuple(found)


def _chosen(
    frozen: RoundInput, built: Frozen, schedule: scheduling.Schedule, without: set[int]
) -> list[scheduling.Unplaced]:
    people = frozen.participants
    shown: dict[int, int] = dict.fromkeys(without, OF_EACH_WITHOUT)
    chosen = []
    for left in sorted(schedule.unplaced, key=lambda one: -built.problem.pairs[one.pair].value):
        pair = built.problem.pairs[left.pair]
        a_id, b_id = people[pair.a].id, people[pair.b].id
        said = {frozen.wishes.get((a_id, b_id)), frozen.wishes.get((b_id, a_id))}
        bare = [side for side in (a_id, b_id) if shown.get(side, 0) > 0]
        if not said & {matching.Wish.MUST, matching.Wish.MEET} and not bare:
            continue
        for side in bare:
            shown[side] -= 1
        chosen.append(left)
    return chosen


def told_anew(
    problem: scheduling.Problem,
    slot_ids: Sequence[int],
    schedule: scheduling.Schedule,
    pairs: Collection[tuple[int, int]],
) -> dict[tuple[int, int], tuple[str, dict[str, Any]]]:
    """Of these pairs of ids those that might meet: why they do not in this schedule, and what could give."""
    chosen = [
        left
        for left in schedule.unplaced
        if left.code in MAY_GIVE and tuple(sorted(_ids(problem, left.pair))) in pairs
    ]
    ways = _ways(problem, slot_ids, schedule, chosen)
    found = {}
    for left in chosen:
        arguments = _arguments(problem, slot_ids, left)
        if left.pair in ways:
            arguments["ways"] = ways[left.pair]
        one, other = sorted(_ids(problem, left.pair))
        found[one, other] = left.code, arguments
    return found


def _ways(
    problem: scheduling.Problem,
    slot_ids: Sequence[int],
    schedule: scheduling.Schedule,
    chosen: Sequence[scheduling.Unplaced],
) -> Mapping[int, list[dict[str, Any]]]:
    """Per pair that might meet: in which slot, instead of which meetings, and what the value would gain."""
    asked = [left.pair for left in chosen if left.code in MAY_GIVE][:WAYS_FOR]
    if not asked:
        return {}
    found = scheduling.ways_of(problem, schedule, asked, most=WAYS_EACH)
    return {
        pair: [
            {
                "slot": slot_ids[way.slot],
                "pairs": [_ids(problem, number) for number in way.instead[:NAMED]],
                "change": way.change / 1000,
            }
            for way in ways
        ]
        for pair, ways in found.items()
        if ways
    }


def _ids(problem: scheduling.Problem, pair: int) -> list[int]:
    row = problem.pairs[pair]
    return [int(problem.participations[row.a].id), int(problem.participations[row.b].id)]


def _why_forbidden(frozen: RoundInput, a_id: int, b_id: int, left: scheduling.Unplaced) -> str:
    return "met_earlier" if (a_id, b_id) in frozen.met_earlier else str(left.arguments[0])


def _arguments(
    problem: scheduling.Problem, slot_ids: Sequence[int], left: scheduling.Unplaced
) -> dict[str, Any]:
    """The positions that a reason names, as ids."""
    numbers = [number for number in left.arguments if isinstance(number, int)]
    if left.code == "no_place":
        return {"slots": [slot_ids[number] for number in numbers[:20]]}
    if left.code == "limit_reached":
        return {"participations": [int(problem.participations[number].id) for number in numbers]}
    if left.code == "outvoted_by":
        return {"pairs": [_ids(problem, number) for number in numbers[:NAMED]]}
    return {}
