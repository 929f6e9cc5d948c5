"""Wall-clock times that do not exist, exist once, or exist twice."""

from __future__ import annotations

import datetime as dt

import pytest

from matchmaker.local_time import NoSuchTime, NoSuchZone, TimeExistsTwice, check_zone, to_moment

BERLIN = "Europe/Berlin"


def test_to_moment_of_an_ordinary_time_is_its_utc() -> None:
    noon = dt.datetime(2026, 11, 25, 12, 0)  # noqa: DTZ001 - a wall clock has no zone
    assert to_moment(noon, BERLIN) == dt.datetime(2026, 11, 25, 11, 0, tzinfo=dt.UTC)


def test_to_moment_refuses_a_time_that_the_clocks_jump_over() -> None:
    with pytest.raises(NoSuchTime):
        to_moment(dt.datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001 - a wall clock has no zone


def test_to_moment_asks_which_of_two_is_meant() -> None:
    twice = dt.datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - a wall clock has no zone
    with pytest.raises(TimeExistsTwice):
        to_moment(twice, BERLIN)
    assert to_moment(twice, BERLIN, which=0) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert to_moment(twice, BERLIN, which=1) == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)


def test_to_moment_knows_the_weeks_in_which_two_zones_are_closer() -> None:
    nine = dt.datetime(2026, 10, 28, 9, 0)  # noqa: DTZ001 - a wall clock has no zone
    toronto, essen = to_moment(nine, "America/Toronto"), to_moment(nine, BERLIN)
    assert toronto - essen == dt.timedelta(hours=5)


def test_check_zone_refuses_what_is_no_zone() -> None:
    with pytest.raises(NoSuchZone):
        check_zone("Europe/Essen")
