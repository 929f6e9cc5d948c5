"""Who may meet whom: hard exclusions with their reasons, and the wishes of both sides.

A wish is what one participation says of another. `never` is a veto: it outweighs everything and is final.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.profiles import Profiles

Rows = NDArray[np.int64]


class Wish(StrEnum):
    """What one participation says of another."""

    MUST = "must"
    MEET = "meet"
    NEVER = "never"


class Exclusion(StrEnum):
    """Why a pair cannot meet; the first that applies, in this order, is the one that is given."""

    SAME_ORGANISATION = "same_organisation"
    """Both participations belong to one organisation."""
    GROUPS_MAY_NOT_MEET = "groups_may_not_meet"
    """The organiser does not let these two groups meet."""
    OPTED_OUT = "opted_out"
    """One of the two does not want to be suggested."""
    MET_BEFORE = "met_before"
    """They met at an earlier event or round, and the organiser excludes such pairs."""
    NO_COMMON_SLOT = "no_common_slot"
    """There is no slot in which both are available."""
    VETO = "veto"
    """One side said never. It must not be told to the other side: show "not proposed"."""


REASONS = tuple(Exclusion)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the organiser decided and what the participations wish.

    may_meet   pairs of groups, in either order; None lets every group meet every other and itself
    wishes     (participation that wishes, participation meant) -> must | meet | never, by id
    met        pairs of participation ids that met before, in either order
    ratings    (from, to) -> -1..1, how the first rated an earlier meeting with the second
    """

    may_meet: frozenset[tuple[str, str]] | None = None
    exclude_met_before: bool = False
    met: frozenset[tuple[int, int]] = frozenset()
    require_common_slot: bool = True
    wishes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    ratings: Mapping[tuple[int, int], float] = field(default_factory=dict)

    def wish(self, asking: int, asked: int) -> Wish | None:
        """What the participation `asking` says of `asked`, by id."""
        said = self.wishes.get((asking, asked))
        return Wish(said) if said else None


def group_table(profiles: Profiles, rules: Rules) -> NDArray[np.bool_]:
    """(groups, groups) symmetric table: may they meet."""
    size = len(profiles.groups)
    if rules.may_meet is None:
        return np.ones((size, size), dtype=np.bool_)
    table = np.zeros((size, size), dtype=np.bool_)
    number = {name: at for at, name in enumerate(profiles.groups)}
    for one, other in rules.may_meet:
        if one in number and other in number:
            table[number[one], number[other]] = table[number[other], number[one]] = True
    return table


def pair_rows(profiles: Profiles, pairs: Iterable[tuple[int, int]]) -> tuple[Rows, Rows]:
    """Row numbers (smaller, larger) of pairs of participation ids; pairs with an unknown id are left out."""
    rows = profiles.rows
    known = [
        (rows[one], rows[other]) for one, other in pairs if one in rows and other in rows and one != other
    ]
    table = np.array(known, dtype=np.int64).reshape(-1, 2)
    return table.min(axis=1), table.max(axis=1)


def exclusions(
    profiles: Profiles, rules: Rules, a: Rows, b: Rows, *, with_veto: bool = True
) -> NDArray[np.int8]:
    """For pairs of rows: 0 when they may meet, else 1 + the place of the reason in `Exclusion`.

    Without vetoes it is what both sides may know.
    """
    found = np.zeros(len(a), dtype=np.int8)
    opted_out = profiles.opted_out
    # the first reason of the list wins, so the last one is written first
    if with_veto:
        _mark(found, vetoed(profiles, rules, a, b), Exclusion.VETO)
    if rules.require_common_slot:
        common: NDArray[np.bool_] = (profiles.available[a] & profiles.available[b]) != 0
        _mark(found, ~np.asarray(common.any(axis=1)), Exclusion.NO_COMMON_SLOT)
    if rules.exclude_met_before:
        _mark(found, _among(profiles, rules.met, a, b), Exclusion.MET_BEFORE)
    _mark(found, opted_out[a] | opted_out[b], Exclusion.OPTED_OUT)
    allowed = group_table(profiles, rules)[profiles.group[a], profiles.group[b]]
    _mark(found, ~allowed, Exclusion.GROUPS_MAY_NOT_MEET)
    _mark(found, profiles.organisations[a] == profiles.organisations[b], Exclusion.SAME_ORGANISATION)
    return found


def vetoed(profiles: Profiles, rules: Rules, a: Rows, b: Rows) -> NDArray[np.bool_]:
    """For pairs of rows: whether either side said never."""
    never = [pair for pair, said in rules.wishes.items() if said == Wish.NEVER]
    return _among(profiles, never, a, b)


def why_excluded(
    profiles: Profiles, rules: Rules, a: int, b: int, *, with_veto: bool = True
) -> Exclusion | None:
    """The reason why rows a and b cannot meet, or None; see `exclusions` for many pairs."""
    rows = np.array([[a], [b]], dtype=np.int64)
    code = int(exclusions(profiles, rules, rows[0], rows[1], with_veto=with_veto)[0])
    return REASONS[code - 1] if code else None


def _mark(found: NDArray[np.int8], where: NDArray[np.bool_], reason: Exclusion) -> None:
    found[where] = REASONS.index(reason) + 1


def _among(profiles: Profiles, pairs: Iterable[tuple[int, int]], a: Rows, b: Rows) -> NDArray[np.bool_]:
    low, high = pair_rows(profiles, pairs)
    if not len(low):
        return np.zeros(len(a), dtype=np.bool_)
    n = len(profiles)
    return np.isin(np.minimum(a, b) * n + np.maximum(a, b), low * n + high)
