"""The `matchmaker` command."""

from __future__ import annotations

import os
import secrets
import sys

import click

from config import Config, ConfigError, load
from matchmaker import migrate as migrations
from matchmaker.commands.administrator import make_administrator
from matchmaker.commands.backup import after_restore, backup, move_database, restore
from matchmaker.commands.check import check
from matchmaker.commands.demo import demo
from matchmaker.commands.doctor import doctor
from matchmaker.commands.encode import encode
from matchmaker.commands.event import new_event
from matchmaker.commands.learn import learn_weights
from matchmaker.commands.participant_import import import_participants
from matchmaker.commands.round import round_group
from matchmaker.commands.web import web
from matchmaker.commands.worker import worker
from matchmaker.db import Database
from matchmaker.log import configure_logging


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Open event matchmaking: run the service and its jobs."""
    try:
        context.obj = load(os.environ)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    configure_logging(context.obj)


@main.command()
@click.pass_obj
def migrate(config: Config) -> None:
    """Bring the database's tables to this version."""
    # the queue's library takes a while to load: not for every command
    from matchmaker.jobs.queue_schema import install_queue

    database = Database(config.database_url)
    migrations.upgrade(database)
    install_queue(database)
    database.dispose()
    click.echo("The database is up to date.")


@main.command("new-migration")
@click.argument("message")
@click.pass_obj
def new_migration(config: Config, message: str) -> None:
    """Write a migration from the difference between DATABASE_URL's tables and the models."""
    migrations.generate(Database(config.database_url), message)


@main.command("new-secret")
def new_secret() -> None:
    """Print a value for SECRET_KEY."""
    click.echo(secrets.token_urlsafe(48))


for command in (
    after_restore,
    backup,
    check,
    demo,
    doctor,
    encode,
    import_participants,
    learn_weights,
    make_administrator,
    move_database,
    new_event,
    restore,
    round_group,
    web,
    worker,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
