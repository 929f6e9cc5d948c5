"""`matchmaker backup`, `restore`, `release-mails` and `move-database`: the whole database, elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from config import Config
from matchmaker import backup as backups
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.row_copy import CopyRefused
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.outbox_delivery import release_mails

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(config: Config, file: Path) -> None:
    """Write the whole database into FILE, as it is at one moment, while the service runs."""
    try:
        backups.back_up(Database(config.database_url), file)
    except (CopyRefused, OSError) as error:
        _leave(f"No backup was made: {error}")
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB. It holds personal data: keep it as safe.")


@click.command()
@click.argument("file", type=EXISTING)
@click.option("--send-mails", is_flag=True, help="Send the mails that waited when the backup was made.")
@click.pass_obj
def restore(config: Config, file: Path, send_mails: bool) -> None:
    """Fill the empty database of DATABASE_URL from a backup, made from either kind of database."""
    database = Database(config.database_url)
    try:
        held = backups.restore(database, file, now=clock.now(), holds_mails=not send_mails)
    except (CopyRefused, OSError) as error:
        _leave(f"Nothing was restored: {error}")
    _refuse_broken(database)
    click.echo("Restored, and every rule of `matchmaker check` holds.")
    if held:
        click.echo(f"{held} mails waited when the backup was made and are held, because they may have been")
        click.echo("sent since. To send them: matchmaker release-mails")


@click.command("release-mails")
@click.pass_obj
def release_held_mails(config: Config) -> None:
    """Send the mails that a restore has held back."""
    with Database(config.database_url).transaction() as session:
        released = release_mails(session, now=clock.now())
    click.echo(f"{released} mails will be sent.")


@click.command("move-database")
@click.option("--to", "url", required=True, help="postgresql://user:password@host/name, migrated or new.")
@click.pass_obj
def move_database(config: Config, url: str) -> None:
    """Copy everything from DATABASE_URL into another, empty database; stop web and workers before."""
    target = Database(url)
    try:
        copied = backups.move(Database(config.database_url), target, now=clock.now())
    except CopyRefused as error:
        _leave(f"Nothing was moved: {error}")
    _refuse_broken(target)
    rows = sum(table.rows for table in copied.values())
    click.echo(f"{rows} rows of {len(copied)} tables were copied; counts and checksums are the same.")
    click.echo("Now set DATABASE_URL to the new address, run matchmaker migrate, and start again.")


def _refuse_broken(database: Database) -> None:
    with database.reading() as session:
        broken = broken_invariants(session)
    database.dispose()
    if broken:
        _leave(f"The rows are there, but these rules do not hold: {'; '.join(broken)}")


def _leave(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)
