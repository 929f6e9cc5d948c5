"""Whole-number programs over part of the columns, by HiGHS: everything chosen elsewhere stays as it is."""

from __future__ import annotations

from typing import Any

try:
    import highspy
except ImportError:  # a level of effort less, never a failure: solve says so in its log
    highspy = None
import numpy as np
from numpy.typing import NDArray

from .gradient import Prices, bound_of
from .model import Ints, Model
from .part import part

BRIEF_NODES = 30
"""Most small parts need one; those that need more than this need hundreds."""


def has_solver() -> bool:
    """Is HiGHS installed?"""
    return highspy is not None


def improve(
    model: Model,
    chosen: Ints,
    candidates: Ints,
    *,
    seconds: float,
    held: Ints | None = None,
    brief: bool = False,
) -> tuple[Ints, bool]:
    """The best selection that differs from `chosen` only within `candidates` (what may go is among them).

    Feasible, and the same when HiGHS finds nothing better in time; and whether it is proved the best.
    `held` as in `part`; `brief` leaves out the presolve, which small parts do not repay, and gives up after
    some branching. Source: plain mixed-integer programming; as a neighbourhood search, Shaw 1998.
    """
    kept = np.setdiff1d(chosen, candidates)
    rest = part(model, kept, candidates, held)
    if not len(rest.columns):
        return chosen, True
    picked, proved = _run(_program(rest.model), np.isin(rest.columns, chosen), seconds, brief)
    if picked is None:
        return chosen, False
    return np.sort(np.concatenate([kept, rest.columns[picked]])).astype(np.int32), proved


def exact_prices(model: Model, *, seconds: float) -> Prices | None:
    """The optimal prices of a small model by the simplex method; None when it does not get there."""
    lp = _program(model)
    lp.integrality_ = []
    lp.sense_, lp.col_cost_ = highspy.ObjSense.kMinimize, -np.array(lp.col_cost_)
    solver = _solver(seconds)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    duals = np.maximum(0.0, -np.array(solution.row_dual))
    n_pairs, m = len(model.side_a), len(model.room)
    credit = np.zeros(len(model.extra))
    if model.extra.any():
        people = np.unique(np.concatenate([model.side_a[model.pair], model.side_b[model.pair]]))
        credit[people] = duals[n_pairs + m :]
    row = duals[n_pairs : n_pairs + m]
    return Prices(row, credit, bound_of(model, row, credit), np.array(solution.col_value)[: model.n])


def _program(model: Model) -> highspy.HighsLp:
    """A row per pair, the model's rows, and the extra values of first meetings."""
    n, n_pairs = model.n, len(model.side_a)
    column_of, layer = np.nonzero(model.rows >= 0)
    entries: list[tuple[Any, Any, Any]] = [
        (model.pair, np.arange(n), np.ones(n)),
        (n_pairs + model.rows[column_of, layer], column_of, np.ones(len(layer))),
    ]
    low = [model.must.astype(float), np.full(len(model.room), -highspy.kHighsInf)]
    high = [np.ones(n_pairs), model.room.astype(float)]
    cost = [model.gain.astype(float)]
    whole = [highspy.HighsVarType.kInteger] * n
    if model.extra.any():
        sides = np.concatenate([model.side_a[model.pair], model.side_b[model.pair]])
        people, person = np.unique(sides, return_inverse=True)
        who, which = np.nonzero(model.extra[people] > 0)
        base = n_pairs + len(model.room)
        entries.append((base + person, np.tile(np.arange(n), 2), -np.ones(2 * n)))
        entries.append((base + who, n + np.arange(len(who)), np.ones(len(who))))
        low.append(np.full(len(people), -highspy.kHighsInf))
        high.append(np.zeros(len(people)))
        cost.append(model.extra[people[who], which].astype(float))
        whole += [highspy.HighsVarType.kContinuous] * len(who)
    return _lp(entries, np.concatenate(low), np.concatenate(high), np.concatenate(cost), whole)


def _lp(entries, low, high, cost, whole) -> highspy.HighsLp:  # type: ignore[no-untyped-def]
    row, column, value = (np.concatenate([e[k] for e in entries]) for k in range(3))
    order = np.lexsort((row, column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), np.ones(len(cost))
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(cost)))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
    lp.integrality_ = whole
    lp.sense_ = highspy.ObjSense.kMaximize
    return lp


def _solver(seconds: float) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 1)
    solver.setOptionValue("time_limit", max(0.05, seconds))
    return solver


def _run(
    lp: highspy.HighsLp, now: NDArray[np.bool_], seconds: float, brief: bool
) -> tuple[NDArray[np.bool_] | None, bool]:
    """Which columns the best solution found has (None without any), and whether it is proved the best."""
    solver = _solver(seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.999)
    if brief:
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("mip_max_nodes", BRIEF_NODES)
        solver.setOptionValue("mip_heuristic_effort", 0.0)  # they look at the clock too seldom
    solver.passModel(lp)
    start = highspy.HighsSolution()
    values = np.zeros(lp.num_col_)
    values[: len(now)] = now
    start.col_value = list(values)
    solver.setSolution(start)
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, False
    proved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    picked = np.array(solver.getSolution().col_value)[: len(now)] > 0.5
    return picked, proved
