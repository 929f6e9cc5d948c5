"""What the engines answer on the programs, against trying all, in this process."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.scheduling.timetable import TimetableProblem, engines
from matchmaker.scheduling.timetable.check import count_breaks
from matchmaker.scheduling.timetable.encoding import encode, relax

from .timetables import agreed, best_by_trying_all, timetable_problems


def breaks_of(engine: str, problem: TimetableProblem, fairness: int | None, *, windows: bool) -> int | None:
    """The breaks of the last solution that the engine tells; None when it tells that there is none."""
    encoding = encode(problem, fairness, windows=windows)
    relaxed = asdict(relax(problem, fairness))
    job = {"exact": asdict(encoding.program), "relaxed": relaxed, "seconds": 10.0, "seed": 1}
    heard: list[dict[str, Any]] = []
    engines.ENGINES[engine](job, heard.append)
    if {"infeasible": True} in heard:
        return None
    best = sum(
        count_breaks(problem, encoding.slots([words["true"] for words in heard if "true" in words][-1]))
    )
    assert max((words["bound"] for words in heard if "bound" in words), default=0) == best
    return best


fairness_bounds = st.one_of(st.none(), st.integers(0, 1))


@pytest.mark.parametrize("engine", ["core", "plain", "climb", "maxsat"])
@given(problem=timetable_problems(), fairness=fairness_bounds, windows=st.booleans())
@settings(max_examples=25, deadline=None)
def test_engine_finds_the_fewest_breaks(
    engine: str, problem: TimetableProblem, fairness: int | None, windows: bool
) -> None:
    assert breaks_of(engine, problem, fairness, windows=windows) == best_by_trying_all(problem, fairness)


def test_fairness_counts_differences_not_breaks() -> None:
    apart = agreed((0, 1), (0, 1), slots=3)
    apart = TimetableProblem((1, 0, 1), apart.forbidden, apart.meetings)
    assert breaks_of("maxsat", apart, 0, windows=True) == 2


def test_relaxation_is_never_above_the_best() -> None:
    problem = agreed((0, 1), (1, 2), (0, 2), slots=3, tables=1)
    heard: list[dict[str, Any]] = []
    job = {"exact": asdict(relax(problem, None)), "seconds": 10.0, "seed": 1}
    engines.plain(job, heard.append)
    assert heard[-1]["bound"] <= 1
    assert breaks_of("core", problem, None, windows=True) == 1
