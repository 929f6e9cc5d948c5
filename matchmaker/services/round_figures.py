"""What a round says of its own result: who has no meeting and why, and figures per group."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from matchmaker import scheduling
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_problem import Frozen

Figures = dict[str, Any]


def without_a_meeting(
    frozen: RoundInput, built: Frozen, schedule: scheduling.Schedule
) -> list[dict[str, Any]]:
    """Who has no meeting in this schedule, and the reason that most of their pairs give."""
    met: set[int] = set()
    for meeting in schedule.meetings:
        pair = built.problem.pairs[meeting.pair]
        met |= {pair.a, pair.b}
    reasons: dict[int, Counter[str]] = defaultdict(Counter)
    for left in schedule.unplaced:
        pair = built.problem.pairs[left.pair]
        for side in (pair.a, pair.b):
            reasons[side][left.code] += 1
    delegated = {delegate.participation_id for delegate in frozen.delegates}
    free = {delegate.participation for delegate in built.problem.delegates if delegate.slots}
    found = []
    for row, person in enumerate(frozen.participants):
        if row in met:
            continue
        code = reasons[row].most_common(1)[0][0] if reasons[row] else "no_candidate"
        if row not in free:
            code = "never_available"
        if person.id not in delegated:
            code = "no_delegate"
        if person.opted_out:
            code = "opted_out"
        found.append({"participation_id": person.id, "group": person.group, "code": code})
    return found


def figures_of_meetings(frozen: RoundInput, pairs: Collection[tuple[int, int]], kept: int) -> Figures:
    """Counts of the meetings that a round ends with, in all and per group, by participation ids."""
    count = Counter(side for pair in pairs for side in pair)
    groups: dict[str, list[int]] = defaultdict(list)
    for person in frozen.participants:
        groups[person.group].append(count[person.id])
    every = [count[person.id] for person in frozen.participants] or [0]
    return {
        "meetings": len(pairs),
        "kept": kept,
        "least": min(every),
        "median": statistics.median(every),
        "most": max(every),
        "groups": [
            {
                "name": frozen.group_names.get(code, code),
                "participations": len(counts),
                "meetings": sum(counts),
                "without": sum(number == 0 for number in counts),
                "median": statistics.median(counts),
                "most": max(counts),
            }
            for code, counts in sorted(groups.items())
        ],
        "wishes": _wishes_served(frozen, set(pairs)),
    }


def _wishes_served(frozen: RoundInput, met: set[tuple[int, int]]) -> Figures:
    mutual = {"wanted": 0, "served": 0}
    single = {"wanted": 0, "served": 0}
    for (one, other), kind in frozen.wishes.items():
        back = frozen.wishes.get((other, one))
        if kind == "never" or back == "never":
            continue
        pair = (min(one, other), max(one, other))
        if back is None:
            single["wanted"] += 1
            single["served"] += pair in met
        elif one < other:
            mutual["wanted"] += 1
            mutual["served"] += pair in met
    return {"mutual": mutual, "one_sided": single}
