from dataclasses import replace

from matchmaker.scheduling import Problem, as_seen, check, compare, ladder, repair, solve, ways, worth
from matchmaker.scheduling.capacity import gain, more_places, one_more_meeting, one_more_slot

from .rounds import plain


def without_somebody(problem: Problem) -> Problem:
    """The same problem after participation 0 has withdrawn."""
    return replace(
        problem, pairs=tuple(replace(p, forbidden="withdrawn") if p.a == 0 else p for p in problem.pairs)
    )


def test_repair_moves_nothing_that_need_not() -> None:
    problem = plain(6, 6, slots=4, tables=4)
    before = solve(problem, seconds=1, seed=1)
    changed = without_somebody(problem)
    option = repair(changed, before, budget=0, seconds=1, seed=1)
    assert option.moved == ()
    assert {problem.pairs[e].a for e in option.dropped} <= {0}
    assert check(as_seen(changed, before, 100_000), option.schedule) == []


def test_ladder_gains_value_with_every_option() -> None:
    problem = plain(6, 6, slots=4, tables=4)
    before = solve(problem, seconds=1, seed=1)
    options = ladder(without_somebody(problem), before, seconds=2, seed=1)
    values = [o.schedule.value for o in options]
    assert values == sorted(set(values))


def test_same_problem_again_changes_nothing() -> None:
    problem = plain(4, 4, slots=3, tables=3)
    before = solve(problem, seconds=1, seed=1)
    seen = as_seen(problem, before, 1000)
    again = compare(seen, solve(seen, seconds=1, seed=2))
    assert (again.moved, again.dropped, again.added) == ((), (), ())


def test_way_names_what_would_have_to_give() -> None:
    problem = plain(1, 2, slots=1)
    schedule = solve(problem, seconds=1, seed=1)
    assert [(w.slot, w.instead, w.change) for w in ways(problem, schedule, 0)] == [(0, (1,), -1)]


def test_price_of_a_table_is_what_one_more_brings() -> None:
    problem = plain(3, 3, slots=1, tables=1)
    schedule = solve(problem, seconds=1, seed=1)
    more = gain(more_places(problem, 0, 1), schedule, seconds=1, seed=1)
    assert more == (114, 1)
    assert worth(problem, schedule).places[0, 0] >= 114


def test_one_more_slot_and_one_more_meeting_are_tried() -> None:
    problem = plain(2, 2, slots=1, maximum=1)
    schedule = solve(problem, seconds=1, seed=1)
    assert gain(one_more_slot(problem, 0, 30), schedule, seconds=1, seed=1) == (0, 0)
    both = one_more_meeting(one_more_slot(problem, 0, 30), range(4))
    assert gain(both, schedule, seconds=1, seed=1)[1] == 2
