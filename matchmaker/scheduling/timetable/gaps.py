"""Breaks in a round: how often people wait between two meetings of a day while they could meet somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..problem import Problem
from ..schedule import Meeting


def just_before(problem: Problem) -> tuple[frozenset[int], ...]:
    """Per slot the slots of its day that end before it with no whole slot in between."""
    found = []
    for slot in problem.slots:
        earlier = [
            (t, other)
            for t, other in enumerate(problem.slots)
            if other.day == slot.day and other.end <= slot.start and not other.is_session
        ]
        latest = max((other.start for _, other in earlier), default=0)
        found.append(frozenset(t for t, other in earlier if other.end > latest))
    return tuple(found)


def breaks_of(problem: Problem, meetings: Iterable[Meeting]) -> list[int]:
    """Per participation the breaks of all who sit for it.

    A break lies between two meetings of one person for one participation on one day, wherever a whole slot
    of that day fits between them, free for them or not.
    """
    before = just_before(problem)
    held: dict[int, list[int]] = defaultdict(list)
    for m in meetings:
        held[m.delegate_a].append(m.slot)
        held[m.delegate_b].append(m.slot)
    breaks = [0] * len(problem.participations)
    for d, slots in held.items():
        breaks[problem.delegates[d].participation] += breaks_between(problem, before, slots)
    return breaks


def breaks_between(problem: Problem, before: Sequence[frozenset[int]], slots: Iterable[int]) -> int:
    """The breaks of one person who meets in these slots; `before` from `just_before`."""
    in_order = sorted(slots, key=lambda t: problem.slots[t].start)
    return sum(
        problem.slots[one].day == problem.slots[other].day and one not in before[other]
        for one, other in pairwise(in_order)
    )
