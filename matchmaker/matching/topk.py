"""The best partners of every row, exactly, in blocks of bounded memory.

Blocks of all pairs come out of matrix products. Most pairs are then dropped by a bound that costs one
comparison: the harmonic mean of two fits is at most 2 / (2 + exp(-m)) for the smaller logit m. Only pairs
that could still enter one of the two lists are scored in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.logits import Form, block_logits, competition
from matchmaker.matching.mutual import harmonic, sigmoid
from matchmaker.matching.rules import Rules, exclusions, group_table

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
Progress = Callable[[float], None]

ROWS, COLUMNS = 1024, 1024
STRIP = 64
SAFETY = np.float32(1e-3)
"""Slack of the bound in logits, for rounding in single precision."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best partners so far, in arrays that are filled in place.

    fits      float64 (n, top), -1 where empty;  partners  int64 (n, top)
    floor     float64 (n), the fit that a row's last partner has, -1 while the list is not full
    """

    fits: Numbers
    partners: Rows
    floor: Numbers


def best_pairs(
    form: Form, rules: Rules, top: int | None, progress: Progress | None = None
) -> tuple[Rows, Rows]:
    """Pairs (a < b) that may meet and are among the best `top` of a or of b by mutual fit; None keeps all.

    Vetoes are not looked at here: a list that gave way to one would tell of it.
    """
    n = len(form.profiles)
    top = min(top or n, max(n - 1, 1))
    best = Best(np.full((n, top), -1.0), np.full((n, top), -1, dtype=np.int64), np.full(n, -1.0))
    blocks = list(_blocks(form, rules))
    for done, (rows, columns) in enumerate(blocks):
        _work_block(form, rules, best, rows, columns)
        if progress:
            progress(0.95 * (done + 1) / len(blocks))
    row, place = np.nonzero(best.fits >= 0)
    partner = best.partners[row, place]
    keys = np.unique(np.minimum(row, partner) * n + np.maximum(row, partner))
    return keys // max(n, 1), keys % max(n, 1)


def _blocks(form: Form, rules: Rules) -> Iterator[tuple[Rows, Rows]]:
    """Blocks of rows x columns of the groups that may meet; a group's own squares hold each pair twice."""
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
                last = column + COLUMNS if one == other else len(left)
                for row in range(0, min(last, len(left)), ROWS):
                    yield left[row : row + ROWS], members[other][column : column + COLUMNS]


def _work_block(form: Form, rules: Rules, best: Best, rows: Rows, columns: Rows) -> None:
    """Enter the pairs of a block into the lists of both sides."""
    forth, back = block_logits(form, rows, columns)
    lower = np.minimum(forth, back)
    if rows[0] == columns[0]:
        lower[np.tril_indices(len(rows), m=len(columns))] = -np.inf
    # lists that are not full yet are first given good partners, or the bound would let everything through
    seeds = _seeds(lower, best, rows, columns)
    if len(seeds[0]):
        _enter(form, rules, best, rows, columns, seeds, forth, back)
        lower[seeds] = -np.inf
    row_least, column_least = _least_logit(best.floor[rows]), _least_logit(best.floor[columns])
    found = []
    for start in range(0, len(rows), STRIP):
        strip = lower[start : start + STRIP]
        keep = strip >= np.minimum(row_least[start : start + STRIP, None], column_least)
        at, other = np.nonzero(keep)
        found.append((at + start, other))
    chosen = np.concatenate([at for at, _ in found]), np.concatenate([other for _, other in found])
    finite = lower[chosen] > -np.inf
    _enter(form, rules, best, rows, columns, (chosen[0][finite], chosen[1][finite]), forth, back)


def _least_logit(floor: Numbers) -> Floats:
    """The smaller logit that a pair must have so that the harmonic mean of its fits can reach `floor`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        least = -np.log(np.maximum(2 / floor - 2, 1e-30))
    return np.where(floor > 0, least - SAFETY, -np.inf).astype(np.float32)


def _seeds(lower: Floats, best: Best, rows: Rows, columns: Rows) -> tuple[Rows, Rows]:
    """Places in the block of promising partners for the rows and columns whose lists are not full."""
    count = 2 * best.fits.shape[1] + 8
    empty = np.zeros(0, dtype=np.int64)
    chosen: list[tuple[Rows, Rows]] = [(empty, empty)]
    if count < len(columns):
        open_rows = np.flatnonzero(best.floor[rows] < 0)
        picked = np.argpartition(lower[open_rows], -count, axis=1)[:, -count:]
        chosen.append((np.repeat(open_rows, count), picked.ravel()))
    if count < len(rows):
        open_columns = np.flatnonzero(best.floor[columns] < 0)
        picked = np.argpartition(lower[:, open_columns], -count, axis=0)[-count:]
        chosen.append((picked.ravel(), np.tile(open_columns, count)))
    keys = np.unique(np.concatenate([at * len(columns) + other for at, other in chosen]))
    at, other = keys // len(columns), keys % len(columns)
    finite = lower[at, other] > -np.inf
    return at[finite], other[finite]


def _enter(
    form: Form,
    rules: Rules,
    best: Best,
    rows: Rows,
    columns: Rows,
    places: tuple[Rows, Rows],
    forth: Floats,
    back: Floats,
) -> None:
    """Score pairs of a block in full and enter those that may meet into the lists of both."""
    a, b = rows[places[0]], columns[places[1]]
    x, y = forth[places].astype(np.float64), back[places].astype(np.float64)
    floor = np.minimum(best.floor[a], best.floor[b])
    keep = harmonic(sigmoid(x), sigmoid(y)) >= floor
    a, b, x, y = a[keep], b[keep], x[keep], y[keep]
    keep = exclusions(form.profiles, rules, a, b, with_veto=False) == 0
    a, b, x, y = a[keep], b[keep], x[keep], y[keep]
    penalty = form.weights.competitor * competition(form, a, b)
    _merge(best, a, b, harmonic(sigmoid(x - penalty), sigmoid(y - penalty)))


def _merge(best: Best, a: Rows, b: Rows, fit: Numbers) -> None:
    """Put pairs into the lists of both rows; of equal fits the smaller row number stays."""
    owner, partner, fits = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([fit, fit])
    keep = fits >= best.floor[owner]
    owner, partner, fits = owner[keep], partner[keep], fits[keep]
    if not len(owner):
        return
    top = best.fits.shape[1]
    owners, position = np.unique(owner, return_inverse=True)
    everyone = np.concatenate([np.repeat(np.arange(len(owners)), top), position])
    all_fits = np.concatenate([best.fits[owners].ravel(), fits])
    all_partners = np.concatenate([best.partners[owners].ravel(), partner])
    order = np.lexsort((all_partners, -all_fits, everyone))
    first = np.searchsorted(everyone[order], np.arange(len(owners)))
    chosen = order[first[:, None] + np.arange(top)]
    best.fits[owners], best.partners[owners] = all_fits[chosen], all_partners[chosen]
    best.floor[owners] = best.fits[owners, -1]
