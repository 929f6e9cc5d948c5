"""Before any search: is the problem well formed, and can what must be placed be placed at all?"""

from __future__ import annotations

import numpy as np
from ortools.sat.python import cp_model

from .errors import Contradiction, MalformedProblem
from .model import Ints, Model
from .problem import Gathering, Problem
from .state import State


def validate(problem: Problem) -> None:
    """Raise MalformedProblem for positions out of range, a pair twice, or figures that mean nothing."""
    n, n_slots = len(problem.participations), len(problem.slots)
    for slot in problem.slots:
        _require(slot.start < slot.end, "a slot that ends before it starts")
        _require(all(0 <= k < len(problem.places) for k in slot.places or ()), "a place out of range")
    for delegate in problem.delegates:
        _require(0 <= delegate.participation < n, "a participation out of range")
        _require(all(0 <= t < n_slots for t in delegate.slots), "a slot out of range")
        _require(len(set(delegate.slots)) == len(delegate.slots), "a slot twice")
        _require(len(delegate.costs) in (0, len(delegate.slots)), "costs must go with slots")
    for place in problem.places:
        _require(len(place.capacity) == n_slots, "a capacity for every slot")
        _require(place.hosts is None or len(place.hosts) == n_slots, "hosts for every slot")
        _require(all(c is None or c >= 0 for c in place.capacity), "a negative capacity")
    for p in problem.participations:
        limits = (p.maximum, p.per_day, p.in_a_row)
        _require(all(x is None or x >= 0 for x in limits) and p.minimum >= 0, "a negative limit")
        _require(p.pause >= 0, "a negative pause")
        _require(p.weight >= 0, "a negative weight")
    met: set[tuple[int, int]] = set()
    for pair in problem.pairs:
        ends = (min(pair.a, pair.b), max(pair.a, pair.b))
        _require(0 <= ends[0] < ends[1] < n, "a pair needs two participations in range")
        _require(ends not in met, "a pair twice")
        _require(pair.value >= 0, "a negative value")
        met.add(ends)
    for gathering in problem.gatherings:
        _gathering(problem, gathering)
    _require(problem.uncomfortable is None or problem.uncomfortable >= 0, "a negative bound of hours")
    falling = list(problem.floor) == sorted(problem.floor, reverse=True)
    _require(
        falling and min((*problem.floor, problem.shortfall)) >= 0, "the floor must fall and not be negative"
    )


def _gathering(problem: Problem, gathering: Gathering) -> None:
    n, invited = len(problem.participations), [guest.participation for guest in gathering.guests]
    _require(bool(gathering.slots), "a gathering without a slot")
    _require(all(0 <= t < len(problem.slots) for t in gathering.slots), "a slot out of range")
    _require(gathering.lock is None or gathering.lock in gathering.slots, "a lock on no slot of it")
    _require(all(0 <= k < len(problem.places) for k in gathering.places), "a place out of range")
    _require(gathering.most >= 1 and 0 <= gathering.least <= gathering.most, "seats that mean nothing")
    _require(len(set(invited)) == len(invited), "a guest twice")
    _require(gathering.host not in invited, "a host who is a guest")
    everybody = invited if gathering.host is None else [*invited, gathering.host]
    _require(all(0 <= p < n for p in everybody), "a participation out of range")
    _require(all(guest.value >= 0 for guest in gathering.guests), "a negative value")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise MalformedProblem(what)


def place_musts(problem: Problem, model: Model, *, seconds: float) -> Ints:
    """A column for every locked and forced pair, all together feasible; Contradiction when there is none.

    Scarce pairs first, each in the column that is left; only when that fails, an exact search.
    """
    clash = tuple(e for e, p in enumerate(problem.pairs) if p.forbidden is not None and (p.lock or p.force))
    if clash:
        raise Contradiction("forbidden_pair", clash)
    musts = np.nonzero(model.must)[0]
    ways = model.start[musts + 1] - model.start[musts]
    for code, those in (("lock_impossible", model.fixed), ("forced_impossible", ~model.fixed)):
        hopeless = musts[(ways == 0) & those[musts]]
        if len(hopeless):
            raise Contradiction(code, tuple(hopeless.tolist()))
    state = State(model)
    for e in musts[np.lexsort((musts, ways))].tolist():
        fitting = [c for c in range(model.start[e], model.start[e + 1]) if state.fits(c)]
        if fitting:
            state.add(max(fitting, key=lambda c: (int(model.gain[c]), -c)))
    if (state.column_of[musts] >= 0).all():
        return state.columns()
    return _exactly(model, musts.tolist(), seconds)


def _exactly(model: Model, musts: list[int], seconds: float) -> Ints:
    cp = cp_model.CpModel()
    use: dict[int, cp_model.IntVar] = {}
    rows: dict[int, list[int]] = {}
    for e in musts:
        ways = range(model.start[e], model.start[e + 1])
        for c in ways:
            use[c] = cp.new_bool_var(f"c{c}")
            for r in model.rows[c]:
                if r >= 0:
                    rows.setdefault(int(r), []).append(c)
        cp.add_exactly_one(use[c] for c in ways)
    single = {int(model.start[e]) for e in musts if model.start[e + 1] - model.start[e] == 1}
    for r, users in rows.items():
        if len(single.intersection(users)) > model.room[r]:
            raise Contradiction(
                "overfull", tuple(sorted(int(model.pair[c]) for c in single.intersection(users)))
            )
        if len(users) > model.room[r]:
            cp.add(sum(use[c] for c in users) <= int(model.room[r]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(1.0, seconds)
    solver.parameters.num_workers = 1
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise Contradiction("cannot_all_be_placed", tuple(musts))
    return np.array([c for c in use if solver.value(use[c])], np.int32)
