"""Countries, languages and zones from what people write."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from matchmaker.services.choices import size_of
from matchmaker.services.country import REGION_ZONES, country_code, language_code, usual_zone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Canada", "CA"),
        ("Kanada", "CA"),
        ("Allemagne", "DE"),
        ("Österreich", "AT"),
        ("de", "DE"),
        ("USA", "US"),
        ("Côte d’Ivoire", "CI"),
        ("Atlantis", None),
        ("EU", None),
        ("", None),
    ],
)
def test_country_is_known_by_code_and_name(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("English", "en"), ("Deutsch", "de"), ("français", "fr"), ("fr", "fr"), ("Klingon", None)],
)
def test_language_is_known_by_code_and_name(text: str, code: str | None) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("CA", "BC", "America/Vancouver"),
        ("CA", "Québec", "America/Toronto"),
        ("CA", "", "America/Toronto"),
        ("US", "California", "America/Los_Angeles"),
        ("DE", "Ruhr", "Europe/Berlin"),
        ("", "Ontario", None),
    ],
)
def test_usual_zone_is_that_of_most_people_there(country: str, region: str, zone: str | None) -> None:
    assert usual_zone(country, region) == zone


def test_every_usual_zone_exists() -> None:
    named = {zone for regions in REGION_ZONES.values() for zone in regions}
    assert named - available_timezones() == set()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7", "1-10"),
        ("51–250", "51-250"),
        ("1,500", "1000+"),
        ("1000+", "1000+"),
        ("ca. 300", "251-1000"),
        ("20-40", "11-50"),
        ("many", None),
    ],
)
def test_size_is_a_number_of_people_or_a_class(text: str, size: str | None) -> None:
    assert size_of(text) == size
