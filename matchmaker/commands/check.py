"""`matchmaker check`: whether the database keeps its promises."""

from __future__ import annotations

import sys

import click

from config import Config
from matchmaker.db import Database
from matchmaker.services.invariants import INVARIANTS, broken_invariants


@click.command()
@click.pass_obj
def check(config: Config) -> None:
    """Look for double bookings and other states that must not be; ends with 1 when there are any."""
    database = Database(config.database_url)
    with database.reading() as session:
        broken = broken_invariants(session)
    database.dispose()
    for rule, rows in broken.items():
        click.echo(f"BROKEN: {rule}")
        for row in rows:
            click.echo(f"  {row}")
    if broken:
        sys.exit(1)
    click.echo(f"All {len(INVARIANTS)} rules hold.")
