"""The floor: 200 startups, 50 corporates, 16 slots; who is left without a meeting, and what fairness costs.

python -m benchmarks.scheduling.floor --seed 1 --seconds 10
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from matchmaker.scheduling import Problem, Schedule, check, report, solve, with_floor
from matchmaker.scheduling.fairness import price

from . import rounds

STARTUPS, CORPORATES = 200, 50


def measure(seed: int, seconds: float) -> dict[str, Any]:
    """The same round without and with a floor."""
    round_ = rounds.synthetic(STARTUPS + CORPORATES, "tables", seed, startups=STARTUPS)
    problem = rounds.problem_of(round_)
    fair = with_floor(problem)
    without, with_ = (solve(p, seconds=seconds, seed=1) for p in (problem, fair))
    return {
        "seed": seed,
        "left_out_without_floor": len(_left_out(problem, without)),
        "left_out_with_floor": len(_left_out(fair, with_)),
        "price_of_the_floor": round(price(with_, without), 5),
        "gap": with_.gap,
        "gap_without_floor": without.gap,
        "checked": not check(problem, without) and not check(fair, with_),
    }


def _left_out(problem: Problem, schedule: Schedule) -> set[int]:
    """Participations with a pair that could meet in some slot, and no meeting."""
    free = {d.participation: set(d.slots) for d in problem.delegates}
    able = {p for pair in problem.pairs if free[pair.a] & free[pair.b] for p in (pair.a, pair.b)}
    return able & set(report(problem, schedule).without)


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.scheduling.floor", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    print(json.dumps(measure(options.seed, options.seconds)))


if __name__ == "__main__":
    main()
