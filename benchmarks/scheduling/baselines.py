"""What others do, on the same round: each as value and share of our bound.

first come first served  pairs in the order of the list, first slot that fits
greedy                   pairs by falling value, first slot that fits
waves                    our first level: nobody gets a meeting k+1 before wave k ends
Gale-Shapley             hospital-resident of the `matching` package on each side's limit, then first slots
plain CP-SAT, HiGHS      the whole model given to the solver as it is
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from matchmaker.scheduling import Problem, solve
from matchmaker.scheduling.exact import improve
from matchmaker.scheduling.model import Model, build
from matchmaker.scheduling.state import State, objective


def ratios(problem: Problem, seconds: float, bound: float | None) -> dict[str, dict[str, float]]:
    """Value, share of the bound and seconds of every rival; those beyond its size are left out."""
    model = build(problem)
    n = len(model.side_a)
    rivals: dict[str, Any] = {
        "first come first served": lambda: _in_order(model, range(n)),
        "greedy": lambda: _in_order(model, sorted(range(n), key=lambda e: (-problem.pairs[e].value, e))),
        "waves": lambda: solve(problem, seconds=0, seed=1).value,
    }
    if n <= 25_000:
        rivals["Gale-Shapley"] = lambda: _in_order(model, _stable(problem))
        rivals["plain HiGHS"] = lambda: _highs(model, seconds)
        rivals["plain CP-SAT"] = lambda: _cp_sat(model, seconds)
    found = {}
    for name, rival in rivals.items():
        began = time.monotonic()
        value = rival()
        spent = round(time.monotonic() - began, 1)
        found[name] = {"value": value, "share": round(value / bound, 5) if bound else 0.0, "seconds": spent}
    return found


def _in_order(model: Model, pairs: Iterable[int]) -> int:
    state = State(model)
    for e in pairs:
        for c in range(int(model.start[e]), int(model.start[e + 1])):
            if state.fits(c):
                state.add(c)
                break
    return objective(model, state.columns())


def _stable(problem: Problem) -> list[int]:
    """The pairs of a stable many-to-many choice, made of repeated one-to-many ones: each startup in turn
    takes one more place, as the package has no many-to-many game."""
    from matching.games import HospitalResident  # only this rival needs it

    sys.setrecursionlimit(1_000_000)  # the package copies its players deeply, each with all that it likes

    number = {(p.a, p.b): e for e, p in enumerate(problem.pairs)}
    left = {p: x.maximum or 0 for p, x in enumerate(problem.participations)}
    liked: dict[int, list[int]] = defaultdict(list)
    for e in sorted(range(len(problem.pairs)), key=lambda e: -problem.pairs[e].value):
        liked[problem.pairs[e].a].append(e)
    chosen: list[int] = []
    taken: set[int] = set()
    for _ in range(max(left.values(), default=0)):
        wishes = {
            a: [problem.pairs[e].b for e in liked[a] if e not in taken and left[problem.pairs[e].b] > 0]
            for a in liked
            if left[a] > 0
        }
        wishes = {a: others for a, others in wishes.items() if others}
        back: dict[int, list[int]] = defaultdict(list)
        for a, others in wishes.items():
            for b in others:
                back[b].append(a)
        for b, those in back.items():
            those.sort(key=lambda a, b=b: -problem.pairs[number[a, b]].value)  # type: ignore[misc]
        if not wishes:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            game = HospitalResident.create_from_dictionaries(wishes, dict(back), {b: left[b] for b in back})
            matching = game.solve()
        got = [number[r.name, h.name] for h, residents in matching.items() for r in residents]
        if not got:
            break
        for e in got:
            left[problem.pairs[e].a] -= 1
            left[problem.pairs[e].b] -= 1
        taken.update(got)
        chosen += got
    return chosen


def _highs(model: Model, seconds: float) -> int:
    nothing, everything = np.zeros(0, np.int32), np.arange(model.n, dtype=np.int32)
    return objective(model, improve(model, nothing, everything, seconds=seconds)[0])


def _cp_sat(model: Model, seconds: float) -> int:
    cp = cp_model.CpModel()
    use = [cp.new_bool_var("") for _ in range(model.n)]
    for e in range(len(model.side_a)):
        cp.add_at_most_one(use[int(model.start[e]) : int(model.start[e + 1])])
    rows: dict[int, list[int]] = defaultdict(list)
    for c in range(model.n):
        for r in model.rows[c].tolist():
            if r >= 0:
                rows[r].append(c)
    for r, users in rows.items():
        cp.add(sum(use[c] for c in users) <= int(model.room[r]))
    cp.maximize(sum(int(model.gain[c]) * use[c] for c in range(model.n)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(cp)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0
