"""What is quoted in a reason: the two texts that fit best, the shared topics, the words of a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.participants import Participant
from matchmaker.matching.profiles import Pieces, Profiles
from matchmaker.matching.reasons import Reason


@dataclass(frozen=True, slots=True)
class TextMatch:
    """The two entries whose pieces come nearest, quoted whole, with their languages where known."""

    similarity: float
    left: str
    left_language: str | None
    right: str
    right_language: str | None


def best_match(profiles: Profiles, left: Pieces, a: int, right: Pieces, b: int) -> TextMatch | None:
    """The nearest pieces of row a's side `left` and row b's side `right`; None where one side is empty."""
    if not left.counts[a] or not right.counts[b]:
        return None
    products = left.vectors[:, a] @ right.vectors[:, b].T
    piece, other = np.unravel_index(int(products.argmax()), products.shape)
    mine, my_language = _entry(profiles, left, a, int(left.entries[piece, a]))
    theirs, their_language = _entry(profiles, right, b, int(right.entries[other, b]))
    return TextMatch(float(products.max()), mine, my_language, theirs, their_language)


def _entry(profiles: Profiles, side: Pieces, row: int, number: int) -> tuple[str, str | None]:
    person = profiles.participants[row]
    if number < 0:
        return person.description, None
    entry = (person.needs if side is profiles.needs else person.offers)[number]
    return entry.whole, entry.language


def shared_topics(
    profiles: Profiles, needed: NDArray[np.float32], offered: NDArray[np.float32]
) -> tuple[str, ...]:
    """Codes of the topics in both rows, the heaviest first."""
    common = needed * offered
    order = np.argsort(-common, kind="stable")
    return tuple(profiles.topic_codes[column] for column in order if common[column] > 0)


def fit_part(
    name: str, amount: float, a: Participant, b: Participant
) -> tuple[Reason, dict[str, str | float | tuple[str, ...] | None]]:
    """The code and arguments of a fit that is not zero."""
    if name == "language":
        return Reason.NO_COMMON_LANGUAGE, {"languages": a.languages, "other_languages": b.languages}
    if name == "sector":
        return Reason.SAME_SECTOR, {"sector": b.sector}
    wanted = {"kind": a.wanted_kinds, "region": a.wanted_regions, "stage": a.wanted_stages}[name]
    given = {"kind": b.kind, "region": b.region, "stage": b.stage}[name]
    if amount > 0:
        return Reason(f"{name}_wanted"), {name: given}
    return Reason(f"{name}_not_wanted"), {name: given, "wanted": wanted}
