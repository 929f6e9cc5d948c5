"""Reading tables from files as people really save them, and from files that are broken or hostile."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from matchmaker.errors import Invalid
from matchmaker.services.table_file import DELIMITERS, Table, TableRow, guarded, read_table

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")

text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n"), max_size=30
)


def _csv(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def _xlsx(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cells(table: Table) -> list[list[str]]:
    width = len(table.columns)
    return [[*row.cells, *[""] * (width - len(row.cells))] for row in table.rows]


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.lists(text, min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(ENCODINGS),
)
def test_reading_gives_back_what_was_written(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    try:
        content = _csv([["name", "Größe", "offer 1"], *rows], delimiter, encoding)
    except UnicodeEncodeError:
        return  # Windows-1252 does not have these letters
    wanted = [[guarded_back(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not wanted:
        with pytest.raises(Invalid):
            read_table(content)
        return
    table = read_table(content)
    assert table.columns == ("name", "Größe", "offer 1")
    assert _cells(table) == wanted


def guarded_back(cell: str) -> str:
    """What reading makes of a cell: no blanks around it, no apostrophe of an export before it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@"} else cell


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_clear_error(content: bytes) -> None:
    try:
        read_table(content)
    except Invalid as error:
        assert error.field == "file"  # noqa: PT017 - both outcomes are right


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 6000), byte=st.integers(0, 255))
def test_any_damaged_workbook_gives_a_table_or_a_clear_error(at: int, byte: int) -> None:
    content = bytearray(_xlsx([["name", "email"], ["Firm", "a@firm.example"]]))
    content[at % len(content)] = byte
    try:
        read_table(bytes(content))
    except Invalid as error:
        assert error.field == "file"  # noqa: PT017 - both outcomes are right


@given(text)
def test_guarding_a_cell_is_undone_by_reading(cell: str) -> None:
    cell = " ".join(cell.split())
    if cell.startswith("'") or not cell:
        return
    table = read_table(_csv([["name", "x"], [guarded(cell), "1"]]))
    assert table.rows[0].cells[0] == cell


@pytest.mark.parametrize("cell", ["=1+1", "+49 201", "-cmd", "@SUM(A1)"])
def test_what_looks_like_a_formula_is_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "12.5", "Firm = good"])
def test_numbers_and_texts_are_not_guarded(cell: str) -> None:
    assert guarded(cell) == cell


def test_workbook_is_read_with_numbers_and_dates_as_text() -> None:
    table = read_table(_xlsx([["name", "size"], ["Firm", 12.0], [None, None], ["Other", True]]))
    assert table.columns == ("name", "size")
    assert table.rows == (TableRow(2, ("Firm", "12")), TableRow(4, ("Other", "yes")))


def test_formula_of_a_workbook_is_marked() -> None:
    table = read_table(_xlsx([["name", "size"], ["Firm", "=1+1"]]))
    assert table.rows[0].formulas == {1}


def test_line_that_excel_writes_for_itself_names_the_delimiter() -> None:
    table = read_table(b"sep=;\r\nname;city\r\nFirm, the;Essen\r\n")
    assert table.columns == ("name", "city")
    assert table.rows == (TableRow(3, ("Firm, the", "Essen")),)


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    table = read_table(b'name,text\nOne,"two\nlines"\n\nThree,x\n')
    assert [row.number for row in table.rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"name,email\n", "no row below"),
        (b"name,Name\nFirm,Firm", "same heading: Name, name"),
        (b'name,text\nFirm,"never closed\n', "quotation mark"),
        (b"name\nFi\0rm", "not a table"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"PK\x03\x04broken", "could not be read"),
        ("näme\nFirm\x81".encode("latin-1"), "letters"),
        (b"name,text\n" + b"Firm,x\n" * 50_001, "more than 50000 rows"),
    ],
)
def test_file_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_table(content)
    assert words in str(caught.value)


def test_zip_bomb_is_refused_unread() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    with pytest.raises(Invalid, match="larger inside"):
        read_table(file.getvalue())


def test_archive_of_something_else_is_no_workbook() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "x")
    with pytest.raises(Invalid, match="not an Excel workbook"):
        read_table(file.getvalue())
