"""Moments as people read them: always in a named zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from flask import Flask
from flask_babel import get_locale


def in_zone(moment: dt.datetime, zone: str) -> dt.datetime:
    """The moment on the clock of an IANA zone."""
    return moment.astimezone(ZoneInfo(zone))


def zone_name(zone: str) -> str:
    """A zone as people call it: its city."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day(moment: dt.datetime | dt.date, zone: str | None = None) -> str:
    """Weekday, day and month, such as "Wed, 25 Nov"."""
    local = in_zone(moment, zone) if zone and isinstance(moment, dt.datetime) else moment
    return format_skeleton("MMMEd", local, locale=get_locale())


def full_day(moment: dt.datetime | dt.date, zone: str | None = None) -> str:
    """The full date with its year."""
    local = in_zone(moment, zone) if zone and isinstance(moment, dt.datetime) else moment
    return format_date(local, format="full", locale=get_locale())


def clock_time(moment: dt.datetime, zone: str) -> str:
    """Hours and minutes in a zone."""
    return format_time(in_zone(moment, zone), format="HH:mm", locale=get_locale())


def time_span(start: dt.datetime, end: dt.datetime, zone: str) -> str:
    """From - to in a zone, such as "14:00–14:25"."""
    return f"{clock_time(start, zone)}–{clock_time(end, zone)}"


def moment_text(moment: dt.datetime, zone: str) -> str:
    """Day, time and zone in words, such as "Wed, 25 Nov, 14:00 (Berlin)"."""
    return f"{day(moment, zone)}, {clock_time(moment, zone)} ({zone_name(zone)})"


def is_other_time(moment: dt.datetime, zone: str, other: str) -> bool:
    """Whether the clocks of two zones differ at this moment."""
    return in_zone(moment, zone).utcoffset() != in_zone(moment, other).utcoffset()


def country_name(code: str) -> str:
    """A country by its name in the reader's language; what is no country's code stands as it is."""
    return str((get_locale() or Locale("en")).territories.get(code, code))


def groupby_day(rows: Iterable[Any], zone: str) -> list[tuple[dt.date, list[Any]]]:
    """Rows with a `starts_at`, in their order, by the day on the calendar of the zone."""
    days: dict[dt.date, list[Any]] = {}
    for row in rows:
        days.setdefault(in_zone(row.starts_at, zone).date(), []).append(row)
    return list(days.items())


def iso_day(text: str) -> str:
    """The full date of a day that is kept as ISO text."""
    return full_day(dt.date.fromisoformat(text))


def language_name(code: str) -> str:
    """A language by its name in the reader's language; what is no language's code stands as it is."""
    return str((get_locale() or Locale("en")).languages.get(code, code))


def init_formats(app: Flask) -> None:
    """Give templates these filters."""
    for function in (day, full_day, clock_time, moment_text, in_zone, groupby_day, language_name, iso_day):
        app.add_template_filter(function)
    app.add_template_filter(zone_name)
    app.add_template_global(time_span)
    app.add_template_global(is_other_time)
    app.add_template_global(country_name)
