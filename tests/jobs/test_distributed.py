"""Several workers on PostgreSQL: each job once, periodic work once, and what a dead one had is taken over."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator

import procrastinate
import pytest
import sqlalchemy as sa

from config import Config
from matchmaker.db import Database
from matchmaker.jobs.queue import cron_of, make_queue
from matchmaker.jobs.queue_schema import has_queue, install_queue
from tests.jobs.counted import TABLES, add_counted
from tests.nursery import Workers, wait_until
from tests.postgres import Server

EXTEND = "tests.jobs.counted:add_counted"


@pytest.fixture
def database_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """A fresh PostgreSQL."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def queue(database: Database, config: Config) -> Iterator[procrastinate.App]:
    """The queue of that database with the tests' jobs, open."""
    install_queue(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(TABLES)
    queue = make_queue(database, config, stop=threading.Event(), stale_after=dt.timedelta(seconds=60))
    add_counted(queue)
    with queue.open():
        yield queue


def _rows(database: Database, statement: str) -> list[tuple[int, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(sa.text(statement))]


def test_three_workers_do_two_hundred_jobs_once_each_and_periodic_work_once(
    queue: procrastinate.App, workers: Workers, database: Database
) -> None:
    started = [workers.start(stale_after=60, extend=EXTEND) for _ in range(3)]
    wait_until(lambda: len(_rows(database, "SELECT * FROM procrastinate_workers")) == 6, "3 x 2 queues")
    queue.tasks["counted"].batch_defer(*({"number": number} for number in range(200)))
    wait_until(lambda: len(_rows(database, "SELECT * FROM ran")) >= 200, "200 jobs")
    wait_until(lambda: len(_rows(database, "SELECT DISTINCT moment FROM ticked")) >= 4, "4 turns")
    for pid in started:
        workers.stop(pid)
    ran = Counter(number for number, _pid in _rows(database, "SELECT number, pid FROM ran"))
    assert ran == Counter(range(200))
    assert {pid for (pid,) in _rows(database, "SELECT DISTINCT pid FROM ran")} == set(started)
    assert _rows(database, "SELECT moment FROM ticked GROUP BY moment HAVING count(*) > 1") == []
    assert _rows(database, "SELECT id FROM procrastinate_jobs WHERE status = 'failed'") == []
    assert _rows(database, "SELECT name FROM worker_heartbeat") == []


def test_job_of_a_killed_worker_is_done_by_another(
    queue: procrastinate.App, workers: Workers, database: Database
) -> None:
    queue.tasks["long"].defer(number=1)
    first = workers.start(extend=EXTEND)
    wait_until(lambda: _rows(database, "SELECT * FROM began"), "the job to begin")
    second = workers.start(extend=EXTEND)
    workers.kill(first)
    wait_until(lambda: _rows(database, "SELECT * FROM ran"), "the other worker to do it")
    assert _rows(database, "SELECT number, pid FROM ran") == [(1, second)]
    workers.stop(second)


def test_queue_is_installed_once_and_again_without_harm(database: Database) -> None:
    assert not has_queue(database)
    threads = [threading.Thread(target=install_queue, args=(database,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert has_queue(database)


@pytest.mark.parametrize(
    ("seconds", "cron"),
    [(1, "* * * * * */1"), (5, "* * * * * */5"), (60, "*/1 * * * *"), (600, "*/10 * * * *"),
     (3600, "0 * * * *")],
)  # fmt: skip
def test_turns_are_written_as_cron(seconds: int, cron: str) -> None:
    assert cron_of(seconds) == cron


def test_a_turn_that_divides_no_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="7 seconds"):
        cron_of(7)
