"""Serves the demonstration on this machine: pages and background work in one process."""

from __future__ import annotations

import signal
import time
from types import FrameType

import click
import waitress

from config import ROOT, Config, as_demo
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.demo.people import PASSWORD
from matchmaker.demo.prepare import LOG_INS, prepare_demo
from matchmaker.jobs.clock import Worker

DEMO_DATABASE = ROOT / "instance" / "demo.sqlite3"


def serve_demo(config: Config, *, port: int) -> None:
    """Fill the demonstration where it is not there yet, and serve it until Ctrl-C."""
    began = time.monotonic()
    url = f"http://127.0.0.1:{port}"
    own = as_demo(config, database_url=f"sqlite:///{DEMO_DATABASE}", base_url=url)
    database = Database(own.database_url)
    is_new = prepare_demo(database, own)
    _greet(url, is_new=is_new, seconds=time.monotonic() - began)
    worker = Worker(database, own)
    worker.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        waitress.serve(create_app(own, database), host="127.0.0.1", port=port, threads=8, ident=None)
    except KeyboardInterrupt:
        pass
    finally:
        click.echo("\nStopping ...")
        worker.stop()
        database.dispose()


def _greet(url: str, *, is_new: bool, seconds: float) -> None:
    what = "filled and its rounds published" if is_new else "as you left it"
    click.echo(f"\nThe demonstration is ready ({what}, {seconds:.0f} s):\n\n  {url}\n")
    click.echo(f"Log in with the password  {PASSWORD}")
    for role, email in LOG_INS:
        click.echo(f"  {email:<36} {role}")
    click.echo("\nThese log-ins work on this machine only. Mails are kept and shown on the page Mails of an")
    click.echo("event. Start afresh with: rm instance/demo.sqlite3*   Stop with Ctrl-C.\n")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
