"""Runs a round with more room, to show what more tables, a slot or a day would bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matchmaker import scheduling
from matchmaker.services.round_capacity import NothingToCopy, PlanKind
from matchmaker.services.round_storage import Stored

MOST_SECONDS = 60.0
SLOT_GAP = 5


def run_plan(
    stored: Stored,
    arguments: dict[str, Any],
    *,
    seconds: float,
    seed: int,
    tell: Callable[[float], None],
) -> dict[str, Any]:
    """Solve the round with more room: value (thousandths) and meetings gained, and what is proved at most."""
    now = stored.schedule
    changed = changed_problem(stored, arguments)
    better = scheduling.solve(
        changed,
        seconds=min(seconds, MOST_SECONDS),
        seed=seed,
        start=now,
        progress=lambda _level, share: tell(share),
    )
    without = {p for p in range(len(changed.participations)) if not _met(changed, better)[p]}
    before = {p for p in range(len(changed.participations)) if not _met(stored.problem, now)[p]}
    return {
        "value": better.value - now.value,
        "objective": better.objective - now.objective,
        "most": None if better.bound is None else max(0, int(better.bound) - now.objective),
        "meetings": len(better.meetings) - len(now.meetings),
        "without": len(without) - len(before),
    }


def changed_problem(stored: Stored, arguments: dict[str, Any]) -> scheduling.Problem:
    """The problem with what the arguments of `check_plan` ask for."""
    problem, subject = stored.problem, arguments["subject"]
    kind = PlanKind(arguments["kind"])
    if kind == PlanKind.PLACES:
        found = [k for k, place in enumerate(problem.places) if place.id == subject]
        if not found:
            raise NothingToCopy()
        return scheduling.more_places(problem, found[0], arguments["count"])
    if kind == PlanKind.SLOT:
        if subject not in stored.slot_ids:
            raise NothingToCopy()
        return _with_slot(problem, stored.slot_ids.index(subject))
    if subject not in {slot.day for slot in problem.slots}:
        raise NothingToCopy()
    days = 1 + max(slot.day for slot in problem.slots) - subject
    return scheduling.one_more_day(problem, subject, days)


def _with_slot(problem: scheduling.Problem, like: int) -> scheduling.Problem:
    """A slot like this one, after the last of its block, so that nobody is elsewhere at that time."""
    slot = problem.slots[like]
    last = max(other.end for other in problem.slots if (other.day, other.block) == (slot.day, slot.block))
    return scheduling.one_more_slot(problem, like, last + SLOT_GAP - slot.start)


def _met(problem: scheduling.Problem, schedule: scheduling.Schedule) -> dict[int, int]:
    return scheduling.degrees(problem, schedule)
