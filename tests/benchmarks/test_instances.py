"""Reading the public instances of form B."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scheduling.instances import NotAnInstance, measure, read
from matchmaker.scheduling.timetable import AgreedMeeting, TimetableProblem

SMALL = """
% three firms
nBusiness = 3; nMeetings = 3; nTables = 1; nTotalSlots = 4; nMorningSlots = 2;
requested = [|1, 2,1,
|2, 3,2, |1, 3, 3, |];
meetingsxBusiness = [{1,2,4}, {1,2,3}, {1,3,4}];
nMeetingsBusiness = [2,2,2];
forbidden = [{0}, {0}, {1,4}];
fixed = [0, 3, 0];
precedences = [{}, {}, {1}];
"""


def test_read_knows_the_format() -> None:
    assert read(SMALL) == TimetableProblem(
        tables=(1, 1, 1, 1),
        forbidden=(frozenset(), frozenset(), frozenset({0, 3})),
        meetings=(
            AgreedMeeting((0, 1), (0, 1)),
            AgreedMeeting((1, 2), (2,)),
            AgreedMeeting((0, 2), (0, 1, 2, 3), (0,)),
        ),
    )


@pytest.mark.parametrize(("old", "new"), [("nTables = 1;", ""), ("fixed = [0, 3, 0]", "fixed = [0, 3]")])
def test_read_refuses_what_is_no_instance(old: str, new: str) -> None:
    with pytest.raises(NotAnInstance):
        read(SMALL.replace(old, new))


def test_measure_solves_and_checks(tmp_path: Path) -> None:
    (tmp_path / "small.dzn").write_text(SMALL)
    result = measure(tmp_path / "small.dzn", 2, 20, 1)
    assert (result["status"], result["value"], result["checked"]) == ("optimal", 1, True)
    assert result["schedule"] == [1, 3, 2]
