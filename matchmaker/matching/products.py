"""Tables whose matrix products are the asking parts of all pairs of some rows with some others, nearly."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.logits import Form, quiet
from matchmaker.matching.profiles import Pieces

if TYPE_CHECKING:
    from matchmaker.matching.panels import Panels

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stack:
    """All pieces of one side of some profiles: one of everybody, in order, then what some have besides.

    owners  (pieces), the profile's place of each
    """

    panels: Panels
    owners: Rows


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some rows ready for products with others: what they ask, and what they answer to the others' needs."""

    rows: Rows
    needs: Stack
    answers: Stack


@dataclass(frozen=True, slots=True)
class PairFits:
    """What the fits add to both products, as tables over all n rows, so that they cost no pass of their own.

    left[a] @ right[b] = own * fits(a, b) + other * fits(b, a) goes with what a asks of b, and the same turned
    round, turned[a] @ right[b], with what b asks of a: both logits are then sums of the two products.
    """

    left: Floats
    turned: Floats
    right: Floats


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the products with the fits in them make the logits: forth = mine * there + theirs * back.

    own, other  see `PairFits`
    apart       False where share is so near to 1 that both logits cannot come from two products: then both
                are their mean, which is enough to sort pairs out
    """

    own: float
    other: float
    mine: float
    theirs: float
    apart: bool


NEAR = 0.02
"""How near to 1 the share may be before rounding in single precision counts."""
NOTHING = 1e-8
"""Squares of fits in a direction, summed over all rows, that count as rounding."""


def mixing(share: float) -> Mixing:
    """Solve forth = there + share * back + fits(a, b), and the same turned round, for the two products."""
    if abs(1 - share) < NEAR:
        half = 0.5 / (1 + share)
        return Mixing(half, half, (1 + share) / 2, (1 + share) / 2, False)
    own = 1 / (1 - share**2)
    return Mixing(own, -share * own, 1.0, share, True)


@quiet
def pair_fits(form: Form, left: Rows, right: Rows) -> PairFits:
    """The fits between rows of two groups, in as few columns as the right ones span."""
    mixed = mixing(form.weights.offer)
    asking, asked = np.hstack([form.fit_left, form.fit_right]), np.hstack([form.fit_right, form.fit_left])
    factors = np.repeat(np.array([mixed.own, mixed.other], dtype=np.float32), form.fit_left.shape[1])
    turned = np.roll(factors, form.fit_left.shape[1])
    used = asking[left].any(axis=0) & asked[right].any(axis=0)
    given = asked[right][:, used].astype(np.float64)
    strength, directions = np.linalg.eigh(given.T @ given)
    basis = directions[:, strength > NOTHING].astype(np.float32)
    tables = (asking * factors, asking * turned, asked)
    return PairFits(*(np.asarray(table[:, used] @ basis, dtype=np.float32) for table in tables))


def prepare_left(form: Form, rows: Rows, fits: PairFits) -> Prepared:
    """Gather the pieces of the rows of a block."""
    size = compiled_products().TALL
    return Prepared(rows, _needs(form, rows, fits.left, size), _answers(form, rows, fits.turned, size))


def prepare_right(form: Form, rows: Rows, fits: PairFits) -> Prepared:
    """Gather the pieces of its columns."""
    size = compiled_products().WIDE
    return Prepared(rows, _needs(form, rows, fits.right, size), _answers(form, rows, fits.right, size))


def doubt_of(mixed: Mixing, left: Prepared, right: Prepared) -> float:
    """By how much a logit made of the products of two stacks may be off."""
    doubt = compiled_products().doubt
    there, back = (
        doubt(left.needs.panels, right.answers.panels),
        doubt(left.answers.panels, right.needs.panels),
    )
    mine, theirs = abs(mixed.mine), abs(mixed.theirs)
    return float(max(mine * there + theirs * back, mine * back + theirs * there))


def compiled_products() -> ModuleType:
    """The compiled products, imported late."""
    from matchmaker.matching import panels  # the web application must not load numba

    return panels


def _needs(form: Form, rows: Rows, fits: Floats, size: int) -> Stack:
    pieces, owners = _stacked(form.profiles.needs, rows)
    width = len(form.asking)
    table = np.empty((len(pieces), width + fits.shape[1]), dtype=np.float32)
    np.multiply(_gathered(form.profiles.needs.rows, pieces), form.asking, out=table[:, :width])
    table[:, width:] = fits[rows[owners]]
    return Stack(compiled_products().in_panels(table, size), owners)


def _answers(form: Form, rows: Rows, fits: Floats, size: int) -> Stack:
    """What needs are multiplied with: see `logits.answer`."""
    pieces, owners = _stacked(form.profiles.offers, rows)
    width, aims = len(form.asking), form.profiles.aims
    table = np.empty((len(pieces), width + fits.shape[1]), dtype=np.float32)
    np.multiply(_gathered(aims, rows[owners]), np.float32(form.weights.common_aims), out=table[:, :width])
    table[:, :width] += _gathered(form.profiles.offers.rows, pieces)
    table[:, width:] = fits[rows[owners]]
    return Stack(compiled_products().in_panels(table, size), owners)


def _stacked(side: Pieces, rows: Rows) -> tuple[Rows, Rows]:
    """(pieces, owners): numbers of the pieces of these rows and whose they are, first pieces first."""
    counts, start = side.counts[rows], side.start[rows]
    owners = [np.flatnonzero(counts > piece) for piece in range(int(counts.max(initial=1)))]
    pieces = [start[those] + piece for piece, those in enumerate(owners)]
    return np.concatenate(pieces), np.concatenate(owners)


def _gathered(table: Floats, rows: Rows) -> Floats:
    """These rows of a table, without a copy where they lie one after another."""
    begin = int(rows[0]) if len(rows) else 0
    if np.array_equal(rows, np.arange(begin, begin + len(rows))):
        return table[begin : begin + len(rows)]
    return table[rows]
