"""Graded firms: startups and corporates with offers and needs, and how much each wants each (0, 1, 2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

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
    """Read a file of the format of gold_firms_dev.json."""
    table = json.loads(path.read_text(encoding="utf-8"))
    profiles = {profile["id"]: profile for profile in table["profiles"]}
    startups = [profiles[key] for key in table["startups"]]
    corporates = [profiles[key] for key in table["corporates"]]
    return Firms(
        tuple(_participant(number, profile) for number, profile in enumerate(startups)),
        tuple(_participant(number, profile) for number, profile in enumerate(corporates, len(startups))),
        _grades(table["s2c"]),
        _grades(table["c2s"]),
    )


def _participant(number: int, profile: dict[str, str]) -> Participant:
    def entries(text: str | None) -> tuple[Entry, ...]:
        return (Entry("", text, language=profile.get("lang")),) if text else ()

    return Participant(
        id=number,
        organisation=number,
        group=profile["side"],
        kind=profile["side"],
        offers=entries(profile.get("offers")),
        needs=entries(profile.get("needs")),
        description=profile.get("summary") or "",
        sector=profile.get("industry") or "",
        stage=profile.get("stage") or "",
        region=profile.get("country") or "",
    )


def _grades(rows: list[str]) -> Numbers:
    return np.array([[float(grade) for grade in row] for row in rows])


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
