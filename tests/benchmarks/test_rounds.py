import json

import pytest

from benchmarks.scheduling import rounds
from matchmaker.scheduling import check, solve

WHOLE = {
    "slots": 3,
    "participants": [{"side": 0, "limit": 2, "slots": [0, 1]}, {"side": 1, "limit": 1, "slots": [1, 2]}],
    "pairs": [[0, 1, 500]],
    "tables": [1, 1, 0],
}


def test_synthetic_round_comes_back_from_its_file() -> None:
    made = rounds.synthetic(20, "tables", 1)
    assert rounds.problem_of(rounds.read(json.dumps(made))) == rounds.problem_of(made)


def test_what_may_be_missing_means_no_limit() -> None:
    bare = {"slots": 2, "participants": [{}, {}, {}], "pairs": [[0, 1, 5], [1, 2, 4]]}
    round_ = rounds.read(json.dumps(bare))
    problem = rounds.problem_of(round_)
    schedule = solve(problem, seconds=1, seed=1)
    assert check(problem, schedule) == []
    assert schedule.value == 9
    assert rounds.read(json.dumps({**bare, "tables": 1}))["tables"] == [1, 1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"slots": 0}, "slots must be"),
        ({"slots": None}, "slots must be"),
        ({"participants": {}}, "participants must be"),
        ({"participants": [{"slots": [7]}, {}]}, "participant 0: slots"),
        ({"participants": [{"limit": -1}, {}]}, "participant 0: the limit"),
        ({"pairs": [[0, 0, 1]]}, "pair 0: two different"),
        ({"pairs": [[0, 2, 1]]}, "pair 0: two different"),
        ({"pairs": [[0, 1, 1.5]]}, "pair 0: the value"),
        ({"pairs": [[0, 1, 1], [1, 0, 2]]}, "pair 1: 1 and 0 are there twice"),
        ({"pairs": [[0, 1]]}, "pair 0: [i, j, value]"),
        ({"tables": [1]}, "tables: one number"),
        ({"tables": [1, -1, 0]}, "tables: whole"),
    ],
)
def test_bad_round_says_what_is_wrong(change: dict[str, object], says: str) -> None:
    with pytest.raises(rounds.NotARound) as error:
        rounds.read(json.dumps(WHOLE | change))
    assert str(error.value).startswith(says)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_no_round_at_all_says_so(text: str) -> None:
    with pytest.raises(rounds.NotARound):
        rounds.read(text)


def test_meetings_over_the_tables_are_found() -> None:
    assert rounds.faults(WHOLE, [[0, 1, 1]]) == []
    assert rounds.faults(WHOLE, [[0, 1, 2]]) == [
        "somebody in two meetings at once or away",
        "over the tables",
    ]
