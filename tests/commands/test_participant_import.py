"""`matchmaker import` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from matchmaker.cli import main
from matchmaker.db import Database
from matchmaker.models import Participation
from tests.factories import make_event


@pytest.fixture
def event_slug(database: Database) -> str:
    """An event to import into."""
    with database.transaction() as session:
        return make_event(session).slug


def _run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", *arguments], env={"DATABASE_URL": database_url})


def _count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Participation)) or 0


def test_import_tells_its_mapping_and_what_it_did(
    database: Database, database_url: str, event_slug: str, tmp_path: Path
) -> None:
    path = tmp_path / "firms.csv"
    path.write_bytes("Firma;Farbe;Rolle\nGröße AG;rot;corporate\n".encode("cp1252"))
    result = _run(database_url, event_slug, str(path), "--map", "Rolle=kind")
    assert result.output.splitlines() == [
        "1 rows (cp1252, cut at ';').",
        "  Firma -> name",
        "  Farbe -> (ignored)",
        "  Rolle -> kind",
        "1 to create",
        "Imported.",
    ]
    assert (result.exit_code, _count(database)) == (0, 1)


def test_dry_run_changes_nothing(
    database: Database, database_url: str, event_slug: str, tmp_path: Path
) -> None:
    path = tmp_path / "firms.csv"
    path.write_text("name\nFirm\n")
    result = _run(database_url, event_slug, str(path), "--kind", "startup", "--dry-run")
    assert "1 to create\nDry run: nothing was changed." in result.output
    assert (result.exit_code, _count(database)) == (0, 0)


def test_errors_are_told_with_row_column_and_value_and_nothing_is_imported(
    database: Database, database_url: str, event_slug: str, tmp_path: Path
) -> None:
    path = tmp_path / "firms.csv"
    path.write_text("name,kind\nFirm,startup\nOther,plumber\n")
    result = _run(database_url, event_slug, str(path))
    assert "row 3, column kind: 'plumber': This kind is not known. Write one of: startup," in result.output
    assert "1 rows have errors. Nothing was imported" in result.output
    assert (result.exit_code, _count(database)) == (1, 0)


@pytest.mark.parametrize(
    ("slug", "content", "words"),
    [("nowhere", "name\nFirm\n", "no event 'nowhere'"), ("", "", "The file is empty.")],
)
def test_what_cannot_be_imported_ends_in_one_clear_line(
    database_url: str, event_slug: str, tmp_path: Path, slug: str, content: str, words: str
) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(content)
    result = _run(database_url, slug or event_slug, str(path))
    assert words in result.output
    assert result.exit_code == 1
