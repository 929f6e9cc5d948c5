"""Jobs of tests: each writes down that it ran, and nothing keeps it from being written twice."""

from __future__ import annotations

import os
import time
from typing import Any

import procrastinate
import psycopg

TABLES = """
    CREATE TABLE ran (number integer NOT NULL, pid integer NOT NULL);
    CREATE TABLE ticked (moment bigint NOT NULL, pid integer NOT NULL);
    CREATE TABLE began (number integer NOT NULL, pid integer NOT NULL);
"""


def add_counted(queue: procrastinate.App) -> None:
    """Add the jobs to a queue."""
    connector: Any = queue.connector
    address = connector._pool_args["conninfo"]

    def write(table: str, number: int) -> int:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", (number, os.getpid()))  # type: ignore[arg-type]
            row = connection.execute(f"SELECT count(*) FROM {table} WHERE {column[table]} = %s", (number,))  # type: ignore[arg-type]
            return int((row.fetchone() or [0])[0])

    column = {"ran": "number", "began": "number", "ticked": "moment"}

    @queue.task(name="counted", queue="work")
    def counted(number: int) -> None:
        write("ran", number)

    @queue.task(name="long", queue="work", lock="long")
    def long(number: int) -> None:
        if write("began", number) == 1:
            time.sleep(600)  # its worker is killed meanwhile
        write("ran", number)

    @queue.periodic(cron="* * * * * *")
    @queue.task(name="tick", queue="work")
    def tick(timestamp: int) -> None:
        write("ticked", timestamp)
