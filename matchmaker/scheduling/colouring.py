"""A slot for each of some pairs, so that nobody is in two at once: a colouring of the edges of their graph.

Pairs that find no slot are helped by alternating (Kempe) chains between two slots. Slots that cost a pair
something are taken last.
"""

from __future__ import annotations

import numpy as np

from .jit import Array, compiled
from .model import Ints, Longs, Model, best_gains

MOST_LEVELS = 8
"""In so many steps pairs give way in what a slot costs them."""
ROUNDS = 30
"""So often those whom their slot costs something are placed once more."""


def place(model: Model, pairs: Longs, placed: Ints, at: Ints) -> None:
    """Find slots for these pairs: first the best of each, then such as cost them something, step by step.

    placed  per pair, its column or -1;  at  per participation and slot, the pair that is there or -1

    Then some rounds in which those that it cost something are lifted and placed once more, in another order.
    """
    best = best_gains(model)
    loss = best[model.pair] - model.gain
    good = np.bincount(model.pair[loss == 0], minlength=len(best))
    levels = np.unique(loss)
    levels = levels[np.unique(np.linspace(0, len(levels) - 1, MOST_LEVELS).astype(int))]
    _by_levels(model, pairs[np.argsort(good[pairs], kind="stable")], loss, levels, placed, at)
    unplaced = np.maximum(best[pairs], 0) + 1  # what no slot at all costs: more than the worth of the pair
    lost = np.where(placed[pairs] >= 0, loss[placed[pairs]], unplaced)
    random = np.random.default_rng(0)
    for _ in range(ROUNDS):
        if not lost.any():
            break
        lifted = random.permutation(pairs[lost > 0])
        before = placed.copy(), at.copy()
        for side in (model.side_a, model.side_b):
            there = lifted[placed[lifted] >= 0]
            at[side[there], model.slot[placed[there]]] = -1
        placed[lifted] = -1
        _by_levels(model, lifted, loss, levels, placed, at)
        now = np.where(placed[pairs] >= 0, loss[placed[pairs]], unplaced)
        if now.sum() > lost.sum():
            placed[:], at[:] = before
        else:
            lost = now


def _by_levels(model: Model, pairs: Longs, loss: Longs, levels: Longs, placed: Ints, at: Ints) -> None:
    waiting = pairs.astype(np.int32)
    for limit in levels:
        _colour(
            waiting, limit, model.start, model.slot, loss, model.side_a, model.side_b, model.must, placed, at
        )
        waiting = waiting[placed[waiting] < 0]


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
