"""A program of its own, run by race.py: one engine on one Boolean program, in a process that can be killed.

    python engines.py core|plain|climb|maxsat < job.json

The job: {"exact": program, "relaxed": program, "seconds": s, "seed": n}, programs as in program.py. Every
line on standard output is one of {"true": [variables]} a solution, {"bound": b} no solution costs less,
{"infeasible": true}. An engine that ends has said all that it knows.

It imports nothing of the house, because importing the house takes longer than most timetables.

core    CP-SAT by unsatisfiable cores: the best for proofs where the optimum is some way off the relaxation
plain   CP-SAT by its default search: solutions early, proofs late
climb   CaDiCaL: any solution, then the relaxation's bound (CP-SAT), then "at most k" from there upwards
maxsat  PySAT's RC2 (Ignatiev, Morgado, Marques-Silva: RC2, an efficient MaxSAT solver, JSAT 11, 2019)
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from copy import copy
from typing import Any

Program = dict[str, Any]
Job = dict[str, Any]
Tell = Callable[[dict[str, Any]], None]

RELAXATION_SECONDS = 8.0
PAIRWISE = 5  # a group of so many is written down pair by pair


def core(job: Job, tell: Tell) -> None:
    """CP-SAT by cores; its bound as it rises."""
    _cpsat(job["exact"], job, tell, cores=True, linearization=0, seconds=job["seconds"])


def plain(job: Job, tell: Tell) -> None:
    """CP-SAT by default search."""
    _cpsat(job["exact"], job, tell, linearization=1, seconds=job["seconds"])


def climb(job: Job, tell: Tell) -> None:
    """CaDiCaL, from the relaxation's bound upwards until "at most k" has a solution."""
    from pysat.solvers import Solver  # may be missing: then another engine takes its turn

    hard = Clauses(job["exact"])
    with Solver("cadical195", bootstrap_with=hard.clauses) as solver:
        if not solver.solve():
            tell({"infeasible": True})
            return
        tell({"true": hard.solution(solver.get_model())})
    bound = _relaxed_bound(job)
    while True:
        tell({"bound": bound})
        step = hard.copy()
        step.count(job["exact"]["costs"], 0, bound)
        with Solver("cadical195", bootstrap_with=step.clauses) as solver:
            if solver.solve():
                tell({"true": hard.solution(solver.get_model())})
                return
        bound += 1


def maxsat(job: Job, tell: Tell) -> None:
    """RC2 to the proof; it says nothing before."""
    from pysat.examples.rc2 import RC2  # may be missing: then another engine takes its turn
    from pysat.formula import WCNF

    hard = Clauses(job["exact"])
    formula = WCNF()
    formula.extend(hard.clauses)
    formula.extend(
        [[-literal] for literal in job["exact"]["costs"]], weights=[1] * len(job["exact"]["costs"])
    )
    with RC2(formula, solver="cadical195", adapt=True, exhaust=True, minz=True) as rc2:
        model = rc2.compute()
        if model is None:
            tell({"infeasible": True})
        else:
            tell({"bound": rc2.cost})
            tell({"true": hard.solution(model)})


class Clauses:
    """A program as clauses alone, counts by cardinality networks or totalizers, ready for a SAT solver."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.top: int = program["size"]
        self.clauses: list[list[int]] = list(program["clauses"])
        for group in program["at_most_one"]:
            self.count(group, 0, 1)
        for literals, least, most in program["counts"]:
            self.count(literals, least, most)

    def copy(self) -> Clauses:
        """Another, to be added to."""
        other = copy(self)
        other.clauses = list(self.clauses)
        return other

    def count(self, literals: list[int], least: int, most: int) -> None:
        """Between `least` and `most` of them are true."""
        from pysat.card import CardEnc, EncType  # as above

        n = len(literals)
        if least > n:
            self.clauses.append([])
        elif least == n or most == 0:
            self.clauses += [[x if least else -x] for x in literals]
        else:
            if most == 1 and n <= PAIRWISE:
                form = EncType.pairwise
            elif most == 1:
                form = EncType.seqcounter
            else:
                form = EncType.cardnetwrk if n <= 25 else EncType.mtotalizer
            for bound, encode in ((most, CardEnc.atmost), (least, CardEnc.atleast)):
                if (bound < n) if encode is CardEnc.atmost else (bound > 0):
                    made = encode(literals, bound, top_id=self.top, encoding=form)
                    self.clauses += made.clauses
                    self.top = max(self.top, made.nv)

    def solution(self, model: list[int]) -> list[int]:
        """The program's own variables that are true."""
        return [x for x in model if 0 < x <= self.program["size"]]


def _relaxed_bound(job: Job) -> int:
    """What the relaxation proves within its time; 0 when CP-SAT is missing."""
    bounds = [0]
    try:
        _cpsat(
            job["relaxed"],
            job,
            lambda words: bounds.append(words.get("bound", 0)),
            linearization=2,
            seconds=min(RELAXATION_SECONDS, job["seconds"]),
        )
    except ImportError:
        return 0
    return max(bounds)


def _cpsat(
    program: Program, job: Job, tell: Tell, *, linearization: int, seconds: float, cores: bool = False
) -> None:
    """CP-SAT with one worker on a program; its bounds and its solutions told as they come."""
    from ortools.sat.python import cp_model  # takes half a second, and the other engines do without

    class Solutions(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            values = enumerate(map(self.boolean_value, variables))
            tell({"true": [x for x, is_true in values if x and is_true]})

    model = cp_model.CpModel()
    variables = [model.new_bool_var("") for _ in range(program["size"] + 1)]

    def literals(numbers: list[int]) -> list[Any]:
        return [variables[x] if x > 0 else variables[-x].negated() for x in numbers]

    for clause in program["clauses"]:
        model.add_bool_or(literals(clause))
    for group in program["at_most_one"]:
        model.add_at_most_one(literals(group))
    for group, least, most in program["counts"]:
        model.add_linear_constraint(sum(literals(group)), least, most)
    model.minimize(sum(literals(program["costs"])))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = job["seed"]
    solver.parameters.linearization_level = linearization
    solver.parameters.optimize_with_core = cores
    solver.parameters.max_time_in_seconds = seconds
    solver.best_bound_callback = lambda bound: tell({"bound": round(bound)})
    status = solver.solve(model, Solutions())
    if status == cp_model.INFEASIBLE:
        tell({"infeasible": True})
    elif status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        tell({"bound": round(solver.best_objective_bound)})


def _print(words: dict[str, Any]) -> None:
    """One line to whoever runs this."""
    print(json.dumps(words), flush=True)  # noqa: T201


ENGINES = {"core": core, "plain": plain, "climb": climb, "maxsat": maxsat}

if __name__ == "__main__":
    task = json.load(sys.stdin)
    if hasattr(signal, "SIGALRM"):  # should whoever started this be gone, it still ends
        signal.alarm(int(task["seconds"]) + 5)
    ENGINES[sys.argv[1]](task, _print)
