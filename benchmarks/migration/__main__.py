"""Migrates 35,000 persons and 100,000 meetings while the version before serves requests.

python -m benchmarks.migration --from COMMIT              on SQLite
python -m benchmarks.migration --from COMMIT --postgres   on PostgreSQL (from the test extra's wheel)

COMMIT is the last commit of the version before; its checkout fills the tables, serves the requests with its
own gunicorn and runs its own worker, while this version's `matchmaker migrate` runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from benchmarks.migration.visitors import Visits, visit_until
from matchmaker.db import Database
from matchmaker.migrate import present_revision
from tests import postgres
from tests.installation import BIN, free_port

ROOT = Path(__file__).resolve().parents[2]
VISITORS = 4
SECONDS_AROUND = 8


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.migration", description=__doc__)
    parser.add_argument("--from", dest="commit", required=True)
    parser.add_argument("--postgres", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matchmaker-migration-") as folder:
        old = Path(folder) / "old"
        old.mkdir()
        archive = subprocess.run(
            ["git", "archive", arguments.commit], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", old], input=archive.stdout, check=True)
        server = postgres.start() if arguments.postgres else None
        url = server.url(server.create()) if server else f"sqlite:///{folder}/filled.sqlite3"
        try:
            _measure(old, url)
        finally:
            if server:
                server.stop()


def _measure(old: Path, url: str) -> None:
    port = free_port()
    settings = {
        **os.environ, "DATABASE_URL": url, "BASE_URL": f"http://127.0.0.1:{port}",
        "MATCHMAKER_ENCODER": "ngrams",
        "SECRET_KEY": "only for benchmarks, long enough to be a secret", "PYTHONPATH": str(old),
    }  # fmt: skip
    _run(old, settings, "-m", "matchmaker.cli", "migrate")
    _run(old, settings, str(ROOT / "benchmarks" / "migration" / "fill.py"), url)
    print(f"filled; at {_revision(url)}")
    gunicorn = [str(BIN / "gunicorn"), "wsgi:app", "--workers", "2", "--threads", "4"]
    serving = [
        subprocess.Popen([*gunicorn, "--bind", f"127.0.0.1:{port}"], cwd=old, env=settings),
        subprocess.Popen([sys.executable, "-m", "matchmaker.cli", "worker"], cwd=old, env=settings),
    ]
    visits, ended = Visits(), threading.Event()
    threads = [
        threading.Thread(target=visit_until, args=(ended, settings["BASE_URL"], number, visits))
        for number in range(VISITORS)
    ]
    try:
        _wait_for_answer(settings["BASE_URL"])
        for thread in threads:
            thread.start()
        time.sleep(SECONDS_AROUND)
        began = time.monotonic()
        _run(ROOT, {**settings, "PYTHONPATH": str(ROOT)}, "-m", "matchmaker.cli", "migrate")
        over = time.monotonic()
        time.sleep(SECONDS_AROUND)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for process in serving:
            process.terminate()
        for process in serving:
            process.wait(60)
    print(f"migrated to {_revision(url)} in {over - began:.1f} s")
    _print("before", visits.between(0, began))
    _print("meanwhile", visits.between(began, over))
    _print("after", visits.between(over, time.monotonic()))


def _wait_for_answer(base_url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(base_url, timeout=60).close()
            return
        except OSError:
            time.sleep(0.2)


def _print(when: str, answers: list[tuple[int, float]]) -> None:
    statuses = dict(sorted(Counter(status for status, _took in answers).items()))
    seconds = sorted(took for _status, took in answers) or [0.0]
    middle, longest = seconds[len(seconds) // 2], seconds[-1]
    print(f"{when}: {len(answers)} requests {statuses}, median {middle:.3f} s, longest {longest:.2f} s")


def _revision(url: str) -> str | None:
    database = Database(url)
    with database.engine.connect() as connection:
        revision = present_revision(connection)
    database.dispose()
    return revision


def _run(folder: Path, settings: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, *words], cwd=folder, env=settings, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
