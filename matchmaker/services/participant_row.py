"""One row of an import: cells in, checked values out, every error with its column, value and way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from matchmaker.errors import N_, Invalid
from matchmaker.models import EntryKind, OrganisationKind
from matchmaker.services.country import plain
from matchmaker.services.participant_columns import IGNORED, NUMBERED
from matchmaker.services.participant_values import (
    LONGEST,
    NOTHING,
    UnusableCell,
    country_of,
    email_of,
    kind_of,
    kinds_of,
    language_of,
    languages_of,
    parted,
    size_class_of,
    stage_of,
    titles_of,
    website_of,
    whole_number_of,
    zone_of,
)
from matchmaker.services.table_file import TableRow

T = TypeVar("T")


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row (or, without a column, with all of it): a sentence to translate."""

    row: int
    column: str
    value: str
    message: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class EntryRow:
    """An offer or need of a row."""

    kind: EntryKind
    title: str
    text: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class DelegateRow:
    """A person of a row; without an address it can sit in meetings and is never mailed."""

    name: str = ""
    email: str | None = None
    job_title: str = ""
    time_zone: str = ""
    language: str = ""


@dataclass(frozen=True)
class FirmRow:
    """A firm as its row describes it; `given` names the fields that the file has columns for."""

    number: int
    name: str
    given: frozenset[str]
    external_id: str | None = None
    kind: OrganisationKind | None = None
    group: str = ""
    profile: Mapping[str, object] = field(default_factory=dict)
    city: str = ""
    limits: Mapping[str, int | None] = field(default_factory=dict)
    entries: tuple[EntryRow, ...] = ()
    delegates: tuple[DelegateRow, ...] = ()


class RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(
        self,
        row: TableRow,
        columns: tuple[str, ...],
        mapping: Mapping[str, str],
        topics: Mapping[str, str],
    ) -> None:
        self.row = row
        self.errors: list[RowError] = []
        self._topics = topics
        self._cells: dict[str, tuple[str, str]] = {}
        for at, cell in enumerate(row.cells):
            if at >= len(columns) or not columns[at]:
                if cell and at >= len(columns):
                    self._refuse("", cell, N_("There are more cells than headings in this row."))
                continue
            if mapping.get(columns[at], IGNORED) == IGNORED:
                continue
            if at in row.formulas:
                self._refuse(
                    columns[at],
                    cell,
                    N_("This cell holds a formula. Copy the column and paste it as values."),
                )
                continue
            self._cells[mapping[columns[at]]] = (columns[at], cell)

    def text(self, name: str, longest: str | None = None) -> str:
        """The cell of a field as text, empty where there is none; a blank stand-in counts as none."""
        _column, cell = self._cells.get(name, ("", ""))
        limit = LONGEST[longest or name]
        if len(cell) > limit:
            self._refuse(_column, cell, N_("At most %(limit)s letters fit here."), limit=limit)
            return ""
        return cell

    def value(self, name: str, read: Callable[[str], T], empty: T) -> T:
        """The cell of a field as `read` understands it, or `empty` where it is blank or wrong."""
        column, cell = self._cells.get(name, ("", ""))
        if cell.casefold() in NOTHING:
            return empty
        try:
            return read(cell)
        except UnusableCell as wrong:
            self._refuse(column, cell, wrong.message, **wrong.arguments)
        except Invalid as wrong:
            self._refuse(column, cell, wrong.message, **wrong.arguments)
        return empty

    def words(self, name: str, read: Callable[[str], list[str]]) -> list[str]:
        """The cell of a field as the list that `read` makes of it, empty where it is blank or wrong."""
        nothing: list[str] = []
        return self.value(name, read, nothing)

    def topics(self, cell: str) -> list[str]:
        """Codes of topics from codes or labels in any language, separated by bars or semicolons."""
        codes = []
        for word in parted(cell, "|;"):
            code = self._topics.get(plain(word))
            if code is None:
                raise UnusableCell(
                    N_("The event has no topic %(topic)s. Add it in the set-up or correct the word."),
                    topic=word,
                )
            codes.append(code)
        return list(dict.fromkeys(codes))

    def numbers(self, what: str) -> list[int]:
        """Which numbered offers, needs or delegates the row has a cell for."""
        group = "delegate" if what == "delegate" else "number"
        found = (NUMBERED.fullmatch(name) for name in self._cells if name.startswith(f"{what}_"))
        return sorted({int(match[group]) for match in found if match is not None})

    def refuse(self, name: str, message: str, **arguments: object) -> None:
        """Note an error of a field."""
        column, cell = self._cells.get(name, ("", ""))
        self._refuse(column, cell, message, **arguments)

    def _refuse(self, column: str, value: str, message: str, **arguments: object) -> None:
        self.errors.append(RowError(self.row.number, column, value[:200], message, arguments))


def read_firm(reader: RowReader, *, given: frozenset[str]) -> FirmRow:
    """The firm of a row; what is wrong stands in `reader.errors`."""
    name = reader.text("name")
    if not name:
        reader.refuse("name", N_("The name of the organisation is missing."))
    profile: dict[str, object] = {
        "description": reader.text("description"),
        "sector": reader.value("sector", lambda cell: cell[: LONGEST["sector"]], ""),
        "region": reader.value("region", lambda cell: cell[: LONGEST["region"]], ""),
        "wanted_text": reader.text("wanted_text"),
        "country": reader.value("country", country_of, ""),
        "website": reader.value("website", website_of, ""),
        "language": reader.value("language", language_of, ""),
        "stage": reader.value("stage", stage_of, ""),
        "size": reader.value("size", size_class_of, ""),
        "languages": reader.words("languages", languages_of),
        "wanted_kinds": reader.words("wanted_kinds", kinds_of),
    }
    limits = ("minimum", "maximum", "per_day", "in_a_row", "pause")
    return FirmRow(
        number=reader.row.number,
        name=name,
        given=given,
        external_id=reader.text("external_id") or None,
        kind=reader.value("kind", kind_of, None),
        group=reader.value("group", str, ""),
        profile=profile,
        city=reader.text("city"),
        limits={limit: reader.value(limit, whole_number_of, None) for limit in limits},
        entries=tuple(_entries(reader)),
        delegates=tuple(_delegates(reader)),
    )


def _entries(reader: RowReader) -> list[EntryRow]:
    entries: list[EntryRow] = []
    for what in EntryKind:
        for title in reader.words(f"{what}s", titles_of):
            if len(title) > LONGEST["title"]:
                reader.refuse(f"{what}s", N_("At most %(limit)s letters fit here."), limit=LONGEST["title"])
            entries.append(EntryRow(what, title))
        for number in reader.numbers(what):
            begin = f"{what}_{number}"
            title = reader.text(f"{begin}_title", "title")
            text = reader.text(f"{begin}_text", "text")
            if not title and not text:
                continue
            entries.append(
                EntryRow(
                    what,
                    title or text[: LONGEST["title"]],
                    text if title else "",
                    tuple(reader.words(f"{begin}_topics", reader.topics)),
                    reader.value(f"{begin}_language", language_of, ""),
                )
            )
    return entries


def _delegates(reader: RowReader) -> list[DelegateRow]:
    people = []
    for number in reader.numbers("delegate"):
        begin = f"delegate_{number}"
        person = DelegateRow(
            name=reader.text(f"{begin}_name", "name"),
            email=reader.value(f"{begin}_email", email_of, None),
            job_title=reader.text(f"{begin}_job_title", "job_title"),
            time_zone=reader.value(f"{begin}_time_zone", zone_of, ""),
            language=reader.value(f"{begin}_language", language_of, ""),
        )
        if person.name or person.email:
            people.append(person)
    return people
