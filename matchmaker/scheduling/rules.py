"""What the rules say of time and worth, for the check and the proof; nothing of how a schedule is found."""

from __future__ import annotations

from collections import defaultdict

from .problem import Key, Problem


def overlap(problem: Problem, s: int, t: int, pause: int = 0) -> bool:
    """Do two slots overlap, each prolonged by the pause in minutes?"""
    one, other = problem.slots[s], problem.slots[t]
    return one.start < other.end + pause and other.start < one.end + pause


def together(problem: Problem, slots: tuple[int, ...], pause: int = 0) -> bool:
    """Is there a moment that lies in all these slots, each prolonged by the pause?"""
    spans = [problem.slots[t] for t in slots]
    return max(s.start for s in spans) < min(s.end for s in spans) + pause


def pauses_of(problem: Problem) -> dict[Key, int]:
    """Per person the minutes free between two meetings: the longest of all that the person sits for."""
    pause: dict[Key, int] = {}
    for d in problem.delegates:
        pause[d.person] = max(pause.get(d.person, 0), problem.participations[d.participation].pause)
    return pause


def longest_row(problem: Problem) -> dict[Key, int]:
    """Per person the most meetings in a row, for whom there is a limit: the least they sit under."""
    most: dict[Key, int] = {}
    for d in problem.delegates:
        here = problem.participations[d.participation].in_a_row
        if here is not None:
            most[d.person] = min(here, most.get(d.person, here))
    return most


def blocks_of(problem: Problem) -> list[list[int]]:
    """The slots of each block in the order of time: what "in a row" means."""
    blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for t in sorted(range(len(problem.slots)), key=lambda t: (problem.slots[t].start, t)):
        blocks[problem.slots[t].day, problem.slots[t].block].append(t)
    return list(blocks.values())


def extra(problem: Problem, p: int, k: int) -> int:
    """What the k-th meeting (from 0) of participation p adds."""
    base = problem.floor[k] if k < len(problem.floor) else 0
    base += problem.shortfall if k < problem.participations[p].minimum else 0
    return round(problem.participations[p].weight * base)
