"""Time zones and countries to choose from, and a sensible guess of a visitor's own."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from flask import request
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from matchmaker.services.country import usual_zone

OFTEN = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Paris",
    "America/Halifax",
    "America/Toronto",
    "America/Winnipeg",
    "America/Edmonton",
    "America/Vancouver",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
)
DEFAULT_ZONE = "Europe/Berlin"


@lru_cache
def known_zones() -> dict[str, tuple[str, ...]]:
    """IANA zones by the countries that use them, from the time zone database itself."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    zones: dict[str, tuple[str, ...]] = {}
    for country, _place, zone, *_comment in rows:
        zones[country] = (*zones.get(country, ()), zone)
    return zones


def zone_choices(now: dt.datetime, *, also: str = "") -> list[SelectChoice]:
    """Zones for a select, grouped: the frequent ones, then each continent; each city begins its line.

    `also` is a zone kept of old that must stay choosable.
    """
    everything = {zone for zones in known_zones().values() for zone in zones} | {also} - {"", "UTC"}
    by_continent = sorted(everything, key=lambda zone: (zone.split("/")[0], zone.split("/")[-1]))
    return [
        *(_choice(zone, now, gettext("Frequent")) for zone in OFTEN),
        *(_choice(zone, now, zone.split("/")[0]) for zone in by_continent),
        SelectChoice("UTC", "UTC", optgroup="UTC"),
    ]


def _choice(zone: str, now: dt.datetime, group: str) -> SelectChoice:
    *_area, city = zone.split("/")
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "+" if minutes >= 0 else "−"
    hours, rest = divmod(abs(minutes), 60)
    written = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    return SelectChoice(zone, f"{city.replace('_', ' ')} ({written})", optgroup=group)


def guessed_country() -> str:
    """The country that the browser's language names, such as CA in "fr-CA"; empty where it names none."""
    for tag, _quality in request.accept_languages:
        country = tag.replace("_", "-").split("-")[-1].upper()
        if country in known_zones() and "-" in tag:
            return country
    return ""


def guessed_zone() -> str:
    """The zone of the country guessed."""
    return usual_zone(guessed_country()) or DEFAULT_ZONE


def country_choices(locale: Locale) -> list[SelectChoice]:
    """Countries by their names in the reader's language."""
    names = {code: str(locale.territories.get(code, code)) for code in known_zones()}
    named = sorted(names.items(), key=lambda item: item[1].casefold())
    return [SelectChoice("", gettext("Please choose")), *(SelectChoice(*item) for item in named)]
