from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.scheduling import Violation
from matchmaker.scheduling.timetable import (
    AgreedMeeting,
    MalformedTimetable,
    Timetable,
    TimetableProblem,
    check_timetable,
    timetable,
)

from .timetables import agreed

TRIANGLE = agreed((0, 1), (1, 2), (0, 2), slots=3)


def codes(problem: TimetableProblem, *at: int, fairness: int | None = None) -> list[str]:
    """What the check finds in these slots, with the breaks counted right for one."""
    found = check_timetable(problem, Timetable("optimal", at, 1, 1, fairness))
    return [violation.code for violation in found]


def test_timetable_is_proved_best() -> None:
    found = timetable(TRIANGLE, seconds=20, seed=1)
    assert (found.status, found.breaks, found.bound, found.gap) == ("optimal", 1, 1, 0)
    assert check_timetable(TRIANGLE, found) == []


def test_timetable_hears_of_progress() -> None:
    heard: list[str] = []
    timetable(TRIANGLE, seconds=20, seed=1, progress=lambda what, share: heard.append(what))
    assert "solution" in heard


def test_timetable_is_proved_infeasible() -> None:
    found = timetable(TRIANGLE, seconds=20, seed=1, fairness=0)
    assert (found.status, found.slots, found.breaks, found.gap) == ("infeasible", (), None, None)
    assert check_timetable(TRIANGLE, found) == []


def test_meeting_without_a_slot_needs_no_engine() -> None:
    busy = replace(TRIANGLE, forbidden=(frozenset({0, 1, 2}), frozenset(), frozenset()))
    found = timetable(busy, seconds=20, seed=1)
    assert (found.status, found.log) == ("infeasible", ())


def test_nothing_agreed_is_nothing_to_do() -> None:
    nothing = replace(TRIANGLE, meetings=())
    found = timetable(nothing, seconds=20, seed=1, fairness=0)
    assert (found.status, found.breaks, found.log) == ("optimal", 0, ())
    assert check_timetable(nothing, found) == []


def test_time_limit_without_time_says_unknown() -> None:
    assert timetable(TRIANGLE, seconds=0, seed=1).status == "unknown"


@pytest.mark.parametrize(
    "meeting",
    [
        AgreedMeeting(()),
        AgreedMeeting((0, 0)),
        AgreedMeeting((0, 3)),
        AgreedMeeting((0, 1), (3,)),
        AgreedMeeting((0, 1), after=(1,)),
    ],
)
def test_malformed_meeting_is_refused(meeting: AgreedMeeting) -> None:
    with pytest.raises(MalformedTimetable):
        timetable(replace(TRIANGLE, meetings=(meeting,)), seconds=1, seed=1)


def test_check_accepts_a_sound_timetable() -> None:
    assert codes(TRIANGLE, 0, 1, 2) == []


@pytest.mark.parametrize(
    ("problem", "found"),
    [
        (replace(TRIANGLE, tables=(0, None, None)), ["tables"]),
        (replace(TRIANGLE, forbidden=(frozenset(), frozenset({1}), frozenset())), ["forbidden"]),
        (replace(TRIANGLE, days=(0, 1, 1)), ["miscounted"]),
        (replace(TRIANGLE, meetings=(*TRIANGLE.meetings[:2], AgreedMeeting((0, 2), (0, 1)))), ["slot"]),
        (replace(TRIANGLE, meetings=(*TRIANGLE.meetings[:2], AgreedMeeting((0, 2), None, (2,)))), ["order"]),
        (replace(TRIANGLE, meetings=TRIANGLE.meetings[:2]), ["not_every_meeting_once"]),
    ],
)
def test_check_names_the_broken_rule(problem: TimetableProblem, found: list[str]) -> None:
    assert codes(problem, 0, 1, 2) == found


def test_check_names_somebody_in_two_places() -> None:
    assert codes(TRIANGLE, 0, 0, 1) == ["two_places_at_once"]


def test_check_names_unfairness() -> None:
    assert codes(TRIANGLE, 0, 1, 2, fairness=0) == ["unfair"]


def test_check_counts_again() -> None:
    assert check_timetable(TRIANGLE, Timetable("optimal", (0, 1, 2), 0, 0)) == [Violation("miscounted", (1,))]


def test_check_wants_a_bound_that_fits() -> None:
    told = [Timetable("optimal", (0, 1, 2), 1, 0), Timetable("feasible", (0, 1, 2), 1, 2)]
    found = [[v.code for v in check_timetable(TRIANGLE, timetable)] for timetable in told]
    assert found == [["status"], ["bound"]]
