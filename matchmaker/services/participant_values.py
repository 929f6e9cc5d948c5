"""Turns single cells of an import into values; raises UnusableCell with the way out."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from matchmaker.errors import N_
from matchmaker.models import OrganisationKind
from matchmaker.services.choices import KIND_WORDS, SIZES, STAGE_WORDS, size_of
from matchmaker.services.country import country_code, language_code, plain
from matchmaker.services.organisation import website_address

LONGEST = {
    "external_id": 120,
    "name": 200,
    "region": 120,
    "city": 120,
    "website": 300,
    "description": 10_000,
    "sector": 120,
    "wanted_text": 5_000,
    "title": 200,
    "text": 5_000,
    "job_title": 200,
}
NOTHING = frozenset({"", "-", "–", "n/a", "na", "none", "null", "other"})


class UnusableCell(Exception):
    """A value that cannot be used."""

    def __init__(self, message: str, **arguments: object) -> None:
        self.message = message
        self.arguments = arguments
        super().__init__(message)


def parted(cell: str, signs: str) -> list[str]:
    """The words of a cell that holds several."""
    return [word.strip() for word in re.split(f"[{re.escape(signs)}\n]", cell) if word.strip()]


def titles_of(cell: str) -> list[str]:
    """Titles of offers or needs, separated by bars."""
    return parted(cell, "|")


def website_of(cell: str) -> str:
    """A website as a link."""
    address = website_address(cell)
    if len(address) > LONGEST["website"]:
        raise UnusableCell(N_("At most %(limit)s letters fit here."), limit=LONGEST["website"])
    return address


def email_of(cell: str) -> str | None:
    """An address in lower case."""
    try:
        return validate_email(cell, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise UnusableCell(N_("This is not an e-mail address. Write it like name@firm.example.")) from None


def country_of(cell: str) -> str:
    """The code of a country."""
    code = country_code(cell)
    if code is None:
        raise UnusableCell(N_("This country is not known. Write its name or its code, such as CA."))
    return code


def language_of(cell: str) -> str:
    """The code of a language."""
    code = language_code(cell)
    if code is None:
        raise UnusableCell(N_("This language is not known. Write its name or its code, such as en."))
    return code


def languages_of(cell: str) -> list[str]:
    """The codes of several languages."""
    return list(dict.fromkeys(language_of(word) for word in parted(cell, "|;,/")))


def kind_of(cell: str) -> OrganisationKind | None:
    """What an organisation is."""
    kind = KIND_WORDS.get(plain(cell))
    if kind is None:
        kinds = ", ".join(OrganisationKind)
        raise UnusableCell(N_("This kind is not known. Write one of: %(kinds)s."), kinds=kinds)
    return kind


def kinds_of(cell: str) -> list[str]:
    """Several kinds."""
    return list(dict.fromkeys(str(kind_of(word)) for word in parted(cell, "|;,")))


def stage_of(cell: str) -> str:
    """The stage of a young firm."""
    stage = STAGE_WORDS.get(plain(cell))
    if stage is None:
        stages = ", ".join(dict.fromkeys(STAGE_WORDS.values()))
        raise UnusableCell(N_("This stage is not known. Write one of: %(stages)s."), stages=stages)
    return stage


def size_class_of(cell: str) -> str:
    """The class of size."""
    size = size_of(cell)
    if size is None:
        raise UnusableCell(N_("Write the number of people, or one of: %(sizes)s."), sizes=", ".join(SIZES))
    return size


def zone_of(cell: str) -> str:
    """An IANA zone."""
    if cell not in available_timezones():
        raise UnusableCell(N_("This time zone is not known. Write it like America/Toronto."))
    return cell


def whole_number_of(cell: str) -> int | None:
    """A small whole number."""
    if not cell.isdecimal() or not cell.isascii() or len(cell) > 4:
        raise UnusableCell(N_("Write a whole number, or leave the cell empty."))
    return int(cell)
