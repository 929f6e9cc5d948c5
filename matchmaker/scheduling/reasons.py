"""Why not: a reason for every pair that does not meet, and which meetings would have to give way."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from .model import Ints, Model
from .problem import Delegate, Problem
from .schedule import Unplaced
from .state import State


def reasons(problem: Problem, model: Model, columns: Ints) -> tuple[Unplaced, ...]:
    """One Unplaced for each pair without a column, by pair."""
    state = State(model, columns)
    ways = np.diff(model.start)
    open_pairs = np.nonzero(state.column_of < 0)[0]
    full = _full(model, state)
    named: dict[int, Unplaced] = {}
    of_side: dict[int, list[Delegate]] = defaultdict(list)
    for delegate in problem.delegates:
        of_side[delegate.participation].append(delegate)
    for e in open_pairs[ways[open_pairs] == 0].tolist():
        named[e] = _without_columns(problem, of_side, e)
    waiting = np.zeros(len(ways), np.bool_)
    waiting[open_pairs] = True
    by_limit = np.logical_or.reduce(
        [full[x] for x in full if x.startswith(("limit", "day", "row", "hours"))] or [_no(model)]
    )
    by_seat = np.logical_or.reduce([full[x] for x in full if x.startswith("seat")] or [_no(model)])
    by_place = full.get("place", _no(model))
    free = ~(by_limit | by_seat | by_place)
    cheapest = _holders(model, state, columns)
    at_limit = {end: _at_limit(model, full, end) for end in ("a", "b")}
    only_seat, only_place = by_seat & ~by_limit, by_place & ~by_limit & ~by_seat
    verdicts = (
        (_any(model, free), "not_chosen"),
        (_any(model, only_place), "no_place"),
        (_any(model, only_seat), "outvoted_by"),
        (np.ones(len(ways), np.bool_), "limit_reached"),
    )
    for holds, code in verdicts:
        for e in np.nonzero(waiting & holds & (ways > 0))[0].tolist():
            ways_of_e = slice(int(model.start[e]), int(model.start[e + 1]))
            if code == "no_place":
                arguments = _slots(model, ways_of_e, only_place)
            elif code == "outvoted_by":
                arguments = _outvoted(model, cheapest, ways_of_e, only_seat)
            elif code == "limit_reached":
                arguments = _limited(model, at_limit, e)
            else:
                arguments = ()
            named[e] = Unplaced(e, code, arguments)
            waiting[e] = False
    return tuple(named[e] for e in sorted(named))


def _no(model: Model) -> NDArray[np.bool_]:
    return np.zeros(model.n, np.bool_)


def _full(model: Model, state: State) -> dict[str, NDArray[np.bool_]]:
    """Per kind of row, which columns meet one of that kind with no room left."""
    exhausted = np.append(state.used >= model.room, False)
    full: dict[str, NDArray[np.bool_]] = {}
    for k, layer in enumerate(model.layers):
        here = exhausted[model.rows[:, k]]
        full[layer] = full[layer] | here if layer in full else here
    return full


def _any(model: Model, columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Per pair: does it hold for any of its columns?"""
    return np.bincount(model.pair[columns], minlength=len(model.side_a)) > 0


def _holders(model: Model, state: State, columns: Ints) -> dict[int, int]:
    """Per exhausted row of people, the chosen column of least gain in it."""
    cheapest: dict[int, int] = {}
    order = columns[np.argsort(-model.gain[columns], kind="stable")]
    for k, layer in enumerate(model.layers):
        if layer.startswith("seat"):
            rows = model.rows[order, k]
            spent = (rows >= 0) & (state.used[rows] >= model.room[rows])
            for c, r in zip(order[spent].tolist(), rows[spent].tolist(), strict=True):
                if r not in cheapest or model.gain[c] < model.gain[cheapest[r]]:
                    cheapest[r] = c
    return cheapest


def _without_columns(problem: Problem, of_side: dict[int, list[Delegate]], e: int) -> Unplaced:
    pair = problem.pairs[e]
    if pair.forbidden is not None:
        return Unplaced(e, "forbidden", (pair.forbidden,))
    free: list[set[int]] = []
    for p in (pair.a, pair.b):
        free.append({t for d in of_side[p] for t in d.slots})
    common = free[0] & free[1]
    if pair.slots is not None:
        common &= set(pair.slots)
    ours, theirs = ({d.person for d in of_side[p]} for p in (pair.a, pair.b))
    if not common or (len(ours) == 1 and ours == theirs):
        return Unplaced(e, "no_common_slot")
    return Unplaced(e, "no_place", tuple(sorted(common)))


def _slots(model: Model, ways: slice, which: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(sorted({int(t) for t in model.slot[ways][which[ways]]}))


def _outvoted(
    model: Model, cheapest: dict[int, int], ways: slice, which: NDArray[np.bool_]
) -> tuple[int, ...]:
    """The meetings in the way of the column that the least value stands against."""
    best: tuple[int, set[int]] | None = None
    open_ways = ways.start + np.nonzero(which[ways])[0]
    for used in model.rows[open_ways].tolist():
        against = {cheapest[r] for r in used if r in cheapest}
        worth = sum(int(model.gain[h]) for h in against)
        if best is None or worth < best[0]:
            best = (worth, against)
    return () if best is None else tuple(sorted(int(model.pair[h]) for h in best[1]))


def _at_limit(model: Model, full: dict[str, NDArray[np.bool_]], end: str) -> NDArray[np.bool_]:
    """Per pair: does its side `end` have, in any slot, all the meetings that it allows?"""
    kinds = [full[x] for x in full if x in (f"limit {end}", f"day {end}", f"row {end}", f"hours {end}")]
    return _any(model, np.logical_or.reduce(kinds or [_no(model)]))


def _limited(model: Model, at_limit: dict[str, NDArray[np.bool_]], e: int) -> tuple[int, ...]:
    ends = (("a", int(model.side_a[e])), ("b", int(model.side_b[e])))
    return tuple(p for end, p in ends if at_limit[end][e])
