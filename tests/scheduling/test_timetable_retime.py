from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from matchmaker.scheduling import Delegate, Lock, Problem, Schedule, Slot, check, solve
from matchmaker.scheduling.timetable import retime
from matchmaker.scheduling.timetable.check import count_breaks
from matchmaker.scheduling.timetable.retime import as_timetable, is_simple

from .rounds import plain, problems


def breaks(problem: Problem, schedule: Schedule) -> int:
    return sum(count_breaks(as_timetable(problem, schedule), tuple(m.slot for m in schedule.meetings)))


def scattered() -> tuple[Problem, Schedule]:
    """Two meetings of one startup, held in the first and the third slot."""
    problem = plain(1, 2, tables=1)
    locked = [replace(pair, lock=Lock(slot)) for pair, slot in zip(problem.pairs, (0, 2), strict=True)]
    schedule = solve(replace(problem, pairs=tuple(locked)), seconds=1, seed=1)
    return problem, replace(schedule, bound=None, certificate=None)


def test_retime_closes_a_break_and_keeps_the_selection() -> None:
    problem, schedule = scattered()
    tidy = retime(problem, schedule, seconds=20, seed=1)
    assert (breaks(problem, schedule), breaks(problem, tidy)) == (1, 0)
    assert {m.pair for m in tidy.meetings} == {m.pair for m in schedule.meetings}
    assert check(problem, tidy) == []
    assert tidy.log[-1].remark == "breaks 1 -> 0"


def test_retime_leaves_locked_meetings() -> None:
    problem, schedule = scattered()
    first = replace(problem.pairs[0], lock=Lock(schedule.meetings[0].slot))
    problem = replace(problem, pairs=(first, problem.pairs[1]))
    tidy = retime(problem, schedule, seconds=20, seed=1)
    assert (tidy.meetings[0].slot, tidy.meetings[1].slot) == (0, 1)


def test_retime_leaves_a_tidy_schedule() -> None:
    problem = plain(1, 1)
    schedule = solve(problem, seconds=1, seed=1)
    assert retime(problem, schedule, seconds=20, seed=1) is schedule


@pytest.mark.parametrize(
    "change",
    [
        {"slots": (Slot(0, 25), Slot(10, 35), Slot(60, 85))},
        {"slots": (Slot(60, 85), Slot(30, 55), Slot(0, 25))},
        {"delegates": (*plain(1, 2).delegates, Delegate(9, "another", 0, (0, 1, 2)))},
        {"delegates": (*plain(1, 1).delegates, Delegate(9, "person 0", 2, (0, 1, 2)))},
        {"participations": tuple(replace(p, per_day=3) for p in plain(1, 2).participations)},
        {"participations": tuple(replace(p, in_a_row=1) for p in plain(1, 2).participations)},
    ],
)
def test_retime_leaves_rounds_in_which_the_time_has_a_worth(change: dict[str, object]) -> None:
    assert not is_simple(replace(plain(1, 2), **change))


@given(problems())
@settings(max_examples=50, deadline=None)
def test_timetable_of_a_simple_round_knows_all_its_rules(problem: Problem) -> None:
    schedule = solve(problem, seconds=0, seed=1)
    if is_simple(problem):
        at = tuple(m.slot for m in schedule.meetings)
        timetable = as_timetable(problem, schedule)
        assert all(t in timetable.allowed(m) for t, m in zip(at, timetable.meetings, strict=True))
        assert all(n is None or at.count(t) <= n for t, n in enumerate(timetable.tables))
