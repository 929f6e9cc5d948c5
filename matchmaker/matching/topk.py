"""The best partners of every row, exactly, in blocks of bounded memory.

Blocks of all pairs come out of matrix products. Most pairs are then dropped by a bound that costs one
comparison: the harmonic mean of two fits is at most the fit of the mean of their logits (the arithmetic
mean of exp(-logit) is at least the geometric one). Only pairs that could still enter a list are scored in
full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.bestlists import BestLists, empty_lists, enter
from matchmaker.matching.logits import (
    Form,
    Prepared,
    Workspace,
    add_pair_fits,
    asks,
    competition,
    prepare,
    sums,
    workspace,
)
from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.rules import Rules, exclusions, group_table

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
Progress = Callable[[float], None]

ROWS, COLUMNS = 2048, 4096
STRIP = 32
SEEDS = 2048
SAFETY = np.float32(1e-3)
"""Slack of the bound in logits, for rounding in single precision."""
STRUCK = np.float32(-1e30)
"""Product of a pair that is struck out; not infinite, as zero times it must not be undefined."""
LOWEST = np.float32(-1e20)
"""Below every logit, above those of pairs that are struck out."""


def best_pairs(
    form: Form, rules: Rules, top: int | None, progress: Progress | None = None
) -> tuple[Rows, Rows, Numbers, Numbers]:
    """Pairs (a < b) that may meet and are among the best `top` of a or of b by mutual fit; None keeps all.

    Gives a, b and the logits of "a wants b" and "b wants a". Of equal fits at the end of a list any may stay.
    Vetoes are not looked at here: a list that gave way to one would tell of it.
    """
    n = len(form.profiles)
    lists = empty_lists(n, min(top or n, max(n - 1, 1)))
    blocks = list(_blocks(form, rules))
    right: Prepared | None = None
    room = workspace(min(ROWS, n), min(COLUMNS, n), STRIP)
    for done, (rows, columns, shift) in enumerate(blocks):
        if right is None or right.rows is not columns:
            right = prepare(form, columns)
        block = _Block(form, rules, lists, rows, right)
        _work_block(block, prepare(form, rows), shift, room)
        if progress:
            progress(0.95 * (done + 1) / len(blocks))
    row, place = np.nonzero(lists.fits >= 0)
    partner = lists.partners[row, place].astype(np.int64)
    keys, once = np.unique(np.minimum(row, partner) * n + np.maximum(row, partner), return_index=True)
    mine, theirs = lists.mine[row, place][once], lists.theirs[row, place][once]
    lower = (row < partner)[once]
    a, b = keys // max(n, 1), keys % max(n, 1)
    forth, back = np.where(lower, mine, theirs), np.where(lower, theirs, mine)
    return a, b, forth.astype(np.float64), back.astype(np.float64)


def _blocks(form: Form, rules: Rules) -> Iterator[tuple[Rows, Rows, int | None]]:
    """Blocks of rows x columns of the groups that may meet; for the third number see `_work_block`."""
    profiles = form.profiles
    allowed = group_table(profiles, rules)
    # rows with equally many pieces stand together, as a block works on as many as its longest row has
    pieces = profiles.offers.counts + profiles.needs.counts
    members = [
        np.flatnonzero((profiles.group == number) & ~profiles.opted_out) for number in range(len(allowed))
    ]
    members = [rows[np.argsort(pieces[rows], kind="stable")] for rows in members]
    for one, left in enumerate(members):
        for other in range(one, len(members)):
            if not allowed[one, other]:
                continue
            for column in range(0, len(members[other]), COLUMNS):
                columns = members[other][column : column + COLUMNS]
                last = column + COLUMNS if one == other else len(left)
                for row in range(0, min(last, len(left)), ROWS):
                    yield left[row : row + ROWS], columns, row - column if one == other else None


@dataclass(frozen=True, slots=True)
class _Block:
    """What stays the same while the pairs of one block are entered."""

    form: Form
    rules: Rules
    lists: BestLists
    rows: Rows
    columns: Prepared


def _work_block(block: _Block, left: Prepared, shift: int | None, room: Workspace) -> None:
    """Enter the pairs of a block into the lists of both sides.

    `shift` is given in a group's own squares, which hold each pair twice and everybody with themselves: then
    only pairs with row + shift < column count. Work on the products goes strip by strip, in the cache.
    """
    there, back = asks(left, block.columns, room)
    if shift is not None:
        twice = np.arange(there.shape[0])[:, None] + shift >= np.arange(there.shape[1])
        there[twice] = back[twice] = STRUCK
    _seed(block, there, back)
    lists, doubled = block.lists, np.float32(2 / (1 + block.form.weights.offer))
    rows_least = doubled * _least_mean(lists.floor[block.rows])
    columns_least = doubled * _least_mean(lists.floor[block.columns.rows])
    found = []
    for start in range(0, len(block.rows), STRIP):
        part = slice(start, start + STRIP)
        total = sums(there[part], back[part], left, part, block.columns, room)
        least = room.strips[1, : total.shape[0], : total.shape[1]]
        np.minimum(rows_least[part, None], columns_least, out=least)
        found.append(np.flatnonzero((total >= least).ravel()) + start * there.shape[1])
    at, other = np.divmod(np.concatenate(found), there.shape[1])
    _enter(block, at, other, there[at, other], back[at, other])


def _least_mean(floor: Floats) -> Floats:
    """The mean of both logits that a pair needs so that the harmonic mean of its fits can reach `floor`."""
    held = np.clip(floor.astype(np.float64), 1e-30, 1 - 1e-9)
    least = np.log(held) - np.log1p(-held)
    return np.where(floor > 0, least - SAFETY, LOWEST).astype(np.float32)


def _seed(block: _Block, there: Floats, back: Floats) -> None:
    """Give the lists that are not full yet some good partners, or the bound would let everything through.

    The seeded pairs are then struck out of the products, so that no pair is entered twice.
    """
    lists, count = block.lists, block.lists.fits.shape[1] + 8
    open_rows = np.flatnonzero(lists.floor[block.rows] < 0)
    open_columns = np.flatnonzero(lists.floor[block.columns.rows] < 0)
    width, height = min(SEEDS, there.shape[1]), min(SEEDS, there.shape[0])
    size = there.shape[1]
    keys = [np.zeros(0, dtype=np.int64)]
    if count < width:
        for part in _strips(open_rows):
            best = np.argpartition(_lower(there[part, :width], back[part, :width]), -count, axis=1)
            keys.append((part[:, None] * size + best[:, -count:]).ravel())
    if count < height:
        for part in _strips(open_columns):
            best = np.argpartition(_lower(there[:height, part], back[:height, part]), -count, axis=0)
            keys.append((best[-count:] * size + part).ravel())
    chosen = np.unique(np.concatenate(keys))
    at, other = chosen // size, chosen % size
    products = there[at, other], back[at, other]
    counts = products[0] > LOWEST
    at, other, products = at[counts], other[counts], (products[0][counts], products[1][counts])
    _enter(block, at, other, *products)
    there[at, other] = back[at, other] = STRUCK


def _lower(there: Floats, back: Floats) -> Floats:
    """The smaller product: enough to find promising pairs, which are then scored in full."""
    return np.asarray(np.minimum(there, back), dtype=np.float32)


def _strips(places: Rows) -> list[Rows]:
    return [places[start : start + 256] for start in range(0, len(places), 256)]


def _enter(block: _Block, at: Rows, other: Rows, there: Floats, back: Floats) -> None:
    """Score pairs of a block in full and enter those that may meet into the lists of both."""
    lists, form = block.lists, block.form
    a, b = block.rows[at], block.columns.rows[other]
    forth, back = add_pair_fits(form, there, back, a, b)
    possible = harmonic(sigmoid(forth), sigmoid(back)) >= np.minimum(lists.floor[a], lists.floor[b])
    possible[possible] = (
        exclusions(form.profiles, block.rules, a[possible], b[possible], with_veto=False) == 0
    )
    a, b, at, other = a[possible], b[possible], at[possible], other[possible]
    forth, back = forth[possible], back[possible]
    penalty = (form.weights.competitor * competition(form, a, b)).astype(np.float32)
    forth, back = forth - penalty, back - penalty
    fit = harmonic(sigmoid(forth), sigmoid(back)).astype(np.float32)
    enter(lists, block.rows, at, b, fit, forth, back)
    enter(lists, block.columns.rows, other, a, fit, back, forth)
