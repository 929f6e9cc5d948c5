"""Measure the scheduler: a synthetic round or a round file, solved, checked and printed.

python -m benchmarks.scheduling --synthetic 1000 --regime tables --seed 1 --seconds 15 --json
python -m benchmarks.scheduling --synthetic 1000 --regime tables --seed 1 --save round.json
python -m benchmarks.scheduling --rules 300 --seconds 15 --json
python -m benchmarks.scheduling --round round.json --seconds 15 --out result.json --json
python -m benchmarks.scheduling --instance forum-13.original.dzn --fairness 2 --seconds 60 --json
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from matchmaker.scheduling import Contradiction, Problem, Schedule, check, report, solve, warm_up

from . import instances, rounds


def main() -> None:
    """Read the arguments, run, print."""
    options = _arguments()
    if options.instance:
        path = Path(options.instance)
        _print(instances.measure(path, options.fairness, options.seconds, options.seed), options)
        return
    if options.rules:
        _print(_fair(rounds.with_rules(options.rules, options.seed), options), options)
        return
    if options.round:
        try:
            round_ = rounds.read(Path(options.round).read_text())
        except (rounds.NotARound, OSError, UnicodeDecodeError) as error:
            sys.exit(f"{options.round}: {error}")
    elif options.synthetic:
        round_ = rounds.synthetic(options.synthetic, options.regime, options.seed)
    else:
        sys.exit("give --synthetic N, --round FILE or --instance FILE")
    if options.save:
        Path(options.save).write_text(json.dumps(round_, separators=(",", ":")))
        if not options.solve:
            return
    warm_up()  # what is compiled once per machine is no part of a round's time
    result = measure(round_, options.seconds, options.seed, log=options.log)
    if options.baselines:
        from . import baselines  # the rivals' packages are only for this

        result["baselines"] = baselines.ratios(rounds.problem_of(round_), options.seconds, result["bound"])
    if options.out:
        Path(options.out).write_text(json.dumps(result, separators=(",", ":")))
    _print(result, options)


def _print(result: dict[str, Any], options: argparse.Namespace) -> None:
    shown = {k: v for k, v in result.items() if k != "meetings"}
    print(json.dumps(shown) if options.json else "\n".join(f"{k:10} {v}" for k, v in shown.items()))


def _fair(problem: Problem, options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    schedule = solve(problem, seconds=options.seconds, seed=options.seed)
    spent = time.monotonic() - began
    if options.log:
        _print_log(schedule)
    return {
        "status": "optimal" if schedule.is_optimal else "feasible",
        "value": schedule.value,
        "objective": schedule.objective,
        "bound": schedule.bound,
        "gap": schedule.gap,
        "meetings_held": len(schedule.meetings),
        "without": len(report(problem, schedule).without),
        "seconds": round(spent, 2),
        "peak_mb": _peak(),
        "checked": not check(problem, schedule),
    }


def _print_log(schedule: Schedule) -> None:
    for step in schedule.log:
        print(f"{step.seconds:8.2f} {step.objective:12d} {step.level} {step.remark}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.scheduling", description=__doc__)
    parser.add_argument("--synthetic", type=int, metavar="N", help="make a round of N participants")
    parser.add_argument("--regime", choices=rounds.REGIMES, default="tables")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", metavar="FILE", help="write the round, and only solve it with --solve")
    parser.add_argument("--solve", action="store_true")
    parser.add_argument("--round", metavar="FILE", help="solve this round file")
    parser.add_argument("--rules", type=int, metavar="N", help="a fair of N under every rule")
    parser.add_argument("--instance", metavar="FILE", help="time the meetings of this .dzn file")
    parser.add_argument("--fairness", type=int, default=instances.FAIRNESS, metavar="D")
    parser.add_argument("--seconds", type=float, help="default 15, and 60 with --instance")
    parser.add_argument("--out", metavar="FILE", help="write the result with its meetings")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--baselines", action="store_true", help="run the rivals on the same round")
    parser.add_argument("--log", action="store_true", help="print each level on stderr as it ends")
    options = parser.parse_args()
    if options.seconds is None:
        options.seconds = 60.0 if options.instance else 15.0
    return options


def measure(round_: rounds.Round, seconds: float, seed: int, *, log: bool = False) -> dict[str, Any]:
    """Solve and check one round; `seconds` in the answer is the wall time of `solve`."""
    problem = rounds.problem_of(round_)
    began = time.monotonic()
    try:
        schedule = solve(problem, seconds=seconds, seed=seed)
    except Contradiction as error:
        return {
            "status": "infeasible",
            "value": None,
            "bound": None,
            "gap": None,
            "seconds": round(time.monotonic() - began, 2),
            "peak_mb": _peak(),
            "checked": False,
            "reason": str(error),
            "meetings": [],
        }
    spent = time.monotonic() - began
    peak = _peak()
    if log:
        _print_log(schedule)
    return _result(round_, problem, schedule, spent, peak)


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _result(
    round_: rounds.Round, problem: Problem, schedule: Schedule, spent: float, peak: int
) -> dict[str, Any]:
    meetings = [[problem.pairs[m.pair].a, problem.pairs[m.pair].b, m.slot] for m in schedule.meetings]
    sound = not check(problem, schedule) and not rounds.faults(round_, meetings)
    return {
        "status": "optimal" if schedule.is_optimal else "feasible",
        "value": schedule.value,
        "bound": schedule.bound,
        "gap": schedule.gap,
        "seconds": round(spent, 2),
        "peak_mb": peak,
        "checked": sound,
        "meetings": meetings,
    }


if __name__ == "__main__":
    main()
