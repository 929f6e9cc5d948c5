"""`matchmaker encode`: encodes what the worker would, here and now, and says how far it is."""

from __future__ import annotations

import time

import click

from config import Config
from matchmaker.db import Database


@click.command("encode")
@click.pass_obj
def encode(config: Config) -> None:
    """Encode the texts of all profiles of events that are not over; what has a vector is left alone.

    It can be stopped at any time: what is done is kept, and the next call goes on from there.
    """
    # the encoders take seconds to load: not for every command
    from matchmaker.jobs.vector import encode_saved_texts, encoder_of

    database, encoder = Database(config.database_url), encoder_of(config)
    if encoder.is_fallback:
        click.echo("The language models are not installed: texts are compared by letters.", err=True)
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        if done:
            rate = done / (time.monotonic() - began)
            left = (total - done) / rate
            click.echo(f"{done} of {total} texts, {rate:.1f} a second, about {left:.0f} s left", err=True)

    done = encode_saved_texts(database, encoder, tell=tell)
    seconds = time.monotonic() - began
    rate = f", {done.encoded / seconds:.1f} a second" if done.encoded else ""
    click.echo(
        f"{done.texts} texts, {done.texts - done.encoded} known, {done.encoded} encoded "
        f"in {seconds:.1f} s{rate} ({encoder.version})"
    )
    database.dispose()
