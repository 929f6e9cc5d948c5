"""`matchmaker demo`: a filled demonstration on this machine."""

from __future__ import annotations

import socket
import sys

import click

from config import Config


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.pass_obj
def demo(config: Config, port: int) -> None:
    """Fill a demonstration on SQLite, run its rounds, print the log-ins, and serve it on this machine."""
    if not _is_free(port):
        click.echo(f"Port {port} is in use. Choose another one: make demo PORT={port + 1}", err=True)
        sys.exit(1)
    click.echo("Preparing the demonstration ...")
    # the solvers take seconds to load: not for every command
    from matchmaker.demo.serve import serve_demo

    serve_demo(config, port=port)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
