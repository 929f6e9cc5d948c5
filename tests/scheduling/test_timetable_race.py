"""The race of engines: what happens when one is missing, crashes, lies or is too slow."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from matchmaker.scheduling.timetable.encoding import encode
from matchmaker.scheduling.timetable.race import Entrant, WrongAnswer, race

from .timetables import agreed

JOB: dict[str, Any] = {"exact": asdict(encode(agreed((0, 1)), None, windows=False).program), "seed": 1}


def test_race_ends_with_the_first_to_decide() -> None:
    attempts = race([Entrant("maxsat", lambda: JOB)], seconds=20, hear=lambda words: "true" in words)
    assert [(a.engine, a.outcome) for a in attempts] == [("maxsat", "decided")]


def test_race_goes_on_without_an_engine_that_crashes() -> None:
    entrants = [Entrant("core", lambda: {}), Entrant("absent", lambda: JOB), Entrant("maxsat", lambda: JOB)]
    attempts = race(entrants, seconds=20, hear=lambda words: "true" in words)
    told = {a.engine: a.outcome for a in attempts}
    assert told == {
        "core": "failed: KeyError: 'exact'",
        "absent": "failed: KeyError: 'absent'",
        "maxsat": "decided",
    }


def test_race_drops_an_engine_that_tells_what_is_not_so() -> None:
    def hear(words: dict[str, Any]) -> bool:
        raise WrongAnswer("no")

    assert [a.outcome for a in race([Entrant("maxsat", lambda: JOB)], seconds=20, hear=hear)] == [
        "failed: no"
    ]


def test_race_gives_the_core_to_the_next_after_a_turn() -> None:
    entrants = [Entrant("maxsat", lambda: JOB, 0.0), Entrant("maxsat", lambda: JOB, 0.0)]
    attempts = race([*entrants, Entrant("maxsat", lambda: JOB)], seconds=20, hear=lambda words: False)
    assert sorted(a.outcome for a in attempts)[-1] == "made room"


def test_race_stops_at_the_time_limit() -> None:
    assert race([Entrant("maxsat", lambda: JOB)], seconds=0, hear=lambda words: False) == ()
