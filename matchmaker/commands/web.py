"""`matchmaker web`: serves the pages, and does no work in the background."""

from __future__ import annotations

import click
import waitress

from config import Config
from matchmaker import create_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True)
@click.pass_obj
def web(config: Config, host: str, port: int, threads: int) -> None:
    """Serve the pages with waitress; for several processes use gunicorn wsgi:app."""
    click.echo(f"Serving {config.base_url} on {host}:{port}. Rounds and mails need: matchmaker worker")
    waitress.serve(create_app(config), host=host, port=port, threads=threads, ident=None)
