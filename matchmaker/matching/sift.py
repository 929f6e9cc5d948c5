"""Compiled: which pairs of a block enter the lists of their two rows.

Most pairs are dropped by a bound that costs a few comparisons while the products lie in the cache. A list's
last fit gives the least logit L that both directions would need if they were equal; where they differ, the
harmonic mean h of the fits satisfies exp(-x) + exp(-y) = 2 / h - 2, a convex set of logits x, y, and any
tangent to it bounds it: w * x + (1 - w) * y >= L - log 2 + entropy(w), here for w = 1/2, 1/4 and 0. The
competitor's part only lowers both logits. The products are rounded (panels.py), and bounds give way by their
doubt; what passes is scored in full from the rows themselves.

All compiled loops stand in this one file: the cache on disk looks for changes in a function's own file only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.bestlists import BestLists
from matchmaker.matching.jit import Array, compiled, inlined

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

SAFETY = 1e-3
"""Slack of the bound in logits, for rounding in single precision."""
ROUNDED = 1.2e-7
"""The share of a fit by which single precision may raise it."""
LOWEST = np.float32(-1e30)
"""Below every logit: the bound of a list that is not full."""
STRUCK = np.float32(-1e35)
"""Product of a pair that was looked at already: below every bound."""
LIKE = np.float32(math.log(2))
SKEWED = np.float32(math.log(2) - (2 * math.log(2) - 0.75 * math.log(3)))
"""What the tangents at w = 0 and w = 1/4 may stay below L."""
NOTHING = np.float32(0)
GROUP = 8
"""Pairs of which the best one is looked at first, when a list is still empty."""


class Facts(NamedTuple):
    """What scoring a pair in full reads of the two rows, besides their products.

    asking          weights of the columns of a piece, see `logits.Form`
    offers, needs   pieces of both sides (see `Pieces`), the first `dimension` columns of which are vectors
    aims, common    where a row's needs point, and its share in what meets another's need, see `logits.answer`
    met             sorted keys low * n + high of pairs that may not meet again
    mine, theirs, apart   see `products.Mixing`
    """

    asking: Floats
    offers: Floats
    offers_start: Rows
    offers_counts: Rows
    needs: Floats
    needs_start: Rows
    needs_counts: Rows
    aims: Floats
    common: float
    dimension: int
    fit_left: Floats
    fit_right: Floats
    organisations: Rows
    available: NDArray[np.uint64]
    common_slot: bool
    met: Rows
    least: float
    spread: float
    competitor: float
    share: float
    mine: float
    theirs: float
    apart: bool


@compiled
def fold(products: Array, rows: Array, height: int, columns: Array, width: int) -> None:
    """Take the largest product over the pieces of each profile, into the corner (height, width) of the table.

    rows, columns say whose piece each row and column is: first one piece of everybody, in order, then the
    further pieces of those that have several.
    """
    for piece in range(height, len(rows)):
        target, source = products[rows[piece]], products[piece]
        for column in range(len(columns)):
            target[column] = max(target[column], source[column])
    for row in range(height):
        line = products[row]
        for piece in range(width, len(columns)):
            line[columns[piece]] = max(line[columns[piece]], line[piece])


@compiled
def best_of_groups(
    mine: float, theirs: float, there: Array, back: Array, height: int, width: int
) -> tuple[Array, Array]:
    """The best bound of every `GROUP` neighbours: (rows, groups of columns) and (columns, groups of rows)."""
    line = np.empty(width, dtype=np.float32)
    mean, apart = np.float32((mine + theirs) / 2), np.float32(abs(mine - theirs) / 2)
    across = np.full((height, width // GROUP), STRUCK, dtype=np.float32)
    down = np.full((height // GROUP, width), STRUCK, dtype=np.float32)
    for row in range(height):
        first, second = there[row], back[row]
        for column in range(width):
            line[column] = bound_of(mean, apart, first[column], second[column])
        if row // GROUP < len(down):
            target = down[row // GROUP]
            for column in range(width):
                target[column] = max(target[column], line[column])
        for group in range(across.shape[1]):
            best = line[group * GROUP]
            for column in range(group * GROUP + 1, group * GROUP + GROUP):
                if line[column] > best:
                    best = line[column]
            across[row, group] = best
    return across, down.T.copy()


@compiled
def walk(
    facts: Facts,
    lists: BestLists,
    there: Array,
    back: Array,
    a: Array,
    b: Array,
    shift: int,
    row_least: Array,
    column_least: Array,
    doubt: float,
) -> None:
    """Score the pairs whose bound reaches what their row or their column asks for, and strike them out.

    there, back  the two products with the fits in them (see `products.Mixing`); `there` is written to
    shift        only pairs with place in a + shift < place in b count
    doubt        by how much a logit made of the products may be off; the bounds gave way to it
    """
    columns, mine, theirs = len(b), facts.mine, facts.theirs
    mean, apart = np.float32((mine + theirs) / 2), np.float32(abs(mine - theirs) / 2)
    passing = np.zeros(columns + 16 - columns % 8, dtype=np.uint8)
    words = passing.view(np.uint64)  # eight bytes are looked at together
    found = np.empty(columns, dtype=np.int64)
    for row in range(len(a)):
        first, second, least = there[row], back[row], row_least[row]
        for column in range(columns):
            asked = min(least, column_least[column])
            passing[column] = bound_of(mean, apart, first[column], second[column]) >= asked
        begin, count = max(0, row + shift + 1), 0
        for word in range(begin // 8, (columns + 7) // 8):
            if words[word] == 0:
                continue
            for column in range(max(begin, word * 8), min(columns, word * 8 + 8)):
                if passing[column]:
                    found[count] = column
                    count += 1
        if count:
            enter_row(facts, lists, a[row], b, first, second, found[:count], column_least, doubt)


@compiled
def bound_of(mean: np.float32, apart: np.float32, first: np.float32, second: np.float32) -> np.float32:
    """The logit that both directions of a pair would need, were they equal, for at least its mutual fit.

    With m the mean of both logits and d half their difference, the tangents are m, m - d / 2 and m - d;
    mean, apart  what m is of the sum of both products, and d of their difference
    """
    half = apart * abs(first - second)
    below = max(np.float32(0.5) * half - SKEWED, half - LIKE)
    return mean * (first + second) - max(below, NOTHING)


@compiled
def least_of(fits: Array, worst: Array, rows: Array, doubt: float) -> Array:
    """The bounds that pairs must reach for a place in the lists of these rows, as far as products tell."""
    found = np.empty(len(rows), dtype=np.float32)
    for at in range(len(rows)):
        found[at] = least_bound(fits[rows[at], worst[rows[at]]]) - np.float32(doubt)
    return found


@inlined
def least_bound(floor: float) -> np.float32:
    """The bound that a pair must reach for a fit of at least `floor`."""
    if floor <= 0:
        return LOWEST
    held = floor * (1 - ROUNDED)  # what is rounded to the floor ties with it
    return np.float32(math.log(held) - math.log1p(-held) - SAFETY)


@compiled
def enter_row(
    facts: Facts,
    lists: BestLists,
    a: int,
    b: Array,
    there: Array,
    back: Array,
    found: Array,
    least: Array,
    doubt: float,
) -> None:
    """Score the pairs of row a with the found columns in full, enter them, and raise what columns ask for.

    The pairs are struck out of `there`. Everything is taken out of the tuples first, and calls get few
    arrays: each one costs its count of references.
    """
    fits, partners, mine, theirs, worst = lists
    organisations, available, met = facts.organisations, facts.available, facts.met
    offers, starts, counts, dimension = facts.offers, facts.offers_start, facts.offers_counts, facts.dimension
    begin, end, own_organisation = starts[a], starts[a] + counts[a], organisations[a]
    keep, give, apart, limited = facts.mine, facts.theirs, facts.apart, facts.common_slot
    least_rivalry, competitor, share, common = facts.least, facts.competitor, facts.share, facts.common
    needs, needs_start, needs_counts, aims = facts.needs, facts.needs_start, facts.needs_counts, facts.aims
    fit_left, fit_right = facts.fit_left, facts.fit_right
    size, width = fit_left.shape[1], len(facts.asking)
    wanted, brought = weighted(facts, a)
    for column in found:
        other = b[column]
        forth = keep * there[column] + give * back[column] + doubt
        reverse = keep * back[column] + give * there[column] + doubt
        there[column] = STRUCK
        floor = min(fits[a, worst[a]], fits[other, worst[other]])
        if (apart and mutual_fit(forth, reverse) < floor) or organisations[other] == own_organisation:
            continue
        if limited and not share_a_slot(available, a, other):
            continue
        if len(met) and is_among(met, min(a, other) * len(fits) + max(a, other)):
            continue
        start, last = starts[other], starts[other] + counts[other]
        asked = asked_of(wanted, offers, start, last, aims, other, common)
        start, last = needs_start[other], needs_start[other] + needs_counts[other]
        answered = nearest(needs, start, last, brought, 0, len(brought), width)
        forth = asked + share * answered + nearest(fit_left, a, a + 1, fit_right, other, other + 1, size)
        reverse = answered + share * asked + nearest(fit_left, other, other + 1, fit_right, a, a + 1, size)
        fit = mutual_fit(forth, reverse)
        if fit < floor:
            continue
        same = nearest(offers, begin, end, offers, starts[other], starts[other] + counts[other], dimension)
        if same > least_rivalry:
            against = competitor * rivalry(facts, a, other, same)
            forth, reverse = forth - against, reverse - against
            fit = mutual_fit(forth, reverse)
        place = enter(fits, partners, worst, a, other, fit)
        if place >= 0:
            mine[a, place], theirs[a, place] = forth, reverse
        place = enter(fits, partners, worst, other, a, fit)
        if place >= 0:
            mine[other, place], theirs[other, place] = reverse, forth
            bound = least_bound(fits[other, worst[other]]) - np.float32(doubt)
            least[column] = max(least[column], bound)


@compiled
def weighted(facts: Facts, a: int) -> tuple[Array, Array]:
    """What row a needs and what it brings to the needs of others, piece by piece, in weights of columns."""
    needs = facts.needs[facts.needs_start[a] : facts.needs_start[a] + facts.needs_counts[a]]
    offers = facts.offers[facts.offers_start[a] : facts.offers_start[a] + facts.offers_counts[a]]
    return needs * facts.asking, (offers + np.float32(facts.common) * facts.aims[a]) * facts.asking


@inlined
def asked_of(wanted: Array, offers: Array, begin: int, end: int, aims: Array, b: int, common: float) -> float:
    """How well what row b brings meets these needs, over the best pair of pieces; see `logits.answer`."""
    best, share = -np.inf, np.float32(common)
    for need in range(len(wanted)):
        for offer in range(begin, end):
            total = np.float32(0)
            for column in range(wanted.shape[1]):
                total += wanted[need, column] * (offers[offer, column] + share * aims[b, column])
            best = max(best, float(total))
    return best


@inlined
def mutual_fit(forth: float, back: float) -> np.float32:
    """Harmonic mean of the fits of two logits."""
    return np.float32(2 / (2 + math.exp(-forth) + math.exp(-back)))


@compiled
def share_a_slot(available: Array, a: int, b: int) -> bool:
    """Whether two rows have a bit in common."""
    for word in range(available.shape[1]):  # noqa: SIM110 - a generator cannot be compiled
        if available[a, word] & available[b, word]:
            return True
    return False


@compiled
def is_among(keys: Array, key: int) -> bool:
    """Whether a sorted array has the key."""
    at = np.searchsorted(keys, key)
    return bool(at < len(keys) and keys[at] == key)


@compiled
def rivalry(facts: Facts, a: int, b: int, same: float) -> float:
    """How much more b's offers resemble a's than they meet a need of either; see `logits.competition`."""
    offers, needs, size = facts.offers, facts.needs, facts.dimension
    met = facts.least
    for one, other in ((a, b), (b, a)):
        start, end = facts.needs_start[one], facts.needs_start[one] + facts.needs_counts[one]
        begin, last = facts.offers_start[other], facts.offers_start[other] + facts.offers_counts[other]
        met = max(met, nearest(needs, start, end, offers, begin, last, size))
    return min(max((same - met) / (2 * facts.spread), 0.0), 1.0)


@inlined
def nearest(
    one: Array, begin: int, end: int, other: Array, other_begin: int, other_end: int, dimension: int
) -> float:
    """The largest product of some rows of one table with some of another, over their first columns."""
    best = -np.inf
    for mine in range(begin, end):
        for theirs in range(other_begin, other_end):
            total = np.float32(0)
            for column in range(dimension):
                total += one[mine, column] * other[theirs, column]
            best = max(best, float(total))
    return best


@inlined
def enter(fits: Array, partners: Array, worst: Array, owner: int, partner: int, fit: float) -> int:
    """Put a pair into a list in the place of its last; gives the place, or -1 when it is no better."""
    place = worst[owner]
    if fit < fits[owner, place] or (fit == fits[owner, place] and partner > partners[owner, place]):
        return -1
    fits[owner, place], partners[owner, place] = fit, partner
    last = place
    for at in range(fits.shape[1]):
        held = fits[owner, at]
        if held < fits[owner, last] or (
            held == fits[owner, last] and partners[owner, at] > partners[owner, last]
        ):
            last = at
    worst[owner] = last
    return int(place)
