from dataclasses import replace

import pytest
from hypothesis import given, settings

from matchmaker.scheduling import (
    Contradiction,
    Delegate,
    Lock,
    MalformedProblem,
    Pair,
    Participation,
    Place,
    Problem,
    Schedule,
    Slot,
    check,
    solve,
)

from .rounds import plain, problems


def run(problem: Problem) -> Schedule:
    schedule = solve(problem, seconds=1, seed=1)
    assert check(problem, schedule) == []
    return schedule


def met(schedule: Schedule) -> list[int]:
    return [m.pair for m in schedule.meetings]


def reason(schedule: Schedule) -> dict[int, tuple[str, tuple[int | str, ...]]]:
    return {u.pair: (u.code, u.arguments) for u in schedule.unplaced}


def test_round_places_everything_when_there_is_room() -> None:
    schedule = run(plain())
    assert met(schedule) == [0, 1, 2, 3]
    assert schedule.value == sum(p.value for p in plain().pairs)


def test_round_without_places_needs_none() -> None:
    schedule = run(replace(plain(), places=()))
    assert {m.place for m in schedule.meetings} == {None}


def test_waves_give_everybody_a_first_meeting_before_a_second() -> None:
    problem = plain(2, 2, slots=2, tables=1)
    pairs = (Pair(0, 2, 900), Pair(0, 3, 800), Pair(1, 2, 700), Pair(1, 3, 100))
    schedule = solve(replace(problem, pairs=pairs), seconds=0, seed=1)
    assert met(schedule) == [0, 3]


def test_forbidden_pair_never_meets_and_says_why() -> None:
    problem = plain(1, 2)
    pairs = (replace(problem.pairs[0], forbidden="veto"), problem.pairs[1])
    schedule = run(replace(problem, pairs=pairs))
    assert met(schedule) == [1]
    assert reason(schedule) == {0: ("forbidden", ("veto",))}


def test_pair_without_common_slot_says_so() -> None:
    problem = plain(1, 1, slots=2)
    apart = (replace(problem.delegates[0], slots=(0,)), replace(problem.delegates[1], slots=(1,)))
    assert reason(run(replace(problem, delegates=apart))) == {0: ("no_common_slot", ())}


def test_limit_is_kept_and_named() -> None:
    problem = plain(1, 2, slots=4)
    mine = (replace(problem.participations[0], maximum=1), *problem.participations[1:])
    schedule = run(replace(problem, participations=mine))
    assert met(schedule) == [1]
    assert reason(schedule) == {0: ("limit_reached", (0,))}


def test_full_place_is_named_with_its_slots() -> None:
    schedule = run(plain(2, 2, slots=1, tables=1))
    assert met(schedule) == [3]
    assert reason(schedule)[0] == ("no_place", (0,))


def test_outvoted_pair_names_the_meeting_in_its_way() -> None:
    schedule = run(plain(1, 2, slots=1))
    assert reason(schedule) == {0: ("outvoted_by", (1,))}


def test_closed_places_are_named() -> None:
    assert reason(run(plain(1, 1, slots=2, tables=0))) == {0: ("no_place", (0, 1))}


def test_locked_meeting_stays_with_place_and_delegates() -> None:
    problem = plain(2, 2, slots=2, tables=1)
    second = Place("booth", "booth", (1, 1))
    people = (*problem.delegates, Delegate("second", "second of 0", 0, (0, 1)))
    lock = Lock(slot=1, place=1, delegate_a=4, delegate_b=2)
    pairs = (replace(problem.pairs[0], lock=lock), *problem.pairs[1:])
    schedule = run(replace(problem, pairs=pairs, places=(*problem.places, second), delegates=people))
    first = schedule.meetings[0]
    assert (first.pair, first.slot, first.place, first.delegate_a, first.delegate_b) == (0, 1, 1, 4, 2)


def test_forced_pair_is_placed_before_better_ones() -> None:
    problem = plain(1, 2, slots=1)
    pairs = (replace(problem.pairs[0], force=True), problem.pairs[1])
    assert met(run(replace(problem, pairs=pairs))) == [0]


@pytest.mark.parametrize(
    ("changes", "code", "pairs"),
    [
        ({"force": True, "forbidden": "veto"}, "forbidden_pair", (0,)),
        ({"lock": Lock(slot=2)}, "lock_impossible", (0,)),
        ({"force": True, "slots": (2,)}, "forced_impossible", (0,)),
    ],
)
def test_contradiction_is_named(changes: dict[str, object], code: str, pairs: tuple[int, ...]) -> None:
    problem = plain(1, 1, slots=3)
    away = (replace(problem.delegates[0], slots=(0, 1)), problem.delegates[1])
    impossible = replace(problem, delegates=away, pairs=(replace(problem.pairs[0], **changes),))  # type: ignore[arg-type]
    with pytest.raises(Contradiction) as caught:
        solve(impossible, seconds=1, seed=1)
    assert (caught.value.code, caught.value.pairs) == (code, pairs)


def test_more_locked_meetings_than_tables_are_refused() -> None:
    problem = plain(2, 2, slots=1, tables=1)
    lock = Lock(slot=0, place=0)
    pairs = (replace(problem.pairs[0], lock=lock), replace(problem.pairs[3], lock=lock))
    with pytest.raises(Contradiction) as caught:
        solve(replace(problem, pairs=pairs), seconds=1, seed=1)
    assert (caught.value.code, caught.value.pairs) == ("overfull", (0, 1))


def test_forced_pairs_that_exclude_each_other_are_refused() -> None:
    problem = plain(1, 2, slots=1)
    pairs = tuple(replace(p, force=True) for p in problem.pairs)
    with pytest.raises(Contradiction) as caught:
        solve(replace(problem, pairs=pairs), seconds=1, seed=1)
    assert caught.value.pairs == (0, 1)


def test_malformed_problem_is_refused() -> None:
    problem = plain()
    with pytest.raises(MalformedProblem):
        solve(replace(problem, pairs=(*problem.pairs, Pair(2, 0, 5))), seconds=1, seed=1)


def test_person_of_two_participations_is_never_in_two_meetings() -> None:
    problem = plain(2, 2, slots=1)
    shared = (problem.delegates[0], replace(problem.delegates[1], person="person 0"), *problem.delegates[2:])
    assert len(run(replace(problem, delegates=shared)).meetings) == 1


def test_two_delegates_sit_in_parallel() -> None:
    problem = plain(1, 2, slots=1)
    people = (*problem.delegates, Delegate("second", "second of 0", 0, (0,)))
    schedule = run(replace(problem, delegates=people))
    assert {m.delegate_a for m in schedule.meetings} == {0, 3}


def test_overlapping_slots_of_two_blocks_exclude_each_other() -> None:
    problem = plain(1, 2, slots=2)
    slots = (Slot(0, 30, block=0), Slot(15, 45, block=1))
    assert len(run(replace(problem, slots=slots)).meetings) == 1


def test_break_comes_after_meetings_in_a_row() -> None:
    problem = plain(1, 3, slots=3)
    mine = (replace(problem.participations[0], in_a_row=2), *problem.participations[1:])
    assert len(run(replace(problem, participations=mine)).meetings) == 2


def test_per_day_limit_is_kept() -> None:
    problem = plain(1, 3, slots=4)
    slots = tuple(replace(s, day=t // 2) for t, s in enumerate(problem.slots))
    mine = (replace(problem.participations[0], per_day=1), *problem.participations[1:])
    assert len(run(replace(problem, slots=slots, participations=mine)).meetings) == 2


def test_booth_session_slots_are_only_for_its_hosts_at_its_stand() -> None:
    problem = plain(2, 2, slots=2)
    stand = Place("stand", "booth", (0, 2), hosts=(None, (2,)))
    slots = (problem.slots[0], replace(problem.slots[1], places=(1,)))
    schedule = run(replace(problem, slots=slots, places=(*problem.places, stand)))
    at_stand = [m for m in schedule.meetings if m.slot == 1]
    assert [problem.pairs[m.pair].b for m in at_stand] == [2]
    assert [m.place for m in at_stand] == [1]


def test_own_booth_is_used_before_the_tables() -> None:
    problem = plain(1, 1, slots=1)
    booth = Place("booth", "booth", (1,), hosts=((1,),))
    assert run(replace(problem, places=(*problem.places, booth))).meetings[0].place == 1


def test_participant_keeps_the_table() -> None:
    problem = plain(2, 2, slots=2)
    tables = tuple(Place(k, "table", (1, 1)) for k in range(2))
    schedule = run(replace(problem, places=tables, pairs=problem.pairs))
    assert len({(problem.pairs[m.pair].a, m.place) for m in schedule.meetings}) == 2


def test_problem_and_schedule_survive_json() -> None:
    problem = plain(2, 2, slots=2, tables=1)
    schedule = run(problem)
    assert Problem.from_json(problem.to_json()) == problem
    assert Schedule.from_json(schedule.to_json()) == schedule


def test_empty_round_gives_an_empty_schedule() -> None:
    nothing = Problem(slots=(), participations=(), delegates=(), pairs=())
    assert run(nothing).meetings == ()
    assert run(Problem((Slot(0, 10),), (Participation(1),), (), ())).meetings == ()


@given(problem=problems())
@settings(max_examples=150, deadline=None)
def test_any_round_is_feasible_and_repeatable(problem: Problem) -> None:
    schedule = run(problem)
    assert solve(problem, seconds=1, seed=1) == schedule
    assert Problem.from_json(problem.to_json()) == problem


@given(problem=problems(locks=True))
@settings(max_examples=100, deadline=None)
def test_locks_stay_or_are_called_contradictory(problem: Problem) -> None:
    try:
        schedule = solve(problem, seconds=1, seed=1)
    except Contradiction:
        return
    assert check(problem, schedule) == []


def test_pause_between_two_meetings_of_a_person_is_kept_and_proved() -> None:
    slots = tuple(Slot(30 * t, 30 * t + 30) for t in range(5))
    problem = Problem(
        slots=slots,
        participations=(Participation("busy", pause=20), *(Participation(f"p{p}") for p in range(5))),
        delegates=tuple(Delegate(p, p, p, tuple(range(5))) for p in range(6)),
        pairs=tuple(Pair(0, b, 500) for b in range(1, 6)),
    )
    found = solve(problem, seconds=2, seed=1)
    assert sorted(m.slot for m in found.meetings) == [0, 2, 4]
    assert found.is_optimal
    crowded = replace(found, meetings=tuple(replace(m, slot=k) for k, m in enumerate(found.meetings)))
    assert "no_pause" in {v.code for v in check(problem, crowded)}


def test_pause_holds_for_each_of_several_people() -> None:
    slots = tuple(Slot(30 * t, 30 * t + 30) for t in range(4))
    problem = Problem(
        slots=slots,
        participations=(Participation("busy", pause=10), *(Participation(f"p{p}") for p in range(6))),
        delegates=(
            *(Delegate(f"d{k}", f"x{k}", 0, (0, 1, 2, 3)) for k in range(2)),
            *(Delegate(p, p, p, (0, 1, 2, 3)) for p in range(1, 7)),
        ),
        pairs=tuple(Pair(0, b, 500) for b in range(1, 7)),
    )
    found = solve(problem, seconds=2, seed=1)
    assert len(found.meetings) == 4
    assert found.is_optimal
