"""`matchmaker make-administrator`: the first administrator, and any other."""

from __future__ import annotations

import sys

import click

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.services.person_right import FIRST_LINK_LIFETIME
from matchmaker.services.person_right import make_administrator as give_right


@click.command("make-administrator")
@click.argument("email")
@click.pass_obj
def make_administrator(config: Config, email: str) -> None:
    """Let EMAIL administer this installation; prints a link to set a password where there is none."""
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            person, token = give_right(session, email=email, now=clock.now())
    except MatchmakerError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    finally:
        database.dispose()
    click.echo(f"{person.email} is an administrator of {config.base_url}.")
    if token is not None:
        hours = int(FIRST_LINK_LIFETIME.total_seconds() // 3600)
        click.echo(f"Set a password here; the link works once, for {hours} hours:")
        click.echo(f"{config.base_url}/password/reset/{token}")
