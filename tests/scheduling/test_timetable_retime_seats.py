"""Tidying beside roundtables and masterclasses: they stay, and whoever has a seat keeps the pause to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matchmaker.scheduling import (
    Contradiction,
    Gathering,
    Guest,
    Lock,
    Place,
    Problem,
    Schedule,
    Slot,
    check,
    solve,
)
from matchmaker.scheduling.timetable import breaks_of, retime

from .rounds import plain

SLOTS = 7
TABLE_AT = 2


def beside_gatherings(startups: int, corporates: int, pause: int) -> Problem:
    """Two of the corporates, who have a pause, sit at a roundtable in slot 2 and in a masterclass.

    Five minutes lie between two slots; the masterclass begins as soon as the last slot ends.
    """
    problem = plain(startups, corporates, SLOTS)
    masterclass = Slot(start=30 * SLOTS - 5, end=30 * SLOTS + 60, block=9, is_session=True)
    host, guest = startups, startups + 1
    table = Gathering(
        "table", (TABLE_AT,), (Guest(guest, 900, force=True),), 1, 2, host=host, places=(1,), lock=TABLE_AT
    )
    seats = Gathering("class", (SLOTS,), tuple(Guest(p, 900, force=True) for p in (host, guest)), 0, 2)
    return replace(
        problem,
        slots=(*problem.slots, masterclass),
        participations=tuple(
            replace(p, pause=pause if number >= startups else 0)
            for number, p in enumerate(problem.participations)
        ),
        delegates=tuple(replace(d, slots=(*range(SLOTS), SLOTS)) for d in problem.delegates),
        places=(
            Place("hall", "table", (3,) * SLOTS + (0,)),
            Place("large table", "table", (0, 0, 1) + (0,) * (SLOTS - 2)),
        ),
        gatherings=(table, seats),
    )


def held_at(problem: Problem, slots: list[int]) -> Schedule:
    """The first so many pairs meet at these times, nobody else does."""
    locked = [
        replace(pair, lock=Lock(slots[e])) if e < len(slots) else replace(pair, forbidden="veto")
        for e, pair in enumerate(problem.pairs)
    ]
    schedule = solve(replace(problem, pairs=tuple(locked)), seconds=0, seed=1)
    return replace(schedule, bound=None, certificate=None)


def times_of(problem: Problem, schedule: Schedule) -> dict[object, list[tuple[int, int]]]:
    """When each person meets or has a seat, in order, with their pause after it."""
    sits = [(m.slot, [m.delegate_a, m.delegate_b]) for m in schedule.meetings]
    for held in schedule.gatherings:
        sits.append((held.slot, [d for _, d in held.guests] + ([] if held.host is None else [held.host])))
    found: dict[object, list[tuple[int, int]]] = defaultdict(list)
    for t, delegates in sits:
        for d in delegates:
            delegate = problem.delegates[d]
            pause = problem.participations[delegate.participation].pause
            found[delegate.person].append((problem.slots[t].start, problem.slots[t].end + pause))
    return {person: sorted(times) for person, times in found.items()}


@pytest.mark.parametrize(
    ("pause", "before", "open_slots"),
    [
        (0, [1, 3], {0, 1, 3, 4, 5, 6}),  # only the roundtable lies between: nobody can meet then
        (0, [0, 3], {0, 1, 3, 4, 5, 6}),
        (10, [0, 5], {0, 4, 5}),  # 1 and 3 are too near to the roundtable, 6 to the masterclass
    ],
)
def test_meetings_move_around_seats_and_their_pauses(
    pause: int, before: list[int], open_slots: set[int]
) -> None:
    problem = beside_gatherings(1, 2, pause)
    schedule = held_at(problem, before)
    assert check(problem, schedule) == []
    tidy = retime(problem, schedule, seconds=20, seed=1)
    assert tidy.gatherings == schedule.gatherings
    assert [sum(breaks_of(problem, one.meetings)) for one in (schedule, tidy)] == [1, 0]
    assert {m.slot for m in tidy.meetings} <= open_slots
    assert check(problem, tidy) == []


@given(
    pause=st.sampled_from([0, 5, 10, 40]),
    slots=st.lists(st.integers(0, SLOTS - 1), min_size=2, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_gatherings_stay_and_nobody_with_a_seat_meets_then_or_in_the_pause(
    pause: int, slots: list[int]
) -> None:
    problem = beside_gatherings(2, 3, pause)
    try:
        schedule = held_at(problem, slots)
    except Contradiction:
        assume(False)
    tidy = retime(problem, schedule, seconds=5, seed=1, fairness=None)
    assert len(tidy.gatherings) == 2
    assert tidy.gatherings == schedule.gatherings
    assert sum(breaks_of(problem, tidy.meetings)) <= sum(breaks_of(problem, schedule.meetings))
    for times in times_of(problem, tidy).values():
        assert all(free_from <= starts for (_, free_from), (starts, _) in pairwise(times))
    assert check(problem, tidy) == []
