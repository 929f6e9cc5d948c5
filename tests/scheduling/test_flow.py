"""The fast path for virtual events: first meetings count more, hours cost something, some meetings stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.scheduling import Contradiction, Delegate, Lock, Pair, Problem, check, solve, with_floor
from matchmaker.scheduling.contradictions import place_musts
from matchmaker.scheduling.flow import by_flow
from matchmaker.scheduling.gradient import bound_of
from matchmaker.scheduling.model import build
from matchmaker.scheduling.state import State

from .rounds import plain
from .test_certificate import best_by_hand, small


def across_zones(problem: Problem, cost: int = 60) -> Problem:
    """Every third delegate pays for the first slots, the others for the last ones."""
    n = len(problem.slots)
    early = tuple(max(0, cost - 20 * t) for t in range(n))
    delegates = tuple(replace(d, costs=early if d.id % 3 == 0 else early[::-1]) for d in problem.delegates)
    return replace(problem, delegates=delegates)


def test_round_of_two_zones_is_nearly_proved_by_its_flow() -> None:
    problem = across_zones(with_floor(plain(60, 50, slots=10, maximum=6), 2))
    schedule = solve(problem, seconds=4, seed=1)
    assert check(problem, schedule) == []
    assert "flow" in [s.level for s in schedule.log]
    assert schedule.gap is not None
    assert schedule.gap < 0.001


def test_few_meet_at_hours_that_cost_them_something() -> None:
    problem = across_zones(plain(60, 50, slots=10, maximum=5))
    found = by_flow(model := build(problem), np.zeros(0, np.int32))
    assert found is not None
    best = np.zeros(len(model.side_a), np.int64)
    np.maximum.at(best, model.pair, model.gain)
    lost = best[model.pair[found[0]]] - model.gain[found[0]]
    assert len(lost) == 250
    assert (lost > 0).sum() <= 25


def test_meetings_that_must_stay_are_neither_moved_nor_given_up() -> None:
    problem = across_zones(with_floor(plain(12, 10, slots=5, maximum=4), 2))
    locks = {7 * k: Lock(k % 5) for k in range(5)}
    pairs = tuple(replace(p, value=1, lock=locks.get(e), force=e == 40) for e, p in enumerate(problem.pairs))
    schedule = solve(replace(problem, pairs=pairs), seconds=2, seed=1)
    assert check(replace(problem, pairs=pairs), schedule) == []
    assert "flow" in [s.level for s in schedule.log]
    held = {m.pair: m.slot for m in schedule.meetings}
    assert {e: held[e] for e in locks} == {e: lock.slot for e, lock in locks.items()}
    assert 40 in held


def test_limits_that_the_flow_does_not_know_are_kept() -> None:
    problem = across_zones(with_floor(plain(30, 25, slots=9, maximum=6), 2))
    problem = replace(
        problem,
        participations=tuple(
            replace(p, in_a_row=2 if p.id % 2 else None, pause=10 if p.id % 5 == 0 else 0)
            for p in problem.participations
        ),
        uncomfortable=1,
    )
    schedule = solve(problem, seconds=4, seed=1)
    assert check(problem, schedule) == []
    assert "flow" in [s.level for s in schedule.log]


@st.composite
def virtual(draw: st.DrawFn) -> Problem:
    """Small two-sided rounds without places: some hours, limits, floors, costs and locks."""
    problem = plain(draw(st.integers(1, 2)), draw(st.integers(1, 3)), slots=draw(st.integers(1, 3)))
    n, slots = len(problem.participations), len(problem.slots)
    hours = st.lists(st.integers(0, slots - 1), unique=True, min_size=1).map(sorted).map(tuple)
    delegates = []
    for p in range(n):
        free = draw(hours)
        delegates.append(Delegate(p, f"person {p}", p, free, tuple(draw(st.integers(0, 80)) for _ in free)))
    values = st.integers(0, 200)
    lock = st.one_of(st.none(), st.none(), st.builds(Lock, st.integers(0, slots - 1)))
    pairs = tuple(Pair(p.a, p.b, draw(values), lock=draw(lock)) for p in problem.pairs)
    limits = st.one_of(st.none(), st.integers(1, 2))
    participations = tuple(
        replace(
            p,
            maximum=draw(limits),
            minimum=draw(st.integers(0, 1)),
            in_a_row=draw(limits),
            pause=draw(st.sampled_from([0, 0, 10])),
            weight=draw(st.sampled_from([1.0, 2.0])),
        )
        for p in problem.participations
    )
    floor = draw(st.sampled_from([(), (300,), (300, 100)]))
    return replace(
        problem,
        participations=participations,
        delegates=tuple(delegates),
        pairs=pairs,
        floor=floor,
        shortfall=50,
    )


@given(problem=virtual())
@settings(max_examples=150, deadline=None)
def test_prices_of_the_flow_prove_a_bound_and_its_columns_fit_together(problem: Problem) -> None:
    model = build(problem)
    try:
        musts = place_musts(problem, model, seconds=1)
    except Contradiction:
        return  # the locks contradict one another
    found = by_flow(model, musts) if model.n else None
    if found is None:
        return
    columns, prices = found
    assert set(musts.tolist()) <= set(columns.tolist())
    state = State(model)
    for c in columns.tolist():
        assert state.fits(c)
        state.add(c)
    assert (prices.row >= 0).all()
    assert (prices.credit >= 0).all()
    assert prices.bound == bound_of(model, prices.row, prices.credit)
    assert prices.bound >= solve(problem, seconds=1, seed=1).objective
    if small(model) and not len(musts):
        assert prices.bound >= best_by_hand(model)
