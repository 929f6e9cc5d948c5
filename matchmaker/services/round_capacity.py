"""The capacity planner: what more tables, a slot or a day would bring, shown by a run."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from typing import Any

from matchmaker import scheduling
from matchmaker.errors import N_, Invalid
from matchmaker.services.round_storage import Stored

MOST_SECONDS = 60.0
SLOT_GAP = 5
MOST_TABLES = 500


class PlanKind(enum.StrEnum):
    """What there would be more of."""

    PLACES = "places"
    SLOT = "slot"
    DAY = "day"


class NothingToCopy(Invalid):
    """The schedule knows no such place, slot or day."""

    message = N_("This round knows no such place, slot or day. Start a new round first.")


def check_plan(kind: PlanKind, *, count: int, subject: int) -> dict[str, Any]:
    """The arguments of a plan: `subject` is a place, a slot or a day's ordinal; raises Invalid."""
    if not 1 <= count <= MOST_TABLES:
        raise Invalid(N_("Write a number between 1 and %(most)s."), field="count", most=MOST_TABLES)
    return {"kind": kind.value, "count": count, "subject": subject}


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


def day_of(ordinal: int) -> dt.date:
    """The date of a problem's day."""
    return dt.date.fromordinal(ordinal)
