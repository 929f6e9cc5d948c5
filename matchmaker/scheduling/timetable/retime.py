"""Tidy a round: the same meetings at other times, with fewer breaks for everybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from ..check import check
from ..errors import Contradiction
from ..problem import Lock, Problem
from ..schedule import Schedule, Step
from ..solve import solve
from .check import count_breaks
from .problem import AgreedMeeting, TimetableProblem
from .solve import Progress, timetable


def retime(
    problem: Problem, schedule: Schedule, *, seconds: float, seed: int, progress: Progress | None = None
) -> Schedule:
    """The schedule with its selection kept and fewer breaks, or the same schedule when there is none.

    Only rounds that `is_simple` accepts are touched, as then the time of a meeting has no worth of its own:
    value, bound and certificate stay. Places and reasons are settled again by `solve`, with every meeting
    locked to its new slot. Exact for up to some 300 meetings within a minute; the best found beyond.
    """
    if not schedule.meetings or not is_simple(problem):
        return schedule
    agreed = as_timetable(problem, schedule)
    before = sum(count_breaks(agreed, tuple(m.slot for m in schedule.meetings)))
    found = timetable(agreed, seconds=seconds, seed=seed, progress=progress)
    if found.breaks is None or found.breaks >= before:
        return schedule
    pairs = list(problem.pairs)
    for m, slot in zip(schedule.meetings, found.slots, strict=True):
        lock = pairs[m.pair].lock or Lock(slot)
        pairs[m.pair] = replace(pairs[m.pair], lock=replace(lock, slot=slot))
    try:
        placed = solve(replace(problem, pairs=tuple(pairs)), seconds=0, seed=seed)
    except Contradiction:  # the places do not admit these meetings together
        return schedule
    log = (
        *schedule.log,
        Step("retime", placed.objective, found.seconds, f"breaks {before} -> {found.breaks}"),
    )
    tidy = replace(placed, bound=schedule.bound, certificate=schedule.certificate, log=log)
    return schedule if tidy.objective < schedule.objective or check(problem, tidy) else tidy


def is_simple(problem: Problem) -> bool:
    """Whether only who, when and how many at once matter: the rules that a timetable knows.

    One delegate for each participation and nobody sitting for two; no slots that overlap; no limits per day
    or in a row, no costs of hours, nothing seen that it is worth to keep.
    """
    spans = sorted((s.start, s.end) for s in problem.slots)
    rows = [(s.day, s.start) for s in problem.slots]
    people = Counter(d.person for d in problem.delegates), Counter(d.participation for d in problem.delegates)
    return (
        rows == sorted(rows)
        and all(one[1] <= other[0] for one, other in pairwise(spans))
        and max((n for count in people for n in count.values()), default=1) == 1
        and not any(d.costs for d in problem.delegates)
        and all(p.per_day is None and p.in_a_row is None and not p.pause for p in problem.participations)
        and not any(p.seen and p.seen.weight for p in problem.pairs)
    )


def as_timetable(problem: Problem, schedule: Schedule) -> TimetableProblem:
    """The schedule's meetings, in its order, as form B."""
    free = {d.participation: d.slots for d in problem.delegates}
    slots = range(len(problem.slots))
    meetings = []
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        allowed = (pair.lock.slot,) if pair.lock else pair.slots
        meetings.append(AgreedMeeting((pair.a, pair.b), allowed))
    return TimetableProblem(
        tables=tuple(_tables(problem, t) for t in slots),
        forbidden=tuple(frozenset(slots) - set(free.get(p, ())) for p in range(len(problem.participations))),
        meetings=tuple(meetings),
        days=tuple(s.day for s in problem.slots),
    )


def _tables(problem: Problem, t: int) -> int | None:
    """How many meetings the open places hold in a slot; None without limit."""
    if not problem.places:
        return None
    only = problem.slots[t].places
    rooms = [p.capacity[t] for k, p in enumerate(problem.places) if only is None or k in only]
    return None if None in rooms else sum(room for room in rooms if room is not None)
