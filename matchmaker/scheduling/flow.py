"""The fast path for virtual events: choose the pairs by a flow, then find each a slot.

Without scarce places, and with one delegate each, the limits alone decide which pairs are worth most: on a
two-sided round that is a minimum-cost flow, solved exactly, in which first meetings are arcs with their extra
values. Its potentials are prices that prove it. The slots are then a colouring of the chosen pairs, mended by
alternating (Kempe) chains between two slots. When every pair finds its best slot, the schedule is optimal;
where uncomfortable hours cost something, or a pair finds none, this is a good start for the other levels.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from .gradient import Prices, Reals, bound_of
from .jit import Array, compiled
from .model import Ints, Longs, Model

NEVER = np.int64(-(2**40))
"""Below every value: of a pair without a column."""
MOST_LEVELS = 8
"""In so many steps pairs give way in what a slot costs them."""
ROUNDS = 30
"""So often those whom their slot costs something are placed once more."""


def by_flow(model: Model, musts: Ints) -> tuple[Ints, Prices] | None:
    """Chosen columns, `musts` (feasible) among them, and the prices of the flow with these columns as shares.

    None when the round is not of this kind. The prices prove a bound for it in any case.
    """
    left = sides(model)
    if left is None or not _is_plain(model):
        return None
    limits, met = _limits(model), np.zeros(len(model.extra), np.int64)
    for side in (model.side_a, model.side_b):
        np.add.at(met, side[model.pair[musts]], 1)
    value = np.full(len(model.side_a), NEVER)
    np.maximum.at(value, model.pair, model.gain)
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
    placed = np.full(len(model.side_a), -1, np.int32)
    at = np.full((len(model.extra), int(model.slot.max()) + 1), -1, np.int32)
    for side in (model.side_a, model.side_b):
        at[side[model.pair[musts]], model.slot[musts]] = model.pair[musts]
    placed[model.pair[musts]] = musts
    _place(model, able[taken], placed, at)
    share = np.zeros(model.n)
    share[placed[placed >= 0]] = 1.0
    return placed[placed >= 0], Prices(row, credit, bound_of(model, row, credit), share)


def _place(model: Model, pairs: Longs, placed: Ints, at: Ints) -> None:
    """Find slots for these pairs: first the best of each, then such as cost them something, step by step.

    Then some rounds in which those that it cost something are lifted and placed once more, in another order.
    """
    best = np.full(len(model.side_a), NEVER)
    np.maximum.at(best, model.pair, model.gain)
    loss = best[model.pair] - model.gain
    good = np.bincount(model.pair[loss == 0], minlength=len(best))
    levels = np.unique(loss)
    levels = levels[np.unique(np.linspace(0, len(levels) - 1, MOST_LEVELS).astype(int))]
    _by_levels(model, pairs[np.argsort(good[pairs], kind="stable")], loss, levels, placed, at)
    random = np.random.default_rng(0)
    for _ in range(ROUNDS):
        lost = np.where(placed[pairs] >= 0, loss[placed[pairs]], best[pairs])
        if not lost.any():
            break
        lifted = random.permutation(pairs[lost > 0])
        before = placed.copy(), at.copy()
        for side in (model.side_a, model.side_b):
            there = lifted[placed[lifted] >= 0]
            at[side[there], model.slot[placed[there]]] = -1
        placed[lifted] = -1
        _by_levels(model, lifted, loss, levels, placed, at)
        if np.where(placed[pairs] >= 0, loss[placed[pairs]], best[pairs]).sum() > lost.sum():
            placed[:], at[:] = before


def _by_levels(model: Model, pairs: Longs, loss: Longs, levels: Longs, placed: Ints, at: Ints) -> None:
    waiting = pairs.astype(np.int32)
    for limit in levels:
        _colour(
            waiting, limit, model.start, model.slot, loss, model.side_a, model.side_b, model.must, placed, at
        )
        waiting = waiting[placed[waiting] < 0]


def sides(model: Model) -> Array | None:
    """Which participations are on the left when all pairs go from left to right; None if they cannot."""
    colour = _two_sides(model.side_a, model.side_b, len(model.extra))
    return None if colour[0] == -2 else colour == 0


def _is_plain(model: Model) -> bool:
    """Only limits and one delegate each."""
    people = {s.participation for s in model.seats}
    once = (model.pair[1:] != model.pair[:-1]) | (model.slot[1:] != model.slot[:-1])
    return bool(
        set(model.layers) <= {"limit a", "limit b", "seat a", "seat b"}
        and len(people) == len(model.seats)
        and all(len(c.delegates) == 1 for c in model.crews)
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


@compiled
def _colour(
    pairs: Array, limit: int, start: Array, slot: Array, loss: Array, side_a: Array, side_b: Array,
    fixed: Array, placed: Array, at: Array,
) -> None:  # fmt: skip
    """A slot for each of the pairs: the best that is free, or one freed along an alternating chain.

    Nobody is put where the loss is above the limit, and pairs that are fixed stay where they are.
    """
    chain = np.empty(len(start), np.int32)
    for k in range(len(pairs)):
        e = pairs[k]
        a, b = side_a[e], side_b[e]
        best = -1
        for c in range(start[e], start[e + 1]):
            if at[a, slot[c]] < 0 and at[b, slot[c]] < 0 and (best < 0 or loss[c] < loss[best]):
                best = c
        if best >= 0 and loss[best] <= limit:
            placed[e] = best
            at[a, slot[best]] = e
            at[b, slot[best]] = e
            continue
        for c in range(start[e], start[e + 1]):
            if loss[c] > limit:
                continue
            s = slot[c]
            for p, q in ((a, b), (b, a)):
                if at[p, s] >= 0 or placed[e] >= 0:
                    continue
                for t in range(at.shape[1]):  # p is free in s, q in t: chain from q through s, t, s, ...
                    if t == s or at[q, t] >= 0:
                        continue
                    if _swap(q, s, t, limit, start, slot, loss, side_a, side_b, fixed, placed, at, chain, p):
                        placed[e] = c
                        at[a, s] = e
                        at[b, s] = e
                        break
            if placed[e] >= 0:
                break
        if placed[e] < 0:
            for c in range(start[e], start[e + 1]):
                if (
                    loss[c] <= limit
                    and _clear(a, slot[c], limit, start, slot, loss, side_a, side_b, fixed, placed, at)
                    and _clear(b, slot[c], limit, start, slot, loss, side_a, side_b, fixed, placed, at)
                ):
                    placed[e] = c
                    at[a, slot[c]] = e
                    at[b, slot[c]] = e
                    break


@compiled
def _clear(
    p: int, s: int, limit: int, start: Array, slot: Array, loss: Array, side_a: Array, side_b: Array,
    fixed: Array, placed: Array, at: Array,
) -> bool:  # fmt: skip
    """Move what p has in slot s to a slot where both its sides are free, if there is one."""
    e = at[p, s]
    if e < 0:
        return True
    if fixed[e]:
        return False
    a, b = side_a[e], side_b[e]
    for c in range(start[e], start[e + 1]):
        t = slot[c]
        if loss[c] <= limit and at[a, t] < 0 and at[b, t] < 0:
            at[a, s] = at[b, s] = -1
            at[a, t] = at[b, t] = e
            placed[e] = c
            return True
    return False


@compiled
def _swap(
    q: int, s: int, t: int, limit: int, start: Array, slot: Array, loss: Array, side_a: Array, side_b: Array,
    fixed: Array, placed: Array, at: Array, chain: Array, keep: int,
) -> bool:  # fmt: skip
    """Exchange slots s and t along the chain from q, if all its pairs may; it must not reach `keep`."""
    length = 0
    now, other, p = s, t, q
    while at[p, now] >= 0:
        e = at[p, now]
        may = False
        for c in range(start[e], start[e + 1]):
            may = may or (slot[c] == other and loss[c] <= limit and not fixed[e])
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
