"""A problem of pairs becomes a schedule, by levels of effort, each from the last one's answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .certificate import certify
from .check import check
from .contradictions import place_musts, validate
from .dive import dive
from .exact import exact_prices, has_solver
from .flow import by_flow
from .gradient import Prices
from .model import Ints, Model, build
from .prices import prices
from .problem import Problem
from .proof import bound
from .reasons import reasons
from .repair import refill
from .schedule import Certificate, Schedule, Step
from .search import WHOLE, losses, search
from .seating import seat, settle_booths
from .state import objective
from .waves import waves

NEAR = 3e-4  # of the bound: so near to it, the flow's prices are good enough to search on
NEAR_LOSS = 0.01  # of the mean gain: columns that lose more than this take no part in a dive
DIVE_COLUMNS, MOST_DIVES = 700_000, 8  # as many dives as this has columns, and at most
Progress = Callable[[str, float], None]


def by_levels(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    progress: Progress | None = None,
    start: Schedule | None = None,
    gap: float = 0.0,
) -> Schedule:
    """As `solve`, for a problem of pairs alone (its gatherings are not looked at)."""
    run = _Run(seconds, progress or (lambda level, share: None), gap)
    validate(problem)
    model = build(problem)
    run.built = run.spent()
    musts = place_musts(problem, model, seconds=seconds / 2)
    first = columns = waves(model, musts)
    if start is not None or any(p.seen is not None for p in problem.pairs):
        columns = max(columns, refill(problem, model, musts, start), key=lambda c: objective(model, c))
    run.keep("waves", model, columns)
    certificate = None
    if seconds > 0 and model.n:
        columns, certificate = _strong(problem, model, musts, columns, run, seed)
    elif seconds > 0:  # nothing can meet, and credits as large as the extra values prove it
        most = model.extra.max(axis=1, initial=0).astype(np.float64)
        nothing = Prices(np.zeros(len(model.room)), most, 0.0, np.zeros(0))
        certificate = certify(problem, model, nothing)
    schedule = _finish(problem, model, columns, certificate, run)
    if violations := check(problem, schedule):
        run.log.append(Step("check", 0, run.spent(), f"refused: {violations[0].code}; back to waves"))
        schedule = _finish(problem, model, first, None, run)
        if violations := check(problem, schedule):
            raise AssertionError(violations)
    return schedule


def _strong(
    problem: Problem, model: Model, musts: Ints, columns: Ints, run: _Run, seed: int
) -> tuple[Ints, Certificate | None]:
    """The levels beyond waves. A solver that is missing or fails ends here, with what there was before."""
    found = None
    try:
        flow = by_flow(model, musts)
        if flow is not None:
            better, found = waves(model, flow[0]), flow[1]
            columns = max(columns, better, key=lambda c: objective(model, c))
            run.keep("flow", model, columns)
        if found is None or found.bound - objective(model, columns) > NEAR * found.bound:
            found = min((p for p in (found, _priced(model, run)) if p), key=lambda p: p.bound)
        run.log.append(Step("prices", objective(model, columns), run.spent(), f"bound {found.bound:.0f}"))
        for level, improve in (("dive", _dive), ("search", _search)):
            if found.bound - objective(model, columns) < run.enough(found.bound) or run.left() <= 0:
                break
            run.tell(level)
            better = improve(model, musts, columns, found, run, seed)
            if objective(model, better) >= objective(model, columns):
                columns = better
            run.keep(level, model, columns)
    except Exception as error:  # whatever a solver does, the last level's answer stands
        run.log.append(
            Step("failed", objective(model, columns), run.spent(), f"{type(error).__name__}: {error}")
        )
    return columns, None if found is None else certify(problem, model, found)


def _priced(model: Model, run: _Run) -> Prices:
    run.tell("prices")
    small = model.n <= WHOLE and has_solver()
    found = exact_prices(model, seconds=0.4 * run.left()) if small else None
    return found or prices(model, seconds=0.45 * run.left())


def _dive(model: Model, musts: Ints, columns: Ints, found: Prices, run: _Run, seed: int) -> Ints:
    """The best of some dives with different noise: the smaller the round, the more there are."""
    if model.n <= WHOLE or not found.x.any():
        return columns
    wanted = losses(model, found) <= NEAR_LOSS * model.gain.mean()
    wanted |= found.x > 0.01  # where time ran out before the prices settled, these are not among the former
    near = np.nonzero(wanted)[0].astype(np.int32)
    many = int(np.clip(DIVE_COLUMNS // model.n, 1, MOST_DIVES))

    def once(k: int) -> Ints:
        return np.sort(dive(model, musts, near, found, deadline=run.until(0.9), seed=seed + k))

    with ThreadPoolExecutor(2) as pool:
        return max(pool.map(once, range(many)), key=lambda c: objective(model, c)).astype(np.int32)


def _search(model: Model, musts: Ints, columns: Ints, found: Prices, run: _Run, seed: int) -> Ints:
    return search(
        model,
        columns,
        found,
        deadline=run.until(1.0),
        seed=seed,
        enough=run.enough(found.bound),
        tell=lambda: run.tell("search"),
    )


class _Run:
    """The clock and the log of one call."""

    def __init__(self, seconds: float, progress: Progress, gap: float) -> None:
        self.seconds, self.progress, self.gap, self.built = seconds, progress, gap, 0.0
        self.began = time.monotonic()
        self.log: list[Step] = []

    def spent(self) -> float:
        """Seconds since the call."""
        return time.monotonic() - self.began

    def left(self) -> float:
        """Seconds that the levels may still use."""
        return self.until(1.0) - time.monotonic()

    def until(self, share: float) -> float:
        """The moment (monotonic clock) at which this share of the levels' time has passed.

        Seating, reasons and the check follow; they take about twice as long as building.
        """
        reserve = min(max(3.0 * self.built, 0.03 * self.seconds), 0.6 * self.seconds)
        return self.began + share * (self.seconds - reserve)

    def enough(self, bound: float) -> float:
        """How far below the bound is near enough; values are whole, so below 1 is reached."""
        return max(1.0, self.gap * abs(bound))

    def keep(self, level: str, model: Model, columns: Ints) -> None:
        """Log a level that has ended."""
        self.log.append(Step(level, objective(model, columns), round(self.spent(), 3)))
        self.tell(level)

    def tell(self, level: str) -> None:
        """Report progress."""
        self.progress(level, min(1.0, self.spent() / self.seconds) if self.seconds > 0 else 1.0)


def _finish(
    problem: Problem, model: Model, columns: Ints, certificate: Certificate | None, run: _Run
) -> Schedule:
    """Seat, give reasons and count."""
    columns = settle_booths(problem, model, columns)
    meetings = seat(problem, model, columns)
    if len(meetings) < len(columns):
        run.log.append(Step("seating", 0, run.spent(), f"{len(columns) - len(meetings)} without a seat"))
        placed = {m.pair for m in meetings}
        columns = columns[np.isin(model.pair[columns], list(placed))]
    return Schedule(
        meetings=meetings,
        unplaced=reasons(problem, model, columns),
        value=sum(problem.pairs[m.pair].value for m in meetings),
        objective=objective(model, columns),
        bound=None if certificate is None else bound(problem, certificate),
        certificate=certificate,
        log=tuple(run.log),
    )
