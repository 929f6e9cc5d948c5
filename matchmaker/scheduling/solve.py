"""The one way in: a problem, and the best schedule found for it, with its proof."""

from __future__ import annotations

from .gathered import solve_gathered
from .levels import Progress, by_levels
from .problem import Delegate, Pair, Participation, Place, Problem, Slot
from .schedule import Schedule


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    progress: Progress | None = None,
    start: Schedule | None = None,
    gap: float = 0.0,
) -> Schedule:
    """The best schedule found within `seconds`, with its proof.

    problem   as in problem.py; MalformedProblem when it is wrong, Contradiction when nothing satisfies it
    seed      the same seed gives the same schedule, unless time runs out
    progress  called with the level's name and the share of the time used, 0..1
    start     an earlier schedule of this or a similar problem, to start from where it still holds
    gap       stop when this near to the bound: 0.0001 is a hundredth of a per cent
    Never infeasible: what is returned has passed `check`; a level that fails is named in the log and the
    level before it stands.
    """
    has_sessions = any(slot.is_session for slot in problem.slots)
    way = solve_gathered if problem.gatherings or has_sessions else by_levels
    return way(problem, seconds=seconds, seed=seed, progress=progress, start=start, gap=gap)


def warm_up() -> None:
    """Compile every loop once, so that the first round of a worker does not wait for it (some seconds)."""
    n = 60
    problem = Problem(
        slots=tuple(Slot(30 * t, 30 * t + 30) for t in range(6)),
        participations=tuple(Participation(p, maximum=3) for p in range(n)),
        delegates=tuple(Delegate(p, p, p, tuple(range(6))) for p in range(n)),
        pairs=tuple(Pair(a, b, 1 + (7 * a + 11 * b) % 97) for a in range(n // 2) for b in range(n // 2, n)),
        places=(Place("hall", "table", (9,) * 6),),
    )
    solve(problem, seconds=1.0, seed=1)
