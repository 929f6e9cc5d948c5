"""The one way in: a problem becomes a schedule, by levels of effort, each from the last one's answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .check import check
from .contradictions import place_musts, validate
from .model import Ints, Model, build
from .problem import Problem
from .reasons import reasons
from .schedule import Schedule, Step
from .seating import seat, settle_booths
from .state import objective
from .waves import waves

Progress = Callable[[str, float], None]


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    progress: Progress | None = None,
    start: Schedule | None = None,
) -> Schedule:
    """The best schedule found within about `seconds`, with its proof.

    problem   as in problem.py; MalformedProblem when it is wrong, Contradiction when nothing satisfies it
    seed      the same seed gives the same schedule, unless time runs out
    progress  called with the level's name and the share of the time used, 0..1
    start     an earlier schedule of this or a similar problem, to start from where it still holds
    Never infeasible: what is returned has passed `check`; a level that fails is named in the log and the
    level before it stands.
    """
    run = _Run(seconds, progress or (lambda level, share: None))
    validate(problem)
    model = build(problem)
    run.tell("waves")
    musts = place_musts(problem, model, seconds=seconds / 2)
    columns = waves(model, musts)
    run.log.append(Step("waves", objective(model, columns), run.spent()))
    return _finish(problem, model, columns, run)


class _Run:
    """The clock and the log of one call."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self.seconds, self.progress = seconds, progress
        self.began = time.monotonic()
        self.log: list[Step] = []

    def spent(self) -> float:
        """Seconds since the call."""
        return time.monotonic() - self.began

    def tell(self, level: str) -> None:
        """Report progress."""
        self.progress(level, min(1.0, self.spent() / self.seconds) if self.seconds > 0 else 1.0)


def _finish(problem: Problem, model: Model, columns: Ints, run: _Run) -> Schedule:
    """Seat, give reasons and count."""
    columns = settle_booths(problem, model, columns)
    meetings = seat(problem, model, columns)
    if len(meetings) < len(columns):
        run.log.append(Step("seating", 0, run.spent(), f"{len(columns) - len(meetings)} without a seat"))
        placed = {m.pair for m in meetings}
        columns = columns[np.isin(model.pair[columns], list(placed))]
    schedule = Schedule(
        meetings=meetings,
        unplaced=reasons(problem, model, columns),
        value=sum(problem.pairs[m.pair].value for m in meetings),
        objective=objective(model, columns),
        log=tuple(run.log),
    )
    violations = check(problem, schedule)
    if violations:
        raise AssertionError(violations)
    return schedule
