"""The fields that an import knows, and which column of a file is probably which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matchmaker.errors import N_, Invalid
from matchmaker.services.country import plain

IGNORED = ""

FIRM_FIELDS = (
    "external_id", "name", "kind", "group", "country", "region", "city", "website", "description",
    "language", "sector", "stage", "size", "languages", "wanted_kinds", "wanted_text", "offers", "needs",
    "minimum", "maximum", "per_day", "in_a_row", "pause",
)  # fmt: skip
ENTRY_PARTS = ("title", "text", "topics", "language")
DELEGATE_PARTS = ("name", "email", "job_title", "time_zone", "language")
MOST_NUMBERED = 20

NUMBERED = re.compile(
    r"(?P<what>offer|need)_(?P<number>\d{1,2})_(?P<part>title|text|topics|language)"
    r"|delegate_(?P<delegate>\d{1,2})_(?P<about>name|email|job_title|time_zone|language)"
)

# headings as people write them, in the form of `plain`
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("external id", "id", "symbol", "number", "nr", "nummer", "key", "kennung", "identifiant"),
    "name": (
        "name", "company", "company name", "organisation", "organization", "firm", "firma", "firmenname",
        "unternehmen", "entreprise", "societe", "nom", "startup", "start up", "institution", "aussteller",
    ),
    "kind": ("kind", "type", "role hint", "role", "typ", "art", "category", "kategorie", "categorie"),
    "group": ("group", "gruppe", "groupe"),
    "country": ("country", "land", "pays", "country code"),
    "region": ("region", "state", "province", "bundesland", "state province"),
    "city": ("city", "town", "ort", "stadt", "ville"),
    "website": ("website", "web", "url", "homepage", "site web", "webseite", "internet"),
    "description": (
        "description", "summary", "about", "profile", "beschreibung", "profil", "kurzbeschreibung",
        "one liner", "long description",
    ),
    "language": ("description language", "language of description"),
    "sector": ("sector", "branche", "secteur", "industry sector"),
    "stage": ("stage", "phase", "stade"),
    "size": ("size", "employees", "team size", "mitarbeiter", "groesse", "grosse", "effectif", "taille"),
    "languages": ("languages", "sprachen", "langues", "spoken languages"),
    "wanted_kinds": ("wanted kinds", "wants to meet kinds"),
    "wanted_text": ("wanted text", "wants to meet", "moechte treffen", "mochte treffen"),
    "offers": ("offers", "offer", "angebote", "angebot", "bietet", "offres", "offre"),
    "needs": ("needs", "need", "bedarf", "sucht", "gesucht", "besoins", "besoin", "recherche"),
    "minimum": ("minimum", "min meetings"),
    "maximum": ("maximum", "max meetings"),
    "per_day": ("per day", "max per day"),
    "in_a_row": ("in a row", "max in a row"),
    "pause": ("pause", "pause minutes", "pause in minutes", "pause in minuten"),
    "delegate_1_name": (
        "contact", "contact name", "contact person", "delegate", "ansprechpartner", "kontakt",
        "kontaktperson", "full name", "nom du contact", "delegate name", "person",
    ),
    "delegate_1_email": (
        "email", "e mail", "mail", "contact email", "e mail address", "email address", "e mail adresse",
        "courriel", "adresse e mail", "delegate email",
    ),
    "delegate_1_job_title": ("job title", "position", "funktion", "fonction", "title of contact"),
    "delegate_1_time_zone": ("time zone", "timezone", "zeitzone", "fuseau horaire"),
    "delegate_1_language": ("contact language", "preferred language", "sprache", "langue"),
}  # fmt: skip


def is_field(name: str) -> bool:
    """Whether an import knows this field."""
    if name in FIRM_FIELDS:
        return True
    found = NUMBERED.fullmatch(name)
    return found is not None and 1 <= int(found["number"] or found["delegate"]) <= MOST_NUMBERED


def all_fields(*, numbered: int = 3) -> tuple[str, ...]:
    """Every field, the numbered ones up to `numbered`."""
    fields = list(FIRM_FIELDS)
    for number in range(1, numbered + 1):
        fields += [f"delegate_{number}_{part}" for part in DELEGATE_PARTS]
    for what in ("offer", "need"):
        for number in range(1, numbered + 1):
            fields += [f"{what}_{number}_{part}" for part in ENTRY_PARTS]
    return tuple(fields)


def guess_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Column -> field, or IGNORED; a field goes to the column of its name, else to the first like it."""
    by_heading = {heading: field for field, headings in SYNONYMS.items() for heading in headings}
    mapping = {column: IGNORED for column in columns if column}
    for column in mapping:
        name = plain(column).replace(" ", "_")
        if is_field(name) and name not in mapping.values():
            mapping[column] = name
    for column in mapping:
        field = by_heading.get(plain(column), IGNORED)
        if mapping[column] == IGNORED and field not in mapping.values():
            mapping[column] = field
    return mapping


def complete_mapping(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The guess, corrected by what was chosen (column -> field, or IGNORED); raises Invalid."""
    known = {column.casefold(): column for column in columns if column}
    for column, field in chosen.items():
        if column.casefold() not in known:
            raise Invalid(
                N_("The file has no column %(column)s. Its columns are: %(columns)s."),
                field="mapping",
                column=column,
                columns=", ".join(known.values()),
            )
        if field != IGNORED and not is_field(field):
            raise Invalid(
                N_("There is no field %(name)s. The fields are: %(fields)s."),
                field="mapping",
                name=field,
                fields=", ".join(all_fields(numbered=1)),
            )
    wanted = {known[column.casefold()]: field for column, field in chosen.items()}
    taken = set(wanted.values()) - {IGNORED}
    guess = {column: IGNORED if field in taken else field for column, field in guess_mapping(columns).items()}
    mapping = {**guess, **wanted}
    _refuse_double(mapping)
    if "name" not in mapping.values():
        raise Invalid(N_("Say which column holds the name of the organisation."), field="mapping")
    return mapping


def _refuse_double(mapping: Mapping[str, str]) -> None:
    for field in set(mapping.values()) - {IGNORED}:
        columns = [column for column, chosen in mapping.items() if chosen == field]
        if len(columns) > 1:
            raise Invalid(
                N_("The columns %(columns)s are both meant as %(name)s. Choose one of them."),
                field="mapping",
                columns=", ".join(columns),
                name=field,
            )
