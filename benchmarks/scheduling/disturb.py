"""Repair of a published round: random disturbances, mended with nothing moved that need not.

python -m benchmarks.scheduling.disturb --synthetic 2000 --times 100

Beside each repair, or every --anew one, stands a round solved anew (to 0.1 %, no regard for what was
seen): what it is worth, and how many of the published meetings it would move or drop.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from statistics import median

import numpy as np

from matchmaker.scheduling import Problem, as_seen, check, compare, solve, warm_up
from matchmaker.scheduling.repair import WEIGHTS

from . import rounds

KINDS = ("cancelled", "withdrawn", "fewer tables", "away", "hall closed", "late arrival")


def disturbed(problem: Problem, kind: str, rng: np.random.Generator) -> Problem:
    """The problem after 2 % of its pairs or people, or a fifth or all of one slot's tables, have gone.

    A late arrival brings pairs that nobody could meet before (see `main`): the problem as it is.
    """
    n = len(problem.participations)
    if kind == "late arrival":
        return problem
    if kind in ("fewer tables", "hall closed"):
        t = int(rng.integers(len(problem.slots)))
        hall = problem.places[0]
        left = 4 if kind == "fewer tables" else 0
        room = tuple(c * left // 5 if c is not None and k == t else c for k, c in enumerate(hall.capacity))
        return replace(problem, places=(replace(hall, capacity=room),))
    if kind == "away":
        gone = {int(p): int(rng.integers(len(problem.slots))) for p in rng.choice(n, n // 50, replace=False)}
        free = tuple(
            replace(d, slots=tuple(t for t in d.slots if gone.get(d.participation) != t))
            for d in problem.delegates
        )
        return replace(problem, delegates=free)
    if kind == "withdrawn":
        out = set(rng.choice(n, n // 50, replace=False).tolist())
        lost = {e for e, p in enumerate(problem.pairs) if p.a in out or p.b in out}
    else:
        lost = set(rng.choice(len(problem.pairs), len(problem.pairs) // 50, replace=False).tolist())
    pairs = tuple(replace(p, forbidden="cancelled") if e in lost else p for e, p in enumerate(problem.pairs))
    return replace(problem, pairs=pairs)


def _without(problem: Problem, those: set[int]) -> Problem:
    """The problem in which these participations are not there yet."""
    pairs = (
        replace(p, forbidden="not there yet") if p.a in those or p.b in those else p for p in problem.pairs
    )
    return replace(problem, pairs=tuple(pairs))


def without_seen(problem: Problem) -> Problem:
    """The problem for which nothing has been published yet."""
    return replace(problem, pairs=tuple(replace(p, seen=None) for p in problem.pairs))


def main() -> None:
    """Solve once, disturb, repair each time; print medians and extremes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synthetic", type=int, default=2000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--anew", type=int, default=1, help="solve anew beside every so many repairs")
    options = parser.parse_args()
    problem = rounds.problem_of(rounds.synthetic(options.synthetic, "tables", 1))
    rng = np.random.default_rng(1)
    late = set(rng.choice(options.synthetic, options.synthetic // 50, replace=False).tolist())
    before = solve(_without(problem, late), seconds=options.seconds, seed=1)
    warm_up()
    took, moved, dropped, kept, anew, sound = [], [], [], [], [], True
    for k in range(options.times):
        kind = KINDS[k % len(KINDS)]
        known = problem if kind == "late arrival" else _without(problem, late)
        changed = as_seen(disturbed(known, kind, rng), before, WEIGHTS[0])
        began = time.monotonic()
        option = compare(changed, solve(changed, seconds=0, seed=1, start=before))
        took.append(time.monotonic() - began)
        sound = sound and not check(changed, option.schedule)
        moved.append(len(option.moved))
        dropped.append(len(option.dropped))
        if k % options.anew:
            continue
        free = compare(changed, solve(without_seen(changed), seconds=options.seconds, seed=1, gap=0.001))
        anew.append(free.changes)
        kept.append(option.schedule.value / free.schedule.value)
    ordered = sorted(took)
    shown = {
        "times": options.times,
        "median_seconds": round(median(took), 2),
        "p95_seconds": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "moved_median": median(moved),
        "moved_most": max(moved),
        "dropped_median": median(dropped),
        "dropped_most": max(dropped),
        "changes_of_a_new_solve_median": median(anew),
        "value_kept_median": round(median(kept), 4),
        "value_kept_least": round(min(kept), 4),
        "checked": sound,
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
