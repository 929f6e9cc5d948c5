"""The levels for large rounds, on small ones: the single program for everything is left out."""

import importlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from matchmaker.scheduling import Lock, Problem, check, solve

from .rounds import plain, problems

# the modules whose constants the tests change
LEVELS = tuple(importlib.import_module(f"matchmaker.scheduling.{name}") for name in ("levels", "search"))


@pytest.fixture
def no_single_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for level in LEVELS:
        monkeypatch.setattr(level, "WHOLE", -1)


@pytest.fixture
def large_rounds(monkeypatch: pytest.MonkeyPatch, no_single_program: None) -> None:
    monkeypatch.setattr(LEVELS[1], "SMALL", 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems())
def test_parts_never_break_a_rule(no_single_program: None, problem: Problem) -> None:
    schedule = solve(problem, seconds=0.2, seed=1, gap=0.01)
    assert check(problem, schedule) == []
    assert "failed" not in [step.level for step in schedule.log]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems())
def test_halves_never_break_a_rule(large_rounds: None, problem: Problem) -> None:
    schedule = solve(problem, seconds=0.2, seed=1, gap=0.01)
    assert check(problem, schedule) == []
    assert "failed" not in [step.level for step in schedule.log]


def test_locked_and_forced_pairs_outlast_every_part(large_rounds: None) -> None:
    problem = plain(6, 6, slots=4, tables=3, maximum=3)
    pairs = list(problem.pairs)
    pairs[0] = replace(pairs[0], value=0, lock=Lock(slot=2))
    pairs[7] = replace(pairs[7], value=0, force=True)
    problem = replace(problem, pairs=tuple(pairs))
    schedule = solve(problem, seconds=0.5, seed=1)
    assert check(problem, schedule) == []
    assert {m.pair: m.slot for m in schedule.meetings}[0] == 2
    assert 7 in {m.pair for m in schedule.meetings}


def test_round_ends_when_it_is_near_enough(no_single_program: None) -> None:
    problem = plain(8, 8, slots=5, tables=4, maximum=4)
    schedule = solve(problem, seconds=30, seed=1, gap=0.5)
    assert schedule.gap is not None
    assert schedule.gap <= 0.5
    assert "search" not in [step.level for step in schedule.log]
    assert check(problem, schedule) == []


def test_same_seed_gives_the_same_parts(no_single_program: None) -> None:
    problem = plain(10, 10, slots=5, tables=6, maximum=4)
    first, second = (solve(problem, seconds=20, seed=3, gap=0.001) for _ in range(2))
    assert first.gap is not None
    assert first.gap <= 0.001
    assert first.meetings == second.meetings
