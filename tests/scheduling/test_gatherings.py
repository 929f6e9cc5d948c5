"""Roundtables and sessions with seats, decided together with the meetings."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.scheduling import (
    Contradiction,
    Delegate,
    Gathering,
    Guest,
    Held,
    MalformedProblem,
    Pair,
    Participation,
    Place,
    Problem,
    Schedule,
    Slot,
    as_seen,
    bound,
    check,
    compare,
    counted,
    solve,
    standing,
    ways,
)
from matchmaker.scheduling.repair import Option


def small(n: int = 6, slots: int = 3, value: int = 500) -> Problem:
    """Everybody may meet everybody, free in all slots, one person each."""
    return Problem(
        slots=tuple(Slot(30 * t, 30 * t + 30) for t in range(slots)),
        participations=tuple(Participation(f"p{p}") for p in range(n)),
        delegates=tuple(Delegate(f"d{p}", f"x{p}", p, tuple(range(slots))) for p in range(n)),
        pairs=tuple(Pair(a, b, value + a + b) for a in range(n) for b in range(a + 1, n)),
    )


def table(guests: range, *, least: int = 2, most: int = 4, value: int = 900, **fields: object) -> Gathering:
    """A roundtable of these guests in any of three slots."""
    values = tuple(Guest(p, value) for p in guests)
    return Gathering("table", (0, 1, 2), values, least, most, **fields)  # type: ignore[arg-type]


def at_most(problem: Problem) -> Schedule:
    """Solved with time enough for a proof."""
    return solve(problem, seconds=5, seed=1)


def test_roundtable_is_held_with_its_host_and_the_certificate_covers_it() -> None:
    problem = replace(small(), gatherings=(table(range(1, 6), host=0),))
    found = at_most(problem)
    held = found.gatherings[0]
    assert (held.host, len(held.guests)) == (0, 4)
    assert {w.code for w in found.without_seat} == {"full"}
    assert check(problem, found) == []
    assert found.bound is not None
    assert found.bound >= found.objective


def test_roundtable_whose_people_have_better_meetings_is_not_held() -> None:
    problem = replace(small(slots=1), gatherings=(replace(table(range(1, 6), value=10, host=0), slots=(0,)),))
    found = at_most(problem)
    assert found.gatherings == ()
    assert {w.code for w in found.without_seat} == {"not_held"}
    assert found.is_optimal


def test_roundtable_without_its_least_guests_is_not_held() -> None:
    problem = replace(small(), pairs=(), gatherings=(table(range(1, 3), least=3, host=0),))
    assert at_most(problem).gatherings == ()


def test_guests_are_asked_in_by_force_where_too_few_would_come_of_themselves() -> None:
    guests = (Guest(1, 900), Guest(2, 900), Guest(3, 100))
    gathering = Gathering("table", (0,), guests, 3, 4)
    problem = replace(small(4, 1, 300), pairs=(Pair(0, 3, 300),), gatherings=(gathering,))
    found = at_most(problem)
    assert [p for p, _ in found.gatherings[0].guests] == [1, 2, 3]
    assert found.is_optimal


def test_session_of_its_own_time_makes_those_who_sit_in_it_busy_and_nobody_meets_in_it() -> None:
    problem = small(4, 2)
    session = Slot(15, 45, block=9, is_session=True)
    everywhere = tuple(replace(d, slots=(0, 1, 2)) for d in problem.delegates)
    seats = Gathering("class", (2,), tuple(Guest(p, 2000) for p in range(4)), 0, 2)
    problem = replace(problem, slots=(*problem.slots, session), delegates=everywhere, gatherings=(seats,))
    found = at_most(problem)
    seated = {p for p, _ in found.gatherings[0].guests}
    assert len(seated) == 2
    assert {m.slot for m in found.meetings} <= {0, 1}
    assert all(seated.isdisjoint((problem.pairs[m.pair].a, problem.pairs[m.pair].b)) for m in found.meetings)


def test_gathering_uses_one_of_its_place_capacity() -> None:
    hall = Place("hall", "table", (1, 1, 1))
    problem = replace(small(), places=(hall,), gatherings=(table(range(1, 6), host=0, places=(0,)),))
    found = at_most(problem)
    held = found.gatherings[0]
    assert held.place == 0
    assert sorted(m.slot for m in found.meetings) == sorted({0, 1, 2} - {held.slot})


def test_several_people_of_one_participation_meet_and_sit_at_the_same_time() -> None:
    problem = small(4, 1)
    second = tuple(Delegate(f"e{p}", f"y{p}", p, (0,)) for p in range(4))
    problem = replace(
        problem,
        delegates=(*problem.delegates, *second),
        gatherings=(Gathering("table", (0,), tuple(Guest(p, 900) for p in range(4)), 4, 4),),
    )
    found = at_most(problem)
    assert (len(found.gatherings[0].guests), len(found.meetings)) == (4, 2)
    assert check(problem, found) == []


def test_seats_count_for_no_limit() -> None:
    problem = small(4, 2)
    limited = tuple(replace(p, maximum=1) for p in problem.participations)
    seats = Gathering("table", (0,), tuple(Guest(p, 900) for p in range(4)), 4, 4)
    found = at_most(replace(problem, participations=limited, gatherings=(seats,)))
    assert (len(found.gatherings[0].guests), len(found.meetings)) == (4, 2)


def test_promised_seats_and_times_stay() -> None:
    guests = (Guest(1, 0, force=True), Guest(2, 900), Guest(3, 900))
    problem = replace(small(), gatherings=(Gathering("table", (0, 1, 2), guests, 1, 2, host=0, lock=2),))
    held = at_most(problem).gatherings[0]
    assert held.slot == 2
    assert 1 in {p for p, _ in held.guests}


def test_promise_that_cannot_be_kept_is_a_contradiction() -> None:
    away = replace(small(), delegates=tuple(replace(d, slots=(0,)) for d in small().delegates))
    table_at_two = Gathering("table", (2,), (Guest(1, 5, force=True),), 1, 2)
    with pytest.raises(Contradiction) as clash:
        at_most(replace(away, gatherings=(table_at_two,)))
    assert clash.value.code == "gatherings_impossible"


def test_gathering_that_means_nothing_is_refused() -> None:
    with pytest.raises(MalformedProblem, match="a guest twice"):
        at_most(replace(small(), gatherings=(Gathering("t", (0,), (Guest(1, 5), Guest(1, 5)), 1, 2),)))


def test_problem_and_schedule_with_gatherings_are_read_back_as_written() -> None:
    problem = replace(small(), gatherings=(table(range(1, 6), host=0),))
    found = at_most(problem)
    assert Problem.from_json(problem.to_json()) == problem
    assert Schedule.from_json(found.to_json()) == found


def test_check_names_every_broken_rule_of_a_gathering() -> None:
    problem = replace(small(), pairs=(), gatherings=(table(range(1, 6), host=0),))
    found = at_most(problem)
    held = found.gatherings[0]

    def codes(changed: Held) -> set[str]:
        return {v.code for v in check(problem, replace(found, gatherings=(changed,)))}

    assert "host_missing" in codes(replace(held, host=None))
    assert "gathering_at_wrong_place" in codes(replace(held, place=0))
    assert "not_every_guest_once" in codes(replace(held, guests=held.guests[:3]))
    assert "wrong_number_of_guests" in codes(replace(held, guests=held.guests[:1]))
    assert "delegate_not_free" in codes(replace(held, host=held.guests[0][1]))
    assert "two_places_at_once" in codes(replace(held, host=held.guests[0][1]))


def test_why_not_and_repair_leave_gatherings_as_they_stand() -> None:
    problem = replace(small(), gatherings=(table(range(1, 6), host=0),))
    found = at_most(problem)
    busy = {p for p, _ in found.gatherings[0].guests} | {0}
    alone = standing(problem, found)
    assert alone.gatherings == ()
    assert all(found.gatherings[0].slot not in alone.delegates[p].slots for p in busy)
    open_pair = found.unplaced[0].pair
    assert all(way.slot != found.gatherings[0].slot for way in ways(problem, found, open_pair)) or not busy
    gone = replace(problem, pairs=(replace(problem.pairs[0], forbidden="away"), *problem.pairs[1:]))
    seen = as_seen(gone, found, 100_000)
    mended: Option = compare(seen, solve(seen, seconds=0, seed=1, start=found))
    assert mended.schedule.gatherings == found.gatherings


def test_count_of_meetings_is_bounded_without_gatherings() -> None:
    problem = replace(small(), gatherings=(table(range(1, 6), host=0),))
    assert counted(problem).gatherings == ()


def test_same_seed_gives_the_same_schedule() -> None:
    problem = replace(small(8, 3), gatherings=(table(range(1, 7), host=0), table(range(2, 8), host=1)))
    assert at_most(problem) == at_most(problem)


def best_by_hand(problem: Problem) -> int:
    """The best objective of a problem without places and costs and with one person each, by trying all."""
    n_slots, gathering = len(problem.slots), problem.gatherings[0]
    best = _pairs_by_hand(problem, [set(d.slots) for d in problem.delegates])
    for slot in gathering.slots:
        able = [g for g in gathering.guests if slot in problem.delegates[g.participation].slots]
        if gathering.host is not None and slot not in problem.delegates[gathering.host].slots:
            continue
        for many in range(gathering.least, min(gathering.most, len(able)) + 1):
            for chosen in combinations(able, many):
                free = [set(d.slots) for d in problem.delegates]
                for p in [g.participation for g in chosen] + (
                    [] if gathering.host is None else [gathering.host]
                ):
                    free[p].discard(slot)
                worth = sum(g.value for g in chosen) + _pairs_by_hand(problem, free)
                best = max(best, worth)
    assert n_slots
    return best


def _pairs_by_hand(problem: Problem, free: list[set[int]]) -> int:
    best = 0
    ways_of_pairs = [[None, *sorted(free[pair.a] & free[pair.b])] for pair in problem.pairs]
    for choice in product(*ways_of_pairs):
        taken: set[tuple[int, int]] = set()
        worth = 0
        for pair, slot in zip(problem.pairs, choice, strict=True):
            if slot is None:
                continue
            both = {(pair.a, slot), (pair.b, slot)}
            if both & taken:
                break
            taken |= both
            worth += pair.value
        else:
            best = max(best, worth)
    return best


@st.composite
def tiny(draw: st.DrawFn) -> Problem:
    """Four participations, two or three slots, up to five pairs, one roundtable."""
    n_slots = draw(st.integers(2, 3))
    some = st.sets(st.integers(0, n_slots - 1))
    pairs = draw(st.sets(st.sampled_from(list(combinations(range(4), 2))), max_size=5))
    has_host = draw(st.booleans())
    guests = draw(st.sets(st.integers(1 if has_host else 0, 3), min_size=1))
    most = draw(st.integers(1, 4))
    gathering = Gathering(
        "table",
        tuple(sorted(draw(st.sets(st.integers(0, n_slots - 1), min_size=1)))),
        tuple(Guest(p, draw(st.integers(0, 1000))) for p in sorted(guests)),
        draw(st.integers(0, most)),
        most,
        0 if has_host else None,
    )
    return Problem(
        slots=tuple(Slot(30 * t, 30 * t + 30) for t in range(n_slots)),
        participations=tuple(Participation(p) for p in range(4)),
        delegates=tuple(Delegate(p, p, p, tuple(sorted(draw(some)))) for p in range(4)),
        pairs=tuple(Pair(a, b, draw(st.integers(0, 1000))) for a, b in sorted(pairs)),
        gatherings=(gathering,),
    )


@settings(max_examples=60)
@given(tiny())
def test_bound_and_schedule_enclose_the_best_by_hand(problem: Problem) -> None:
    found = solve(problem, seconds=2, seed=1)
    best = best_by_hand(problem)
    assert check(problem, found) == []
    assert found.objective <= best
    assert found.certificate is not None
    assert bound(problem, found.certificate) >= best
