from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from matchmaker.scheduling import Delegate, Lock, Problem, Schedule, Seen, Slot, check, solve
from matchmaker.scheduling.timetable import breaks_of, retime

from .rounds import plain, problems


def scattered(problem: Problem | None = None, slots: tuple[int, ...] = (0, 2)) -> tuple[Problem, Schedule]:
    """Two meetings of one startup, held in the first and the third slot."""
    problem = problem or plain(1, 2, tables=1)
    locked = [replace(pair, lock=Lock(slot)) for pair, slot in zip(problem.pairs, slots, strict=True)]
    schedule = solve(replace(problem, pairs=tuple(locked)), seconds=1, seed=1)
    return problem, replace(schedule, bound=None, certificate=None)


def slots_of(schedule: Schedule) -> list[int]:
    return [m.slot for m in schedule.meetings]


def test_retime_closes_a_break_moves_little_and_keeps_the_selection() -> None:
    problem, schedule = scattered()
    tidy = retime(problem, schedule, seconds=20, seed=1)
    assert (sum(breaks_of(problem, schedule.meetings)), sum(breaks_of(problem, tidy.meetings))) == (1, 0)
    assert {m.pair for m in tidy.meetings} == {m.pair for m in schedule.meetings}
    assert sum(one != other for one, other in zip(slots_of(schedule), slots_of(tidy), strict=True)) == 1
    assert check(problem, tidy) == []
    assert (tidy.value, tidy.objective) == (schedule.value, schedule.objective)
    assert tidy.log[-1].remark == "breaks 1 -> 0"


def test_retime_evens_out_breaks_before_it_saves_any() -> None:
    # both startups meet both corporates; the second one's meetings are fixed with a break between them
    problem = plain(2, 2, 5, tables=2)
    times = {(0, 2): 0, (0, 3): 1, (1, 3): 0, (1, 2): 2}
    slots = tuple(times[pair.a, pair.b] for pair in problem.pairs)
    problem, schedule = scattered(problem, slots)
    fixed = {e for e, pair in enumerate(problem.pairs) if pair.a == 1}
    few = retime(problem, schedule, seconds=20, seed=1, fixed=fixed, fairness=None)
    even = retime(problem, schedule, seconds=20, seed=1, fixed=fixed, fairness=0)
    assert sorted(breaks_of(problem, few.meetings)) == [0, 0, 1, 1]
    assert breaks_of(problem, even.meetings) == [1, 1, 1, 1]
    assert check(problem, even) == []


def test_retime_keeps_the_proof() -> None:
    problem = plain(2, 3, 6, tables=2)
    schedule = solve(problem, seconds=2, seed=1)
    tidy = retime(problem, schedule, seconds=20, seed=1)
    assert (tidy.bound, tidy.certificate) == (schedule.bound, schedule.certificate)
    assert check(problem, tidy) == []


def test_retime_leaves_locked_and_fixed_meetings() -> None:
    problem, schedule = scattered()
    first = replace(problem.pairs[0], lock=Lock(schedule.meetings[0].slot))
    locked = replace(problem, pairs=(first, problem.pairs[1]))
    assert slots_of(retime(locked, schedule, seconds=20, seed=1)) == [0, 1]
    assert slots_of(retime(problem, schedule, seconds=20, seed=1, fixed={1})) == [1, 2]
    assert retime(problem, schedule, seconds=20, seed=1, fixed={0, 1}) is schedule


def test_retime_leaves_a_tidy_schedule() -> None:
    problem = plain(1, 1)
    schedule = solve(problem, seconds=1, seed=1)
    assert retime(problem, schedule, seconds=20, seed=1) is schedule


def test_retime_without_time_changes_nothing() -> None:
    problem, schedule = scattered()
    assert retime(problem, schedule, seconds=0, seed=1) is schedule


def with_rules(**rules: int) -> Problem:
    problem = plain(1, 2, tables=1)
    return replace(problem, participations=tuple(replace(p, **rules) for p in problem.participations))


@pytest.mark.parametrize(
    "problem",
    [
        # 5 minutes lie between two slots
        with_rules(pause=10),
        with_rules(in_a_row=1),
        # the only free time is where they meet already
        replace(
            plain(1, 2, tables=1),
            delegates=(Delegate(0, "person 0", 0, (0, 2)), *plain(1, 2, tables=1).delegates[1:]),
        ),
        # what people have seen is worth to keep
        replace(
            plain(1, 2, tables=1),
            pairs=tuple(
                replace(pair, seen=Seen(slot, weight=100))
                for pair, slot in zip(plain(1, 2, tables=1).pairs, (0, 2), strict=True)
            ),
        ),
        # the hour between costs something
        replace(
            plain(1, 2, tables=1),
            delegates=(Delegate(0, "person 0", 0, (0, 1, 2), (0, 9, 0)), *plain(1, 2).delegates[1:]),
        ),
        # somebody else holds the only table
        replace(plain(1, 2), places=(replace(plain(1, 2).places[0], capacity=(1, 0, 1)),)),
    ],
)
def test_retime_keeps_breaks_that_rules_ask_for(problem: Problem) -> None:
    problem, schedule = scattered(problem)
    assert check(problem, schedule) == []
    assert retime(problem, schedule, seconds=20, seed=1) is schedule


def test_days_and_lunch_are_no_breaks() -> None:
    problem = plain(1, 2, 2, tables=1)
    lunch = replace(problem, slots=(Slot(0, 25), Slot(200, 225, block=1)))
    assert breaks_of(lunch, scattered(lunch, (0, 1))[1].meetings) == [0, 0, 0]
    overnight = replace(plain(1, 2, tables=1), slots=(Slot(0, 25), Slot(30, 55), Slot(1500, 1525, day=1)))
    assert breaks_of(overnight, scattered(overnight)[1].meetings) == [0, 0, 0]


@given(problems(locks=False))
@settings(max_examples=60, deadline=None)
def test_retime_never_breaks_a_rule_nor_lowers_the_objective(problem: Problem) -> None:
    schedule = solve(problem, seconds=0, seed=1)
    tidy = retime(problem, schedule, seconds=5, seed=1, fairness=None)
    assert check(problem, tidy) == []
    assert tidy.objective >= schedule.objective
    assert [(m.pair, m.delegate_a, m.delegate_b) for m in tidy.meetings] == [
        (m.pair, m.delegate_a, m.delegate_b) for m in schedule.meetings
    ]
    before, after = (sum(breaks_of(problem, s.meetings)) for s in (schedule, tidy))
    assert after < before or tidy is schedule
