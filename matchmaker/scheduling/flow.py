"""The fast path for virtual events: choose the pairs by a flow, then find each a slot.

Without scarce places, and with one delegate each, the limits alone decide which pairs are worth most: on a
two-sided round that is a minimum-cost flow, solved exactly, and its potentials are prices that prove it. The
slots are then a colouring of the chosen pairs, mended by alternating (Kempe) chains between two slots. When
every pair finds its slot, the schedule is optimal; when not, this is a good start for the other levels.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from .gradient import Prices, Reals, bound_of
from .jit import Array, compiled
from .model import Ints, Longs, Model


def by_flow(model: Model) -> tuple[Ints, Prices] | None:
    """Chosen columns and the prices of the flow; None when the round is not of this kind."""
    left = sides(model)
    if left is None or not _is_plain(model):
        return None
    limits = _limits(model)
    value = np.zeros(len(model.side_a), np.int64)
    np.maximum.at(value, model.pair, model.gain)
    able = np.nonzero(value > 0)[0]
    flip = ~left[model.side_a[able]]
    tail = np.where(flip, model.side_b[able], model.side_a[able])
    head = np.where(flip, model.side_a[able], model.side_b[able])
    taken = _cheapest(tail, head, value[able], left, limits)
    if taken is None:
        return None
    price = _potentials(tail.astype(np.int32), head.astype(np.int32), value[able], taken, left, limits)
    row = _on_rows(model, price)
    credit = np.zeros(len(model.extra))
    placed = np.full(len(model.side_a), -1, np.int32)
    at = np.full((len(model.extra), int(model.slot.max()) + 1), -1, np.int32)
    _colour(able[taken].astype(np.int32), model.start, model.slot, model.side_a, model.side_b, placed, at)
    return placed[placed >= 0], Prices(row, credit, bound_of(model, row, credit), np.zeros(model.n))


def sides(model: Model) -> Array | None:
    """Which participations are on the left when all pairs go from left to right; None if they cannot."""
    colour = _two_sides(model.side_a, model.side_b, len(model.extra))
    return None if colour[0] == -2 else colour == 0


def _is_plain(model: Model) -> bool:
    """Only limits and one delegate each, values the same in every slot, nothing that must be."""
    people = {s.participation for s in model.seats}
    first = model.gain[model.start[:-1][np.diff(model.start) > 0]]
    same = np.repeat(first, np.diff(model.start)[np.diff(model.start) > 0])
    once = (model.pair[1:] != model.pair[:-1]) | (model.slot[1:] != model.slot[:-1])
    return bool(
        set(model.layers) <= {"limit a", "limit b", "seat a", "seat b"}
        and len(people) == len(model.seats)
        and all(len(c.delegates) == 1 for c in model.crews)
        and not model.must.any()
        and not model.extra.any()
        and (same == model.gain).all()
        and once.all()
        and all(len(span) == 1 for kind in model.kinds if kind.name == "seat" for span in kind.spans)
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


def _cheapest(tail: Longs, head: Longs, value: Longs, left: Array, limits: Longs) -> Array | None:
    """Which pairs the flow of most value takes."""
    flow = min_cost_flow.SimpleMinCostFlow()
    n = len(limits)
    source, sink = n, n + 1
    pairs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, np.ones(len(tail), np.int64), -value)
    people = np.arange(n)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.where(left, source, people), np.where(left, people, sink), limits, np.zeros(n, np.int64)
    )
    supply = int(limits[left].sum())
    flow.add_arcs_with_capacity_and_unit_cost([source], [sink], [supply], [0])
    flow.set_node_supply(source, supply)
    flow.set_node_supply(sink, -supply)
    if flow.solve() != flow.OPTIMAL:
        return None
    return np.asarray(flow.flows(pairs)) > 0


def _potentials(tail: Ints, head: Ints, value: Longs, taken: Array, left: Array, limits: Longs) -> Longs:
    """The price of each participation's limit, from shortest paths in what the flow leaves."""
    met = np.bincount(tail[taken], minlength=len(limits)) + np.bincount(head[taken], minlength=len(limits))
    distance = np.zeros(len(limits) + 1, np.int64)  # the last is source and sink, joined by the unused supply
    _shorten(tail, head, value, taken, left, met, limits, distance)
    distance -= distance[-1]
    return np.maximum(0, np.where(left, distance[:-1], -distance[:-1]))


@compiled
def _shorten(
    tail: Array,
    head: Array,
    value: Array,
    taken: Array,
    left: Array,
    met: Array,
    limits: Array,
    distance: Array,
) -> None:
    """Bellman-Ford from everywhere; the flow is optimal, so there is no negative cycle."""
    hub = len(limits)
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
            out = met[p] < limits[p]  # can take more
            back = met[p] > 0  # could give one up
            if not left[p]:
                out, back = back, out
            if out and distance[hub] < distance[p]:
                distance[p] = distance[hub]
                changed = True
            if back and distance[p] < distance[hub]:
                distance[hub] = distance[p]
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


@compiled
def _colour(
    pairs: Array, start: Array, slot: Array, side_a: Array, side_b: Array, placed: Array, at: Array
) -> None:
    """A slot for each of the pairs: a free one, or one freed along an alternating chain."""
    chain = np.empty(len(start), np.int32)
    for k in range(len(pairs)):
        e = pairs[k]
        a, b = side_a[e], side_b[e]
        for c in range(start[e], start[e + 1]):
            if at[a, slot[c]] < 0 and at[b, slot[c]] < 0:
                placed[e] = c
                at[a, slot[c]] = e
                at[b, slot[c]] = e
                break
        if placed[e] >= 0:
            continue
        for c in range(start[e], start[e + 1]):
            s = slot[c]
            for p, q in ((a, b), (b, a)):
                if at[p, s] >= 0 or placed[e] >= 0:
                    continue
                for t in range(at.shape[1]):  # p is free in s, q in t: chain from q through s, t, s, ...
                    if t == s or at[q, t] >= 0:
                        continue
                    if _swap(q, s, t, start, slot, side_a, side_b, placed, at, chain, p):
                        placed[e] = c
                        at[a, s] = e
                        at[b, s] = e
                        break
            if placed[e] >= 0:
                break
        if placed[e] < 0:
            for c in range(start[e], start[e + 1]):
                if _clear(a, slot[c], start, slot, side_a, side_b, placed, at) and _clear(
                    b, slot[c], start, slot, side_a, side_b, placed, at
                ):
                    placed[e] = c
                    at[a, slot[c]] = e
                    at[b, slot[c]] = e
                    break


@compiled
def _clear(
    p: int, s: int, start: Array, slot: Array, side_a: Array, side_b: Array, placed: Array, at: Array
) -> bool:
    """Move what p has in slot s to a slot where both its sides are free, if there is one."""
    e = at[p, s]
    if e < 0:
        return True
    a, b = side_a[e], side_b[e]
    for c in range(start[e], start[e + 1]):
        t = slot[c]
        if at[a, t] < 0 and at[b, t] < 0:
            at[a, s] = at[b, s] = -1
            at[a, t] = at[b, t] = e
            placed[e] = c
            return True
    return False


@compiled
def _swap(
    q: int, s: int, t: int, start: Array, slot: Array, side_a: Array, side_b: Array, placed: Array, at: Array,
    chain: Array, keep: int,
) -> bool:  # fmt: skip
    """Exchange slots s and t along the chain from q, if all its pairs may; it must not reach `keep`."""
    length = 0
    now, other, p = s, t, q
    while at[p, now] >= 0:
        e = at[p, now]
        may = False
        for c in range(start[e], start[e + 1]):
            may = may or slot[c] == other
        if not may:
            return False
        chain[length] = e
        length += 1
        p = side_b[e] if side_a[e] == p else side_a[e]
        if p == keep or length >= len(chain):
            return False
        now, other = other, now
    for k in range(length):
        e = chain[k]
        at[side_a[e], slot[placed[e]]] = -1
        at[side_b[e], slot[placed[e]]] = -1
    for k in range(length):
        e = chain[k]
        goal = t if slot[placed[e]] == s else s
        for c in range(start[e], start[e + 1]):
            if slot[c] == goal:
                placed[e] = c
        at[side_a[e], goal] = e
        at[side_b[e], goal] = e
    return True
