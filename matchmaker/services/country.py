"""Countries and languages by their codes, from what people write; and the usual zone of a place."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from babel import Locale

NAMES_IN = ("en", "de", "fr")
OTHER_NAMES = {
    "usa": "US",
    "u s a": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "south korea": "KR",
    "turkey": "TR",
    "czech republic": "CZ",
}
# where the most people live, for countries whose zones begin with another
MAIN_ZONES = MappingProxyType(
    {
        "AU": "Australia/Sydney",
        "BR": "America/Sao_Paulo",
        "CA": "America/Toronto",
        "ES": "Europe/Madrid",
        "MX": "America/Mexico_City",
        "NZ": "Pacific/Auckland",
        "PT": "Europe/Lisbon",
        "RU": "Europe/Moscow",
        "US": "America/New_York",
    }
)
# the zone in which most of a state or province lives: region as people write it -> zone
REGION_ZONES: dict[str, dict[str, tuple[str, ...]]] = {
    "CA": {
        "America/St_Johns": ("nl", "newfoundland and labrador", "newfoundland"),
        "America/Halifax": ("ns", "nova scotia", "nb", "new brunswick", "pe", "prince edward island"),
        "America/Toronto": ("on", "ontario", "qc", "quebec"),
        "America/Winnipeg": ("mb", "manitoba"),
        "America/Regina": ("sk", "saskatchewan"),
        "America/Edmonton": ("ab", "alberta", "nt", "northwest territories"),
        "America/Vancouver": ("bc", "british columbia"),
        "America/Whitehorse": ("yt", "yukon"),
    },
    "US": {
        "America/Chicago": (
            "al", "ar", "ia", "il", "ks", "la", "mn", "mo", "ms", "nd", "ne", "ok", "sd", "tn", "tx", "wi",
            "texas", "illinois", "minnesota", "missouri", "wisconsin",
        ),
        "America/Denver": ("co", "id", "mt", "nm", "ut", "wy", "colorado", "utah"),
        "America/Phoenix": ("az", "arizona"),
        "America/Los_Angeles": ("ca", "nv", "or", "wa", "california", "nevada", "oregon", "washington"),
        "America/Anchorage": ("ak", "alaska"),
        "Pacific/Honolulu": ("hi", "hawaii"),
    },
    "AU": {
        "Australia/Perth": ("wa", "western australia"),
        "Australia/Adelaide": ("sa", "south australia"),
        "Australia/Brisbane": ("qld", "queensland"),
    },
}  # fmt: skip


def plain(text: str) -> str:
    """A word as it is compared: lower case, no accents, only letters and digits, single blanks."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign if sign.isalnum() else " " for sign in bare if not unicodedata.combining(sign))
    return " ".join(letters.split())


@lru_cache
def _countries() -> dict[str, str]:
    known = dict(OTHER_NAMES)
    for language in NAMES_IN:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB"}:
                known.setdefault(plain(str(name)), code)
                known.setdefault(code.lower(), code)
    return known


@lru_cache
def _languages() -> dict[str, str]:
    known: dict[str, str] = {}
    for language in NAMES_IN:
        for code, name in Locale(language).languages.items():
            if len(code) == 2:
                known.setdefault(plain(str(name)), code)
                known.setdefault(code, code)
    return known


def country_code(text: str) -> str | None:
    """The ISO 3166 code of a country by its code or its English, German or French name."""
    return _countries().get(plain(text))


def language_code(text: str) -> str | None:
    """The ISO 639 code of a language by its code or its English, German or French name."""
    return _languages().get(plain(text))


@lru_cache
def _first_zones() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    zones: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            code, _place, zone, *_comment = line.split("\t")
            zones.setdefault(code, zone)
    return {**zones, **MAIN_ZONES}


def usual_zone(country: str, region: str = "") -> str | None:
    """The IANA zone of most people of a country, or of its region where several zones are in use."""
    wanted = plain(region)
    for zone, regions in REGION_ZONES.get(country, {}).items():
        if wanted in regions:
            return zone
    return _first_zones().get(country)


def usual_language(country: str) -> str:
    """The language, of those the service speaks, in which to write to somebody in a country first."""
    return {"DE": "de", "AT": "de", "CH": "de", "LI": "de", "FR": "fr"}.get(country, "en")
