"""What a round found, by ids: scored pairs, planned meetings, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAY_GIVE = frozenset({"no_place", "limit_reached", "outvoted_by", "not_chosen"})
"""Reasons of a schedule, not of rules: other times or places could let such a pair meet."""


@dataclass(frozen=True)
class ScoredPair:
    """A pair with its reasons, by participation ids (the smaller first).

    `explanation` is JSON as text: a fair has half a million of them, and objects take four times the memory.
    """

    a_id: int
    b_id: int
    fit_ab: float
    fit_ba: float
    fit: float
    value: float
    rank_a: int
    rank_b: int
    explanation: str
    inputs_hash: str


@dataclass(frozen=True)
class PlannedMeeting:
    """A meeting of the result, by ids; `kept_id` is the meeting that it continues."""

    a_id: int
    b_id: int
    slot_id: int
    place_id: int | None
    delegate_ids: tuple[int, ...]
    fit: float
    value: float
    kept_id: int | None = None
    is_seated: bool = False


@dataclass(frozen=True)
class LeftOut:
    """A pair that was not placed, and why; pairs in the arguments are pairs of participation ids."""

    a_id: int
    b_id: int
    value: float
    reason: str
    arguments: dict[str, Any]
