"""The one way in: from a problem to a timetable, with a proof where there was time for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

from .check import check_timetable, count_breaks
from .encoding import Encoding, encode, relax
from .problem import Attempt, Status, Timetable, TimetableProblem, validate
from .race import Entrant, WrongAnswer, race

Progress = Callable[[str, float], None]

CLIMB_SHARE = 0.35  # of the time; if it is stuck by then, it will stay so, and RC2 gets its core


def timetable(
    problem: TimetableProblem,
    *,
    seconds: float,
    seed: int,
    fairness: int | None = None,
    progress: Progress | None = None,
) -> Timetable:
    """The timetable with the fewest breaks, or the best found within about `seconds`.

    fairness  how much the numbers of breaks of any two participants may differ; None for any
    seed      for the engines; a proved result has the same breaks whatever the seed, but which of the
              timetables with so few it is depends on which engine was first
    progress  called with what was learned ("solution", "bound") and the share of the time used, 0..1
    MalformedTimetable when the problem is wrong. What is returned has passed `check_timetable`.
    """
    validate(problem)
    if fairness is not None and fairness < 0:
        raise ValueError("a negative fairness")
    search = _Search(problem, fairness, seconds, progress)
    if not problem.meetings:
        return search.result(())
    if not all(problem.allowed(meeting) for meeting in problem.meetings):
        search.is_infeasible = True
        return search.result(())
    return search.result(race(search.entrants(seed), seconds=seconds, hear=search.hear))


class _Search:
    """What is known so far: the best timetable, the bound, or that there is none."""

    def __init__(
        self, problem: TimetableProblem, fairness: int | None, seconds: float, progress: Progress | None
    ) -> None:
        self.problem, self.fairness = problem, fairness
        self.seconds, self.progress = seconds, progress
        self.start = time.monotonic()
        self.slots: tuple[int, ...] = ()
        self.breaks = None if problem.meetings else 0
        self.bound = 0
        self.is_infeasible = False

    @cache  # noqa: B019 -- the search ends with the call that made it
    def exact(self, windows: bool) -> Encoding:
        """The exact program; the meetings' variables are the same with and without windows."""
        return encode(self.problem, self.fairness, windows=windows)

    def entrants(self, seed: int) -> list[Entrant]:
        """The engines in the order of their turns."""

        def job(windows: bool) -> dict[str, Any]:
            return {"exact": asdict(self.exact(windows).program), "seed": seed}

        def climb() -> dict[str, Any]:
            return {**job(False), "relaxed": asdict(relax(self.problem, self.fairness))}

        return [
            Entrant("core", lambda: job(True)),
            Entrant("climb", climb, CLIMB_SHARE),
            Entrant("maxsat", lambda: job(False)),
            Entrant("plain", lambda: job(True)),
        ]

    def hear(self, words: dict[str, Any]) -> bool:
        """Take in what an engine tells (see engines.py); whether that decides."""
        if "true" in words:
            self._take(words["true"])
        elif "infeasible" in words:
            if self.breaks is not None:
                raise WrongAnswer("infeasible, and yet there is a timetable")
            self.is_infeasible = True
        elif words["bound"] > self.bound:
            if self.breaks is not None and words["bound"] > self.breaks:
                raise WrongAnswer("a bound above a timetable's breaks")
            self.bound = words["bound"]
            self._report("bound")
        return self.is_infeasible or self.breaks == self.bound

    def _take(self, true: list[int]) -> None:
        """A solution: checked, and kept when it is better."""
        try:
            slots = self.exact(windows=False).slots(true)
        except StopIteration as error:
            raise WrongAnswer("a meeting without a slot") from error
        breaks = sum(count_breaks(self.problem, slots))
        found = Timetable("feasible", slots, breaks, min(0, breaks - 1), self.fairness)
        if broken := check_timetable(self.problem, found):
            raise WrongAnswer(str(broken[0]))
        if self.breaks is None or breaks < self.breaks:
            if breaks < self.bound:
                raise WrongAnswer("fewer breaks than an engine's bound")
            self.slots, self.breaks = slots, breaks
            self._report("solution")

    def _report(self, what: str) -> None:
        if self.progress:
            self.progress(what, min(1.0, (time.monotonic() - self.start) / self.seconds))

    def result(self, log: tuple[Attempt, ...]) -> Timetable:
        """What is known, as a Timetable."""
        spent = round(time.monotonic() - self.start, 3)
        if self.is_infeasible:
            return Timetable("infeasible", fairness=self.fairness, seconds=spent, log=log)
        status: Status = (
            "unknown" if self.breaks is None else "optimal" if self.breaks == self.bound else "feasible"
        )
        return Timetable(status, self.slots, self.breaks, self.bound, self.fairness, spent, log)
