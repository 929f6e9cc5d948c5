"""Reads the first sheet of an Excel workbook, without trusting what its archive says of itself."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook

from matchmaker.errors import N_, Invalid

MAXIMUM_UNPACKED = 100 * 1024 * 1024
MAXIMUM_PARTS = 2_000

Record = tuple[int, tuple[str, ...], frozenset[int]]


class UnreadableWorkbook(Invalid):
    """The workbook cannot be read, or not safely."""

    message = N_("This workbook could not be read. Open it in your spreadsheet and save it again as .xlsx.")

    def __init__(self, message: str | None = None, **arguments: object) -> None:
        super().__init__(message, field="file", **arguments)


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are an archive, which is what an .xlsx file is."""
    return content.startswith(b"PK")


def read_workbook(content: bytes, *, maximum_rows: int, maximum_columns: int) -> list[Record]:
    """The rows of the first sheet that are not blank: number, cells as text, cells that hold a formula."""
    _refuse_bombs(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            return list(_records(content, maximum_rows, maximum_columns))
    except Invalid:
        raise
    except Exception as error:  # a broken workbook breaks in openpyxl, lxml, zipfile or zlib, in any way
        raise UnreadableWorkbook() from error


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception as error:  # a damaged table of contents fails in any way, not as BadZipFile alone
        raise UnreadableWorkbook() from error
    if len(parts) > MAXIMUM_PARTS or sum(part.file_size for part in parts) > MAXIMUM_UNPACKED:
        raise UnreadableWorkbook(
            N_("This workbook is far larger inside than it looks. Save the list alone, as .xlsx or as CSV.")
        )
    if not any(part.filename.startswith("xl/") for part in parts):
        raise UnreadableWorkbook(N_("This is not an Excel workbook. Save your list as .xlsx or as CSV."))


def _records(content: bytes, maximum_rows: int, maximum_columns: int) -> Iterator[Record]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the sheet claims as its size may be wrong
        rows = sheet.iter_rows(max_row=maximum_rows + 2, max_col=maximum_columns + 1)
        for number, row in enumerate(rows, start=1):
            cells = tuple(_text(cell.value) for cell in row)
            if not any(cells):
                continue
            if number > maximum_rows + 1:
                raise UnreadableWorkbook(N_("The file has more than %(maximum)s rows."), maximum=maximum_rows)
            formulas = frozenset(at for at, cell in enumerate(row) if cell.data_type == "f")
            yield number, cells, formulas
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).replace("\0", "").strip()
