"""The fast path for virtual events: choose the pairs by a flow, then find each a slot.

Without scarce places, and with one delegate each, the limits alone decide which pairs are worth most: on a
two-sided round that is a minimum-cost flow, solved exactly, in which first meetings are arcs with their extra
values. Its potentials are prices that prove it. The slots are then a colouring of the chosen pairs, mended by
alternating (Kempe) chains between two slots. When every pair finds its best slot, the schedule is optimal.
Where hours cost something, or limits of a day or of slots in a row take meetings out again, it is a good
start for the other levels.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from .colouring import place
from .gradient import Prices, Reals, bound_of
from .jit import Array, compiled
from .model import Ints, Longs, Model, best_gains
from .waves import by_value

OTHER_LIMITS = ("day", "row", "hours")
"""Layers that the flow does not know, and that seldom bind much."""


def by_flow(model: Model, musts: Ints) -> tuple[Ints, Prices] | None:
    """Chosen columns, `musts` (feasible) among them, and the prices of the flow with these columns as shares.

    None when the round is not of this kind. The prices prove a bound for it in any case.
    """
    left = sides(model)
    if left is None or not _is_plain(model):
        return None
    limits, met = _limits(model), np.zeros(len(model.extra), np.int64)
    placed = np.full(len(model.side_a), -1, np.int32)
    placed[model.pair[musts]] = musts
    at = np.full((len(model.extra), int(model.slot.max()) + 1), -1, np.int32)
    for side in (model.side_a, model.side_b):
        np.add.at(met, side[model.pair[musts]], 1)
        at[side[model.pair[musts]], model.slot[musts]] = model.pair[musts]
    value = best_gains(model)
    first = model.extra.max(axis=1, initial=0)
    able = np.nonzero((value + first[model.side_a] + first[model.side_b] > 0) & ~model.must)[0]
    flip = ~left[model.side_a[able]]
    tail = np.where(flip, model.side_b[able], model.side_a[able])
    head = np.where(flip, model.side_a[able], model.side_b[able])
    taken = _cheapest(tail, head, value[able], left, limits, model.extra, met)
    if taken is None:
        return None
    pairs = tail.astype(np.int32), head.astype(np.int32), value[able], taken
    price = _potentials(*pairs, left, limits, model.extra, met)
    row, credit = _on_rows(model, np.maximum(price, 0)), np.maximum(-price, 0).astype(np.float64)
    place(model, able[taken], placed, at)
    chosen = _fitting(model, musts, placed[placed >= 0])
    share = np.zeros(model.n)
    share[chosen] = 1.0
    return chosen, Prices(row, credit, bound_of(model, row, credit), share)


def _fitting(model: Model, musts: Ints, chosen: Ints) -> Ints:
    """Without those that break what the colouring does not know: a pause, or one of the other limits."""
    apart = all(len(span) == 1 for kind in model.kinds if kind.name == "seat" for span in kind.spans)
    if apart and not any(layer.split()[0] in OTHER_LIMITS for layer in model.layers):
        return chosen
    worth = np.zeros(model.n, np.int64)
    worth[chosen] = 1 + model.gain[chosen] - model.gain[chosen].min(initial=0)
    return by_value(model, musts, worth)


def sides(model: Model) -> Array | None:
    """Which participations are on the left when all pairs go from left to right; None if they cannot."""
    colour = _two_sides(model.side_a, model.side_b, len(model.extra))
    return None if colour[0] == -2 else colour == 0


def _is_plain(model: Model) -> bool:
    """Only limits and one delegate each; no scarce places."""
    people = {s.participation for s in model.seats}
    once = (model.pair[1:] != model.pair[:-1]) | (model.slot[1:] != model.slot[:-1])
    return bool(
        {layer.split()[0] for layer in model.layers} <= {"limit", "seat", *OTHER_LIMITS}
        and len(people) == len(model.seats)
        and all(len(c.delegates) == 1 for c in model.crews)
        and once.all()
    )


def _limit_row(model: Model) -> Longs:
    """The row of each participation's limit, -1 where it cannot be exceeded."""
    row = np.full(len(model.extra), -1, np.int64)
    for k, layer in enumerate(model.layers):
        if layer.startswith("limit"):
            used = model.rows[:, k] >= 0
            side = model.side_a if layer.endswith("a") else model.side_b
            row[side[model.pair[used]]] = model.rows[used, k]
    return row


def _hours(model: Model) -> Longs:
    """In how many slots each participation has any candidate."""
    there = np.zeros((len(model.extra), int(model.slot.max()) + 1), np.bool_)
    there[model.side_a[model.pair], model.slot] = True
    there[model.side_b[model.pair], model.slot] = True
    return there.sum(axis=1, dtype=np.int64)  # type: ignore[no-any-return]


def _limits(model: Model) -> Longs:
    """The most meetings of each participation: by its limit, and by the slots that it has."""
    row = _limit_row(model)
    hours = _hours(model)
    return np.where(row >= 0, np.minimum(np.append(model.room, 0)[row], hours), hours)


def _on_rows(model: Model, price: Longs) -> Reals:
    """The price of each participation's meetings: on its limit, or where its slots are fewer, on these."""
    limit = _limit_row(model)
    by_limit = (limit >= 0) & (np.append(model.room, 0)[limit] <= _hours(model))
    row = np.zeros(len(model.room))
    row[limit[by_limit]] = price[by_limit]
    for k, layer in enumerate(model.layers):
        if layer.startswith("seat"):
            side = (model.side_a if layer.endswith("a") else model.side_b)[model.pair]
            seats = (model.rows[:, k] >= 0) & ~by_limit[side]
            row[model.rows[seats, k]] = price[side[seats]]
    return row


def _cheapest(
    tail: Longs, head: Longs, value: Longs, left: Array, limits: Longs, extra: Longs, met: Longs
) -> Array | None:
    """Which pairs the flow of most value takes, beside those that everybody has `met` in any case."""
    flow = min_cost_flow.SimpleMinCostFlow()
    n, depth = extra.shape
    source, sink, people = n, n + 1, np.arange(n)
    pairs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, np.ones(len(tail), np.int64), -value)
    begins, ends = np.where(left, source, people), np.where(left, people, sink)
    for k in range(depth):  # the k-th meeting of each, if it is still to come
        once = ((met <= k) & (k < limits)).astype(np.int64)
        flow.add_arcs_with_capacity_and_unit_cost(begins, ends, once, -extra[:, k])
    others = np.maximum(limits - np.maximum(met, depth), 0)
    flow.add_arcs_with_capacity_and_unit_cost(begins, ends, others, np.zeros(n, np.int64))
    supply = int(np.maximum(limits - met, 0)[left].sum())
    flow.add_arcs_with_capacity_and_unit_cost([source], [sink], [supply], [0])
    flow.set_node_supply(source, supply)
    flow.set_node_supply(sink, -supply)
    if flow.solve() != flow.OPTIMAL:
        return None
    return np.asarray(flow.flows(pairs)) > 0


def _potentials(
    tail: Ints, head: Ints, value: Longs, taken: Array, left: Array, limits: Longs, extra: Longs, met: Longs
) -> Longs:
    """What a further meeting of each participation costs, from shortest paths in what the flow leaves.

    Below zero where a first meeting is worth more than what it takes from others.
    """
    n, depth = extra.shape
    held = met + np.bincount(tail[taken], minlength=n) + np.bincount(head[taken], minlength=n)
    ladder = np.hstack([extra, np.zeros((n, 1), np.int64)])
    following = ladder[np.arange(n), np.minimum(held, depth)]
    last = ladder[np.arange(n), np.minimum(np.maximum(held - 1, 0), depth)]
    distance = np.zeros(n + 1, np.int64)  # the last is source and sink, joined by the unused supply
    more, fewer = held < limits, held > met
    _shorten(tail, head, value, taken, left, more, fewer, following, last, distance)
    distance -= distance[-1]
    least = -ladder[np.arange(n), np.minimum(met, depth)]
    return np.maximum(least, np.where(left, distance[:-1], -distance[:-1]))


@compiled
def _shorten(
    tail: Array,
    head: Array,
    value: Array,
    taken: Array,
    left: Array,
    more: Array,
    fewer: Array,
    following: Array,
    last: Array,
    distance: Array,
) -> None:
    """Bellman-Ford from everywhere; the flow is optimal, so there is no negative cycle.

    Whoever can take `more` earns `following` by it, whoever can have `fewer` loses `last`.
    """
    hub = len(left)
    changed = True
    while changed:
        changed = False
        for e in range(len(tail)):
            a, b = tail[e], head[e]
            if taken[e]:
                if distance[b] + value[e] < distance[a]:
                    distance[a] = distance[b] + value[e]
                    changed = True
            elif distance[a] - value[e] < distance[b]:
                distance[b] = distance[a] - value[e]
                changed = True
        for p in range(hub):
            out, back = (more[p], fewer[p]) if left[p] else (fewer[p], more[p])
            there, here = (-following[p], last[p]) if left[p] else (last[p], -following[p])
            if out and distance[hub] + there < distance[p]:
                distance[p] = distance[hub] + there
                changed = True
            if back and distance[p] + here < distance[hub]:
                distance[hub] = distance[p] + here
                changed = True


@compiled
def _two_sides(side_a: Array, side_b: Array, n: int) -> Array:
    """0 or 1 per participation, ends of a pair apart; all -2 when there is an odd circle."""
    colour = np.full(n, -1, np.int8)
    changed = True
    while changed:
        changed = False
        for e in range(len(side_a)):
            a, b = side_a[e], side_b[e]
            if colour[a] < 0 and colour[b] < 0:
                continue
            if colour[a] == colour[b]:
                return np.full(n, -2, np.int8)
            if colour[a] < 0:
                colour[a] = 1 - colour[b]
                changed = True
            elif colour[b] < 0:
                colour[b] = 1 - colour[a]
                changed = True
        if not changed:
            for e in range(len(side_a)):
                if colour[side_a[e]] < 0:
                    colour[side_a[e]] = 0
                    changed = True
                    break
    return colour
