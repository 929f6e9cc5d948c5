"""Reads a table from an uploaded file: CSV of any usual encoding and delimiter, or an Excel workbook.

Pure: bytes in, text cells out. Whatever is wrong with the file is told in words of the file (row,
column) together with the way out.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from matchmaker.errors import N_, Invalid
from matchmaker.services.workbook import is_workbook, read_workbook

MAXIMUM_ROWS = 50_000
MAXIMUM_COLUMNS = 300
MAXIMUM_CELL = 20_000
DELIMITERS = (",", ";", "\t", "|")
# what a spreadsheet would take for a formula; exports put an apostrophe before it
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableFile(Invalid):
    """The file holds no table that can be read."""

    def __init__(self, message: str, **arguments: object) -> None:
        super().__init__(message, field="file", **arguments)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as a spreadsheet shows it, its cells, and which of them hold a formula."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by their headings, and the rows that are not blank; how the file was written."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    encoding: str
    delimiter: str


def read_table(content: bytes) -> Table:
    """The table of a CSV or XLSX file; raises UnreadableFile."""
    if not content.strip():
        raise UnreadableFile(N_("The file is empty."))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(N_("This is an old Excel file. Open it and save it as .xlsx or as CSV."))
    if is_workbook(content):
        records = read_workbook(content, maximum_rows=MAXIMUM_ROWS, maximum_columns=MAXIMUM_COLUMNS)
        rows = [TableRow(number, cells, formulas) for number, cells, formulas in records]
        return _as_table(rows, "xlsx", "")
    text, encoding = decode(content)
    delimiter, skipped = _delimiter(text)
    return _as_table(_records(text, delimiter)[skipped:], encoding, delimiter)


def decode(content: bytes) -> tuple[str, str]:
    """The text of the bytes and the name of its encoding; raises UnreadableFile."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return _decoded(content, encoding), encoding
    if content[1:2] == b"\0" or content[:1] == b"\0":
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        return _decoded(content, encoding), encoding
    try:
        return _without_nul(content.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        return _decoded(content, "cp1252"), "cp1252"


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return _without_nul(content.decode(encoding))
    except UnicodeDecodeError:
        raise UnreadableFile(
            N_("The letters of this file could not be read. Save it as CSV in UTF-8, or as .xlsx.")
        ) from None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise UnreadableFile(N_("This is not a table. Save your list as .xlsx or as CSV."))
    return text


def _delimiter(text: str) -> tuple[str, int]:
    """The delimiter that cuts the heading into the most columns, and how many records come before it."""
    first = text.lstrip("\r\n").splitlines()[0].strip() if text.strip() else ""
    if first.lower().startswith("sep=") and first[4:] in DELIMITERS:
        return first[4:], 1  # the line that Excel writes for itself
    widths = {delimiter: _heading_width(text, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: widths[delimiter]), 0


def _heading_width(text: str, delimiter: str) -> int:
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in record):
                return len(record)
    except csv.Error:
        return 0
    return 0


def _records(text: str, delimiter: str) -> list[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    try:
        for number, record in enumerate(reader, start=1):
            if len(rows) > MAXIMUM_ROWS:
                raise UnreadableFile(N_("The file has more than %(maximum)s rows."), maximum=MAXIMUM_ROWS)
            if any(cell.strip() for cell in record):
                rows.append(TableRow(number, tuple(record)))
    except csv.Error:
        raise UnreadableFile(
            N_(
                "Line %(line)s could not be read: a quotation mark is missing or stands in the wrong place. "
                "Save the list again from your spreadsheet, as .xlsx or as CSV."
            ),
            line=reader.line_num,
        ) from None
    return rows


def _as_table(rows: list[TableRow], encoding: str, delimiter: str) -> Table:
    if not rows:
        raise UnreadableFile(N_("The file is empty."))
    heading = [" ".join(cell.split()) for cell in rows[0].cells]
    while heading and not heading[-1]:
        heading.pop()
    if len(heading) > MAXIMUM_COLUMNS:
        raise UnreadableFile(N_("The file has more than %(maximum)s columns."), maximum=MAXIMUM_COLUMNS)
    _refuse_double(heading)
    body = tuple(_tidy(row) for row in rows[1:])
    if not body:
        raise UnreadableFile(N_("The file has a heading, but no row below it."))
    return Table(tuple(heading), body, encoding, delimiter)


def _refuse_double(heading: list[str]) -> None:
    folded = [name.casefold() for name in heading if name]
    double = sorted({name for name in heading if name and folded.count(name.casefold()) > 1})
    if double:
        raise UnreadableFile(
            N_("Several columns have the same heading: %(columns)s. Give each its own."),
            columns=", ".join(double),
        )


def _tidy(row: TableRow) -> TableRow:
    cells = [_unguarded(cell.strip()) for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return TableRow(row.number, tuple(cells), row.formulas)


def _unguarded(cell: str) -> str:
    """The cell without the apostrophe that an export put before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def guarded(cell: str) -> str:
    """The cell as an export writes it, so that no spreadsheet takes it for a formula."""
    is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not is_number else cell
