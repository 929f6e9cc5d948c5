"""The independent check of a timetable: knows the rules of problem.py, and nothing of how one is found."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from ..check import Violation
from .problem import Timetable, TimetableProblem


def check_timetable(problem: TimetableProblem, timetable: Timetable) -> list[Violation]:
    """Every broken rule and wrong figure; empty for a sound timetable and for one without slots.

    That a bound or an infeasibility is true is a claim of the engine that proved it; that the breaks are not
    below the bound is checked.
    """
    at = timetable.slots
    if not at and timetable.status in ("infeasible", "unknown"):
        return []
    if len(at) != len(problem.meetings):
        return [Violation("not_every_meeting_once", (len(at),))]
    found = _meetings(problem, at) + _people(problem, at)
    for t, held in sorted(Counter(at).items()):
        tables = problem.tables[t] if 0 <= t < len(problem.tables) else 0
        if tables is not None and held > tables:
            found.append(Violation("tables", (t, held)))
    if found:
        return found
    breaks = count_breaks(problem, at)
    if sum(breaks) != timetable.breaks:
        return [Violation("miscounted", (sum(breaks),))]
    if (
        timetable.fairness is not None
        and max(breaks, default=0) - min(breaks, default=0) > timetable.fairness
    ):
        found.append(Violation("unfair", (min(breaks), max(breaks))))
    if timetable.bound is None or timetable.bound > sum(breaks):
        found.append(Violation("bound", (timetable.bound,)))
    if (timetable.status == "optimal") != (timetable.bound == sum(breaks)):
        found.append(Violation("status", (timetable.status,)))
    return found


def count_breaks(problem: TimetableProblem, at: tuple[int, ...]) -> list[int]:
    """Per participant: runs of slots without a meeting between two of its meetings of a day."""
    breaks = []
    for p in range(len(problem.forbidden)):
        mine = sorted(t for m, t in zip(problem.meetings, at, strict=True) if p in m.participants)
        breaks.append(
            sum(
                later - earlier > 1 and (not problem.days or problem.days[earlier] == problem.days[later])
                for earlier, later in pairwise(mine)
            )
        )
    return breaks


def _meetings(problem: TimetableProblem, at: tuple[int, ...]) -> list[Violation]:
    found = []
    for m, (meeting, t) in enumerate(zip(problem.meetings, at, strict=True)):
        if t not in (problem.slots if meeting.slots is None else meeting.slots):
            found.append(Violation("slot", (m, t)))
        found += [Violation("order", (e, m)) for e in meeting.after if at[e] >= t]
    return found


def _people(problem: TimetableProblem, at: tuple[int, ...]) -> list[Violation]:
    found = []
    seats = Counter((p, t) for m, t in zip(problem.meetings, at, strict=True) for p in m.participants)
    for (p, t), n in sorted(seats.items()):
        if t in problem.forbidden[p]:
            found.append(Violation("forbidden", (p, t)))
        if n > 1:
            found.append(Violation("two_places_at_once", (p, t)))
    return found
