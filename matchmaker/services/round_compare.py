"""Two runs side by side: their figures, which pairs differ, and who gains and who loses meetings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import SEATED, Meeting, MeetingStatus, Round
from matchmaker.services.round_review import names_of

SHOWN = 50


@dataclass(frozen=True)
class Facts:
    """What is compared of one run; None where it was not computed. `value` in whole meetings of worth 1."""

    round: Round
    meetings: int
    value: float | None
    gap: float | None
    without: int
    least: int
    median: float
    most: int
    mutual: Mapping[str, int]
    one_sided: Mapping[str, int]
    sessions: int = 0
    sessions_held: int = 0
    seats_given: int = 0
    seats_refused: int = 0


@dataclass(frozen=True)
class Shift:
    """A participation with a different number of meetings in the two runs."""

    participation_id: int
    name: str
    here: int
    there: int

    @property
    def gained(self) -> int:
        """How many more it has in the first run."""
        return self.here - self.there


@dataclass(frozen=True)
class Comparison:
    """Pairs: at the same time in both, at another time, only here, only there; and who gains and loses."""

    here: Facts
    there: Facts
    same: int
    moved: int
    only_here: int
    only_there: int
    gaining: tuple[Shift, ...]
    losing: tuple[Shift, ...]


def compare_rounds(session: Session, *, round_: Round, other: Round) -> Comparison:
    """How the first run differs from the second; each list has the largest differences first."""
    here, there = _slots_of_pairs(session, round_.id), _slots_of_pairs(session, other.id)
    both = here.keys() & there.keys()
    same = sum(here[pair] == there[pair] for pair in both)
    here_of, there_of = _meetings_per_side(here), _meetings_per_side(there)
    differing = {side for side in here_of.keys() | there_of.keys() if here_of[side] != there_of[side]}
    names = names_of(session, differing)
    shifts = [Shift(side, names.get(side, "?"), here_of[side], there_of[side]) for side in sorted(differing)]
    shifts.sort(key=lambda one: (-abs(one.gained), one.name.casefold()))
    return Comparison(
        here=facts_of(round_),
        there=facts_of(other),
        same=same,
        moved=len(both) - same,
        only_here=len(here) - len(both),
        only_there=len(there) - len(both),
        gaining=tuple(one for one in shifts if one.gained > 0),
        losing=tuple(one for one in shifts if one.gained < 0),
    )


def facts_of(round_: Round) -> Facts:
    """The figures of one run."""
    figures: dict[str, Any] = round_.figures
    wishes = figures.get("wishes", {})
    nothing = {"wanted": 0, "served": 0}
    value = figures.get("value")
    return Facts(
        round=round_,
        meetings=figures.get("meetings", 0),
        value=None if value is None else value / 1000,
        gap=figures.get("gap"),
        without=len(figures.get("without", ())),
        least=figures.get("least", 0),
        median=figures.get("median", 0),
        most=figures.get("most", 0),
        mutual=wishes.get("mutual", nothing),
        one_sided=wishes.get("one_sided", nothing),
        sessions=figures.get("sessions", 0),
        sessions_held=figures.get("sessions_held", 0),
        seats_given=figures.get("seats_given", 0),
        seats_refused=figures.get("seats_refused", 0),
    )


def _slots_of_pairs(session: Session, round_id: int) -> dict[tuple[int, int], int]:
    rows = session.execute(
        sa.select(Meeting.participation_a_id, Meeting.participation_b_id, Meeting.slot_id).where(
            Meeting.round_id == round_id, Meeting.status.in_((MeetingStatus.DRAFT, *SEATED))
        )
    )
    return {(a_id, b_id): slot_id for a_id, b_id, slot_id in rows}


def _meetings_per_side(pairs: Mapping[tuple[int, int], int]) -> Counter[int]:
    return Counter(side for pair in pairs for side in pair)
