"""The loops of the first-order method, compiled: reduced values, and one step of each side.

Each works on a range, so that several threads can share one step. See gradient.py for the method.
"""

from __future__ import annotations

import numpy as np

from .jit import Array, compiled


@compiled
def reduced_values(
    rows: Array,
    pair: Array,
    gain: Array,
    side_a: Array,
    side_b: Array,
    row: Array,
    credit: Array,
    out: Array,
    low: int,
    high: int,
) -> None:
    """What each of the columns low..high is worth after paying for its rows, into `out`."""
    for c in range(low, high):
        e = pair[c]
        worth = gain[c] + credit[side_a[e]] + credit[side_b[e]]
        for k in range(rows.shape[1]):
            worth -= row[rows[c, k]]
        out[c] = worth


@compiled
def pair_part(start: Array, worth: Array, must: Array, low: int, high: int) -> float:
    """What the pairs low..high add to the bound: each one's best column; at least 0 unless it must meet."""
    total = 0.0
    for e in range(low, high):
        if start[e] == start[e + 1]:
            continue
        best = worth[start[e]]
        for c in range(start[e] + 1, start[e + 1]):
            best = max(best, worth[c])
        if best > 0.0 or must[e]:
            total += best
    return total


@compiled
def by_row(rows: Array, n_rows: int) -> tuple[Array, Array]:
    """The columns of each row: row r has members[first[r]:first[r + 1]]."""
    first = np.zeros(n_rows + 1, np.int64)
    for c in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            if rows[c, k] >= 0:
                first[rows[c, k] + 1] += 1
    for r in range(n_rows):
        first[r + 1] += first[r]
    members = np.empty(first[n_rows], np.int32)
    at = first[:-1].copy()
    for c in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            r = rows[c, k]
            if r >= 0:
                members[at[r]] = c
                at[r] += 1
    return first, members


@compiled
def primal_step(
    start: Array,
    rows: Array,
    gain: Array,
    side_a: Array,
    side_b: Array,
    must: Array,
    row: Array,
    credit: Array,
    x: Array,
    anchor: Array,
    image: Array,
    turned: Array,
    step: float,
    pull: float,
    low: int,
    high: int,
    out: Array,
) -> None:
    """One primal step for the pairs low..high: image = projection, turned = 2 image - x, x moved.

    out gets the best reduced value summed (the bound's part), the squared move and the squared drift.
    """
    bound = 0.0
    moved = 0.0
    for e in range(low, high):
        first, last = start[e], start[e + 1]
        if first == last:
            continue
        support = credit[side_a[e]] + credit[side_b[e]]
        best = -1e300
        total = 0.0
        for c in range(first, last):
            worth = gain[c] + support
            for k in range(rows.shape[1]):
                worth -= row[rows[c, k]]
            best = max(best, worth)
            value = x[c] + step * worth
            image[c] = value
            if value > 0.0:
                total += value
        if best > 0.0 or must[e]:
            bound += best
        threshold = 0.0
        if total > 1.0 or must[e]:
            # Michelot: drop what falls below the threshold until the rest sums to one
            alive = 0
            total = 0.0
            for c in range(first, last):
                total += image[c]
                alive += 1
            while True:
                threshold = (total - 1.0) / alive
                now = 0
                rest = 0.0
                for c in range(first, last):
                    if image[c] > threshold:
                        now += 1
                        rest += image[c]
                if now >= alive or now == 0:
                    break
                alive, total = now, rest
        for c in range(first, last):
            value = image[c] - threshold
            if value < 0.0:
                value = 0.0
            image[c] = value
            move = value - x[c]
            moved += move * move
            turned[c] = value + move
            x[c] = pull * (value + move) + (1.0 - pull) * anchor[c]
    out[0] = bound
    out[1] = moved


@compiled
def dual_step(
    first: Array,
    members: Array,
    room: Array,
    turned: Array,
    y: Array,
    anchor: Array,
    image: Array,
    weight: Array,
    step: float,
    pull: float,
    low: int,
    high: int,
    out: Array,
) -> None:
    """One dual step for the rows low..high, with step / (its number of columns)."""
    moved = 0.0
    for r in range(low, high):
        load = 0.0
        for k in range(first[r], first[r + 1]):
            load += turned[members[k]]
        value = y[r] + step * weight[r] * (load - room[r])
        if value < 0.0:
            value = 0.0
        image[r] = value
        move = value - y[r]
        moved += move * move / weight[r]
        y[r] = pull * (value + move) + (1.0 - pull) * anchor[r]
    out[0] = moved
