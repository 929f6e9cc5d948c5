"""The same round with another question: how many meetings at most, and what without fairness."""

from __future__ import annotations

from hypothesis import given, settings

from matchmaker.scheduling import (
    ONE,
    Problem,
    bound,
    check,
    counted,
    parts,
    plain_proofs,
    solve,
    with_floor,
    without_fairness,
)

from .rounds import problems


@given(problem=problems())
@settings(max_examples=30)
def test_no_schedule_has_more_meetings_than_any_proof_of_the_count_says(problem: Problem) -> None:
    schedule = solve(problem, seconds=1, seed=1)
    alike = counted(problem)
    most = solve(alike, seconds=1, seed=1)
    assert check(alike, most) == []
    for proof in (most.certificate, *plain_proofs(alike)):
        if proof is not None:
            assert len(schedule.meetings) <= bound(alike, proof) // ONE


@given(problem=problems())
@settings(max_examples=30)
def test_parts_make_up_the_objective_and_fairness_only_costs(problem: Problem) -> None:
    fair = with_floor(problem)
    schedule = solve(fair, seconds=1, seed=1)
    made_of = parts(fair, schedule)
    assert made_of.value + made_of.first + made_of.seen - made_of.hours == schedule.objective
    free = solve(without_fairness(fair), seconds=1, seed=1)
    if free.bound is not None:
        assert made_of.value + made_of.seen - made_of.hours <= free.bound
