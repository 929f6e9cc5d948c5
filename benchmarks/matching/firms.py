"""Graded firms: startups and corporates with offers and needs, and how much each wants each (0, 1, 2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.matching.fits import Numbers, as_tables, scored_sides
from benchmarks.matching.metrics import average_precision, interval, ndcg, precision
from matchmaker.matching import Encoder, Entry, Participant, ScoredPairs, Weights


@dataclass(frozen=True, slots=True)
class Firms:
    """Profiles of both sides and the grades (startups, corporates) that each side gave."""

    startups: tuple[Participant, ...]
    corporates: tuple[Participant, ...]
    startups_want: Numbers
    corporates_want: Numbers

    @property
    def mutual(self) -> Numbers:
        """The smaller of the two grades: what a meeting is worth to both."""
        return np.asarray(np.minimum(self.startups_want, self.corporates_want))


def read_firms(path: Path) -> Firms:
    """Read a file of the format of gold_firms_dev.json; raises ValueError with what is wrong."""
    try:
        table = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON in UTF-8: {error}") from error
    missing = [name for name in KEYS if not isinstance(table, dict) or not table.get(name)]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}")
    profiles = {str(profile.get("id")): profile for profile in table["profiles"]}
    ids = [str(key) for key in (*table["startups"], *table["corporates"])]
    unknown = [key for key in ids if key not in profiles]
    if unknown:
        raise ValueError(f"{path} has no profile of {', '.join(unknown[:5])}")
    split = len(table["startups"])
    shape = (split, len(ids) - split)
    wants = _grades(table["s2c"]), _grades(table["c2s"])
    if wants[0].shape != shape or wants[1].shape != shape:
        raise ValueError(f"{path}: s2c and c2s must be {shape[0]} rows of {shape[1]} grades")
    firms = Firms(
        tuple(_participant(at, profiles[key], "startup") for at, key in enumerate(ids[:split])),
        tuple(_participant(at, profiles[key], "corporate") for at, key in enumerate(ids[split:], split)),
        *wants,
    )
    if not firms.mutual.any():
        raise ValueError(f"{path} has no pair that both sides grade above 0")
    return firms


KEYS = ("startups", "corporates", "profiles", "s2c", "c2s")


def _participant(number: int, profile: dict[str, Any], side: str) -> Participant:
    def entries(said: str | list[str] | None) -> tuple[Entry, ...]:
        texts = [said] if isinstance(said, str) else said or []
        return tuple(Entry("", text, language=profile.get("lang")) for text in texts if text.strip())

    return Participant(
        id=number,
        organisation=number,
        group=side,
        kind=side,
        offers=entries(profile.get("offers")),
        needs=entries(profile.get("needs")),
        description=profile.get("summary") or "",
        sector=profile.get("industry") or "",
        stage=profile.get("stage") or "",
        region=profile.get("country") or "",
    )


def _grades(rows: list[str | list[float]]) -> Numbers:
    """Rows of digits, or of numbers; a shape that no table has for rows of unequal length."""
    found = [[float(grade) for grade in row] for row in rows]
    return np.array(found) if len({len(row) for row in found}) == 1 else np.zeros((0, 0))


def scored(firms: Firms, encoder: Encoder, weights: Weights) -> ScoredPairs:
    """All pairs of a startup and a corporate."""
    return scored_sides(firms.startups, firms.corporates, encoder, weights)


def tables(firms: Firms, found: ScoredPairs) -> tuple[Numbers, Numbers, Numbers]:
    """(startups, corporates): startup wants corporate, corporate wants startup, mutual fit."""
    return as_tables(found, len(firms.startups), len(firms.corporates))


def measure(firms: Firms, by_startups: Numbers, by_corporates: Numbers | None = None) -> dict[str, object]:
    """Figures of scores (startups, corporates) with which startups rank corporates, and the other way round.

    Both sides are measured against the smaller of the two grades.
    """
    other = by_startups if by_corporates is None else by_corporates
    s2c, c2s = _lists(by_startups, firms.mutual), _lists(other.T, firms.mutual.T)

    def both(figure: int) -> float:
        return float((np.nanmean(s2c[:, figure]) + np.nanmean(c2s[:, figure])) / 2)

    def resampled(at: np.ndarray) -> float:
        rows, columns = at[at < len(s2c)], at[at >= len(s2c)] - len(s2c)
        if not len(rows) or not len(columns):
            return float("nan")
        return float((np.nanmean(s2c[rows, 0]) + np.nanmean(c2s[columns, 0])) / 2)

    return {
        "ndcg5": round(both(0), 4),
        "ndcg5_interval": [round(v, 4) for v in interval(len(s2c) + len(c2s), resampled)],
        "ndcg5_s2c": round(float(np.nanmean(s2c[:, 0])), 4),
        "ndcg5_c2s": round(float(np.nanmean(c2s[:, 0])), 4),
        "map": round(both(1), 4),
        "p3": round(both(2), 4),
        "n": len(firms.startups) + len(firms.corporates),
    }


def _lists(scores: Numbers, gains: Numbers) -> Numbers:
    """(rows with any gain, 3): nDCG@5, average precision, P@3 of each row's list."""
    return np.array(
        [
            [ndcg(row, gain), average_precision(row, gain > 0), precision(row, gain > 0)]
            for row, gain in zip(scores, gains, strict=True)
            if gain.any()
        ]
    )
