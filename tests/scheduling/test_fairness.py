from dataclasses import replace

import pytest

from matchmaker.scheduling import Pair, Problem, Schedule, check, report, solve, with_floor
from matchmaker.scheduling.fairness import price, spread

from .rounds import plain


def test_floor_gives_everybody_a_first_meeting() -> None:
    problem = plain(2, 2, slots=2, tables=1)
    problem = replace(problem, pairs=(Pair(0, 2, 900), Pair(0, 3, 800), Pair(1, 2, 700), Pair(1, 3, 100)))
    free = solve(problem, seconds=1, seed=1)
    fair = solve(with_floor(problem), seconds=1, seed=1)
    assert free.value == 1700
    assert report(problem, fair).without == {}
    assert fair.is_optimal
    assert price(fair, free) == pytest.approx(1 - 1500 / 1700)


def test_minimum_pulls_meetings_towards_who_has_too_few() -> None:
    problem = plain(2, 1, slots=1)
    pairs = (Pair(0, 2, 900), Pair(1, 2, 100))
    wanted = (
        problem.participations[0],
        replace(problem.participations[1], minimum=1),
        problem.participations[2],
    )
    schedule = solve(replace(problem, pairs=pairs, participations=wanted), seconds=1, seed=1)
    assert [m.pair for m in schedule.meetings] == [1]


def test_report_names_who_has_none_and_why() -> None:
    problem = plain(1, 2, slots=1)
    found = report(problem, solve(problem, seconds=1, seed=1))
    assert found.without == {1: {"outvoted_by": 1}}
    assert found.groups[""] == found.meetings


def test_discomfort_is_avoided_and_reported() -> None:
    problem = plain(1, 1, slots=2)
    early = (replace(problem.delegates[0], costs=(50, 0)), problem.delegates[1])
    problem = replace(problem, delegates=early)
    schedule = solve(problem, seconds=1, seed=1)
    assert schedule.meetings[0].slot == 1
    assert report(problem, schedule).discomfort.most == 0


def test_nobody_sits_at_more_uncomfortable_hours_than_the_bound() -> None:
    problem = plain(1, 3, slots=3)
    early = (replace(problem.delegates[0], costs=(5, 5, 0)), *problem.delegates[1:])
    problem = replace(problem, delegates=early)
    assert report(problem, solve(problem, seconds=1, seed=1)).uncomfortable.most == 2
    bounded = replace(problem, uncomfortable=1)
    schedule = solve(bounded, seconds=1, seed=1)
    assert check(bounded, schedule) == []
    assert schedule.is_optimal
    assert report(bounded, schedule).uncomfortable.most == 1
    assert "too_uncomfortable" in {v.code for v in check(bounded, solve(problem, seconds=1, seed=1))}
    assert Problem.from_json(bounded.to_json()) == bounded
    assert Schedule.from_json(schedule.to_json()) == schedule


def test_two_of_one_participation_share_the_uncomfortable_hours() -> None:
    problem = plain(1, 4, slots=4, tables=2)
    one = replace(problem.delegates[0], costs=(5, 5, 5, 5))
    other = replace(one, id="other", person="other")
    bounded = replace(problem, delegates=(one, *problem.delegates[1:], other), uncomfortable=2)
    schedule = solve(bounded, seconds=1, seed=1)
    assert check(bounded, schedule) == []
    assert len(schedule.meetings) == 4


def test_spread_of_equal_shares_is_zero_and_of_one_owner_near_one() -> None:
    assert spread([3, 3, 3, 3]).gini == 0
    assert spread([0, 0, 0, 8]).gini == 0.75
    assert spread([]).n == 0
