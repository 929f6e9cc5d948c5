"""`matchmaker backup`, `restore`, `after-restore` and `move-database`: the whole database, elsewhere."""

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
from matchmaker.services.restoration import Held, NotHeld, read_held, release, settle

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
@click.option("--send-mails", is_flag=True, help="Hold nothing back: nobody went on after the backup.")
@click.pass_obj
def restore(config: Config, file: Path, send_mails: bool) -> None:
    """Fill the empty database of DATABASE_URL from a backup, made from either kind of database."""
    database = Database(config.database_url)
    try:
        held = backups.restore(database, file, now=clock.now(), holds_back=not send_mails)
    except (CopyRefused, OSError) as error:
        _leave(f"Nothing was restored: {error}")
    _refuse_broken(database)
    click.echo("Restored, and every rule of `matchmaker check` holds.")
    if not send_mails:
        click.echo(
            f"{held} mails that waited are held, and nothing goes by date, because it may have been done"
        )
        click.echo("since the backup. To see what waits, and to let it go: matchmaker after-restore")


@click.command("after-restore")
@click.option("--send", "goes", flag_value="send", help="Send the held mails and do what is due.")
@click.option("--settle", "goes", flag_value="settle", help="Mail nobody: it was done before the restore.")
@click.pass_obj
def after_restore(config: Config, goes: str | None) -> None:
    """Show what waits since a restore; --send lets it go, --settle takes it as done and told."""
    database, now = Database(config.database_url), clock.now()
    try:
        if goes is None:
            with database.reading() as session:
                _tell(read_held(session, now=now))
            return
        with database.transaction() as session:
            mails = release(session, now=now) if goes == "send" else settle(session, now=now)
    except NotHeld as error:
        _leave(error.message)
    finally:
        database.dispose()
    click.echo(f"{mails} mails {'will be sent' if goes == 'send' else 'ended unsent'}; the clock goes on.")
    if goes == "settle":
        click.echo("Gates whose dates had passed have none now: organisers take them by hand under Rounds.")


def _tell(held: Held) -> None:
    click.echo(f"Restored at {held.restored_at:%Y-%m-%d %H:%M} UTC, and held since. With --send would go:")
    for kind, count in sorted(held.mails.items()):
        click.echo(f"  {count} waiting mails: {kind}")
    for gate in held.gates:
        click.echo(
            f"  the gate {gate.phase.value} of {gate.event}, due {gate.due_at:%Y-%m-%d %H:%M} UTC:"
            f" {gate.people} people mailed"
        )
    for kind, count in sorted(held.reminders.items()):
        click.echo(f"  {count} reminders: {kind}")
    for count, what in (
        (held.requests, "requests past their time, whose askers are told"),
        (held.meetings, "proposed meetings past their time, whose acceptors are told"),
        (held.slots, "freed slots and seats, each for whoever is next on the waiting list"),
    ):
        if count:
            click.echo(f"  {count} {what}")
    click.echo("With --settle none of this is mailed, and gates wait for the organiser's hand.")


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
