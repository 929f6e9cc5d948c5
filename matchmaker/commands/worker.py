"""`matchmaker worker`: does the work in the background."""

from __future__ import annotations

import datetime as dt
import signal
import threading

import click

from config import Config
from matchmaker.db import Database
from matchmaker.services.round import STALE_AFTER


@click.command()
@click.option(
    "--stale-after",
    type=click.IntRange(min=1),
    default=int(STALE_AFTER.total_seconds()),
    show_default=True,
    help="Seconds without a sign of life after which a round is taken over.",
)
@click.option("--clock", is_flag=True, help="On PostgreSQL: be the only worker, without the queue.")
@click.pass_obj
def worker(config: Config, stale_after: int, clock: bool) -> None:
    """Run rounds, send mails and let requests expire, until stopped with Ctrl-C.

    On PostgreSQL workers share a queue: start as many as wanted, on as many machines. On SQLite start one.
    """
    # the solvers take seconds to load: not for every command
    from matchmaker.jobs.clock import Worker

    # they load them too
    from matchmaker.jobs.distributed import DistributedWorker

    # and so does the queue's library
    from matchmaker.jobs.queue_schema import install_queue

    # the solvers again
    from matchmaker.scheduling import warm_up

    database = Database(config.database_url)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    kind: type[Worker | DistributedWorker] = Worker
    if database.engine.dialect.name == "postgresql" and not clock:
        kind = DistributedWorker
        install_queue(database)
    living = kind(database, config, stale_after=dt.timedelta(seconds=stale_after))
    living.start()
    # beside the work: nothing waits for it, and the first round finds its loops compiled
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    click.echo(f"Worker {living.name} is at work. Stop it with Ctrl-C.")
    ended.wait()
    living.stop()
    database.dispose()
