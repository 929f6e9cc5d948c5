"""What speaks for or against a pair besides the texts: kind, region, stage, languages, sector.

Each fit is in -1..1 and is kept as two tables whose row product gives it for any pair, so that all pairs of
an event come out of one matrix product: fit(a, b) = left[a] @ right[b].
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.participants import KINDS, Participant

Floats = NDArray[np.float32]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Fit:
    """One named fit of a to b over n rows: left and right are float32 (n, m)."""

    name: str
    left: Floats
    right: Floats

    def of(self, a: int, b: int) -> float:
        """The fit of row a towards row b, -1..1."""
        return float(self.left[a] @ self.right[b])


def all_fits(people: Sequence[Participant]) -> tuple[Fit, ...]:
    """Every fit of these participations, in the order in which it is explained."""
    return (
        _wanted("kind", people, lambda p: p.wanted_kinds, lambda p: p.kind if p.kind in KINDS else ""),
        _wanted("region", people, lambda p: p.wanted_regions, lambda p: p.region),
        _wanted("stage", people, lambda p: p.wanted_stages, lambda p: p.stage),
        _languages(people),
        _sector(people),
    )


def plain(word: str) -> str:
    """A free word as it is compared: lower case, single spaces."""
    return " ".join(word.casefold().split())


def _wanted(
    name: str,
    people: Sequence[Participant],
    wanted: Callable[[Participant], tuple[str, ...]],
    given: Callable[[Participant], str],
) -> Fit:
    """1 when b is what a wants, -1 when a wants others, 0 when either says nothing."""
    wants = [tuple(plain(word) for word in wanted(p) if word.strip()) for p in people]
    vocabulary = sorted({word for words in wants for word in words})
    column = {word: number for number, word in enumerate(vocabulary, start=1)}
    left = np.zeros((len(people), len(vocabulary) + 1), dtype=np.float32)
    right = np.zeros_like(left)
    for row, (words, person) in enumerate(zip(wants, people, strict=True)):
        has = plain(given(person))
        if words:
            left[row, 0] = -1
            for word in words:
                left[row, column[word]] = 2
        if has:
            right[row, 0] = 1
            if has in column:
                right[row, column[has]] = 1
    return Fit(name, left, right)


def _languages(people: Sequence[Participant]) -> Fit:
    """0 when they share a language or either names none, -1 when they have none in common."""
    spoken = [frozenset(plain(word) for word in p.languages) for p in people]
    number = _numbers(spoken)
    patterns = list(number)
    none_shared = np.array(
        [[-float(bool(one) and bool(other) and not one & other) for other in patterns] for one in patterns],
        dtype=np.float32,
    ).reshape(len(patterns), len(patterns))
    at = np.array([number[languages] for languages in spoken], dtype=np.int64)
    return Fit("language", none_shared[at], np.eye(len(patterns), dtype=np.float32)[at])


def _sector(people: Sequence[Participant]) -> Fit:
    """1 for the same sector and different kinds; two of one kind in one sector are rather competitors."""
    sectors = _one_hot([plain(p.sector) or None for p in people])
    same_kind = _one_hot([(plain(p.sector), p.kind) if p.sector.strip() else None for p in people])
    return Fit("sector", np.hstack([sectors, -same_kind]), np.hstack([sectors, same_kind]))


def _numbers(values: Sequence[T]) -> dict[T, int]:
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def _one_hot(values: Sequence[Hashable | None]) -> Floats:
    number = _numbers([value for value in values if value is not None])
    table = np.zeros((len(values), len(number)), dtype=np.float32)
    for row, value in enumerate(values):
        if value is not None:
            table[row, number[value]] = 1
    return table
