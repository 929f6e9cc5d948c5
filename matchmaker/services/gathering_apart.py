"""Guests who must not sit at one table: who of them may come is settled before the round is computed.

A never between two guests, or the organiser's word, keeps them apart. The engine knows no such rule, and
needs none: of those who are at odds only a set that may sit together is invited, the one whose wishes are
worth most. What that may cost is that somebody left out could have had the seat of somebody invited who gets
none after all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from matchmaker.services.round_gathering import GatheringInput
from matchmaker.services.round_input import RoundInput

MOST_TRIED = 14
"""Up to so many who are at odds with one another every choice is tried; of more the best come first."""


def left_apart(frozen: RoundInput, one: GatheringInput, barred: Collection[int]) -> set[int]:
    """Those of who would like a seat at a roundtable who are not invited for the sake of the others."""
    if not one.needs_host:
        return set()
    wishes = {p: value for p, value in one.wishes.items() if p not in barred}
    out = {p for p in wishes if any(_are_apart(frozen, p, other) for other in one.seated)}
    free = _free(frozen, one)
    # who cannot come anyway costs nobody a seat
    rest = {p: value for p, value in wishes.items() if p not in out and p in free}
    odds: dict[int, set[int]] = {
        p: {other for other in rest if other != p and _are_apart(frozen, p, other)} for p in rest
    }
    for group in _groups({p: those for p, those in odds.items() if those}):
        out |= group - _best(group, odds, rest)
    return out


def _are_apart(frozen: RoundInput, one: int, two: int) -> bool:
    if "never" in (frozen.wishes.get((one, two)), frozen.wishes.get((two, one))):
        return True
    return frozen.barred.get((min(one, two), max(one, two))) == "organiser"


def _free(frozen: RoundInput, one: GatheringInput) -> set[int]:
    """The participations of which somebody can come at some time at which it may be held."""
    if one.is_open:
        times = set(one.slot_ids)
        return {row.participation_id for row in frozen.delegates if times & row.slot_ids}
    return {row.participation_id for row in frozen.delegates if row.id in one.free}


def _groups(odds: Mapping[int, set[int]]) -> Iterable[set[int]]:
    """Those who hang together by being at odds."""
    left = set(odds)
    while left:
        group, edge = set[int](), {min(left)}
        while edge:
            group |= edge
            edge = {other for p in edge for other in odds[p]} - group
        left -= group
        yield group


def _best(group: set[int], odds: Mapping[int, set[int]], worth: Mapping[int, int]) -> set[int]:
    """The set that may sit together and whose wishes are worth most; of equal ones the same every time."""
    order = sorted(group, key=lambda p: (len(odds[p]), -worth[p], p))
    if len(group) > MOST_TRIED:
        chosen = set[int]()
        for p in sorted(group, key=lambda p: (-worth[p], len(odds[p]), p)):
            if not odds[p] & chosen:
                chosen.add(p)
        return chosen
    return _try(order, odds, worth)


def _try(order: list[int], odds: Mapping[int, set[int]], worth: Mapping[int, int]) -> set[int]:
    if not order:
        return set()
    first, rest = order[0], order[1:]
    with_it = {first} | _try([p for p in rest if p not in odds[first]], odds, worth)
    if not odds[first] & set(rest):
        return with_it
    without = _try(rest, odds, worth)
    return with_it if _sum(with_it, worth) >= _sum(without, worth) else without


def _sum(chosen: set[int], worth: Mapping[int, int]) -> int:
    return sum(worth[p] for p in chosen)
