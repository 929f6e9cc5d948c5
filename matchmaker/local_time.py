"""Wall-clock times of an IANA zone and the moments that they stand for."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

from matchmaker.errors import N_, Invalid


class NoSuchZone(Invalid):
    """The name is not an IANA zone."""

    message = N_("There is no time zone called %(zone)s. Choose one from the list.")


class NoSuchTime(Invalid):
    """The clocks jump over this time."""

    message = N_(
        "%(time)s does not exist in the zone %(zone)s: the clocks go forward over it. Choose another time."
    )


class TimeExistsTwice(Invalid):
    """The clocks go back over this time, and nobody said which of the two is meant."""

    message = N_("%(time)s exists twice in the zone %(zone)s: the clocks go back. Say which one you mean.")


def check_zone(zone: str) -> str:
    """The zone's name, if there is such a zone; raises NoSuchZone."""
    if zone not in available_timezones():
        raise NoSuchZone(field="time_zone", zone=zone)
    return zone


def moments_of(local: dt.datetime, zone: str) -> tuple[dt.datetime, ...]:
    """The moments, in UTC, at which the clocks of the zone show this: none, one, or two in their order."""
    region = ZoneInfo(zone)
    wall = local.replace(tzinfo=None)
    found = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=region, fold=fold).astimezone(dt.UTC)
        if moment.astimezone(region).replace(tzinfo=None) == wall and moment not in found:
            found.append(moment)
    return tuple(found)


def to_moment(local: dt.datetime, zone: str, *, which: int | None = None) -> dt.datetime:
    """The moment, in UTC, of a wall-clock time; `which` chooses the first (0) or second (1) of two.

    Raises NoSuchTime when the clocks jump over it, TimeExistsTwice when they show it twice and
    `which` is None.
    """
    moments = moments_of(local, zone)
    if not moments:
        raise NoSuchTime(time=f"{local:%Y-%m-%d %H:%M}", zone=zone)
    if len(moments) == 1:
        return moments[0]
    if which not in (0, 1):
        raise TimeExistsTwice(time=f"{local:%Y-%m-%d %H:%M}", zone=zone)
    return moments[which]


def local_day(moment: dt.datetime, zone: str) -> dt.date:
    """The day on the calendar of the zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
