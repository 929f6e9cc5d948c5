"""`matchmaker import`: participants from a CSV or XLSX file."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.models import Event, OrganisationKind
from matchmaker.services.participant_apply import apply_import
from matchmaker.services.participant_columns import complete_mapping
from matchmaker.services.participant_import import ImportPlan, RowAction, plan_import
from matchmaker.services.participant_row import RowError
from matchmaker.services.table_file import Table, read_table

SHOWN_ERRORS = 50


@click.command("import")
@click.argument("event_slug", metavar="EVENT")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "chosen", multiple=True, metavar="COLUMN=FIELD", help="Correct the guess.")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in OrganisationKind]), help="For rows that do not say."
)
@click.option("--source", default="", help="Where the data came from, as the invitation will say it.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--include-unconfirmed", is_flag=True, help="Use the firms in rounds before they confirm.")
@click.option("--skip-bad-rows", is_flag=True, help="Import the other rows although some have errors.")
@click.pass_obj
def import_participants(
    config: Config,
    event_slug: str,
    path: Path,
    chosen: tuple[str, ...],
    kind: str | None,
    source: str,
    dry_run: bool,
    include_unconfirmed: bool,
    skip_bad_rows: bool,
) -> None:
    """Import participants of FILE (CSV or XLSX) into EVENT, named by its address on the web."""
    database = Database(config.database_url)
    try:
        table = read_table(path.read_bytes())
        mapping = complete_mapping(table.columns, _pairs(chosen))
        _tell_mapping(table, mapping)
        with database.transaction() as session:
            event = session.scalar(sa.select(Event).where(Event.slug == event_slug))
            if event is None:
                raise click.ClickException(f"There is no event {event_slug!r}.")
            plan = plan_import(
                session,
                event=event,
                table=table,
                mapping=mapping,
                kind=OrganisationKind(kind) if kind else None,
            )
            _tell_plan(plan)
            if dry_run:
                click.echo("Dry run: nothing was changed.")
                return
            apply_import(
                session,
                event=event,
                plan=plan,
                source=source or path.name,
                actor_id=None,
                now=clock.now(),
                includes_unconfirmed=include_unconfirmed,
                skips_bad_rows=skip_bad_rows,
            )
        click.echo("Imported.")
    except MatchmakerError as error:
        click.echo(error.message % error.arguments if error.arguments else error.message, err=True)
        sys.exit(1)
    finally:
        database.dispose()


def _pairs(chosen: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for pair in chosen:
        column, sign, field = pair.partition("=")
        if not sign:
            raise click.ClickException(f"--map {pair!r}: write it like --map 'Company name=name'.")
        pairs[column.strip()] = field.strip()
    return pairs


def _tell_mapping(table: Table, mapping: dict[str, str]) -> None:
    how = f"{table.encoding}, cut at {table.delimiter!r}" if table.delimiter else table.encoding
    click.echo(f"{len(table.rows)} rows ({how}).")
    for column, field in mapping.items():
        click.echo(f"  {column} -> {field or '(ignored)'}")


def _tell_plan(plan: ImportPlan) -> None:
    for error in plan.errors[:SHOWN_ERRORS]:
        click.echo(_sentence(error), err=True)
    if len(plan.errors) > SHOWN_ERRORS:
        click.echo(f"... and {len(plan.errors) - SHOWN_ERRORS} more errors.", err=True)
    counts = {
        "to create": plan.count(RowAction.CREATE),
        "to update": plan.count(RowAction.UPDATE),
        "confirmed by the firm, left as they are": plan.count(RowAction.KEEP_CONFIRMED),
        "withdrawn, left as they are": plan.count(RowAction.KEEP_WITHDRAWN),
        "who asked to be erased, not imported": plan.count(RowAction.SKIP_ERASED),
        "rows with errors": plan.bad_rows,
    }
    click.echo("; ".join(f"{count} {words}" for words, count in counts.items() if count) or "Nothing to do.")


def _sentence(error: RowError) -> str:
    where = f"row {error.row}" + (f", column {error.column}" if error.column else "")
    text = error.message % error.arguments if error.arguments else error.message
    return f"{where}: {error.value!r}: {text}" if error.value else f"{where}: {text}"
