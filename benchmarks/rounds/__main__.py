"""Whole rounds on SQLite, through the product's own commands, each a process of its own.

python -m benchmarks.rounds --firms        the 281 real firms of ../shared/data, 12 slots
python -m benchmarks.rounds --synthetic N  N participations made from ../shared/data/yc_companies.csv
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from benchmarks.rounds.synthetic import add_participations, read_companies
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Event

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
ORGANISER = "organiser@benchmark.example"
SLUG = "benchmark"


def main() -> None:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.rounds", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--firms", action="store_true")
    what.add_argument("--synthetic", type=int, metavar="N")
    parser.add_argument("--seconds", type=int, default=30, help="time limit of the scheduling step")
    parser.add_argument("--encoder", default=None, help="MATCHMAKER_ENCODER of the round")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"needs the real data in {DATA}, which is absent")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/benchmark.sqlite3"
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        if arguments.encoder:
            environment["MATCHMAKER_ENCODER"] = arguments.encoder
        prepare(environment)
        if arguments.firms:
            for name in ("canadian_cleantech_firms.csv", "german_corporates.csv"):
                _run(environment, "import", SLUG, str(DATA / name), "--include-unconfirmed")
        else:
            _fill(url, arguments.synthetic)
        _run(environment, "round", SLUG, "--publish", "--seconds", str(arguments.seconds))
        _run(environment, "check")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"peak memory of the largest process: {peak} MB")


def prepare(environment: dict[str, str], *, output: TextIO = sys.stdout) -> None:
    """A new installation with one event; what its commands say goes to `output`."""
    _run(environment, "migrate", output=output)
    _run(environment, "make-administrator", ORGANISER, output=output)
    _run(
        environment, "new-event", "Benchmark", "--by", ORGANISER, "--zone", "Europe/Berlin",
        "--start", "2027-02-10T14:00", "--slots", "12", "--minutes", "20", "--maximum", "8",
        "--address", "Example street 1, 45127 Essen", "--video-link", "https://video.example/{meeting}",
        output=output,
    )  # fmt: skip


def _fill(url: str, count: int) -> None:
    database = Database(url)
    companies = read_companies(DATA / "yc_companies.csv")
    with database.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        groups = {group.kind: group for group in event.groups}
        add_participations(
            session, event=event, startups=groups["startup"], corporates=groups["corporate"],
            companies=companies, count=count, now=clock.now(),
        )  # fmt: skip
    database.dispose()


def _run(environment: dict[str, str], *words: str, output: TextIO = sys.stdout) -> None:
    began = time.monotonic()
    print(f"$ matchmaker {' '.join(words)}", flush=True, file=output)
    command = [sys.executable, "-m", "matchmaker.cli", *words]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=output)
    print(f"  {time.monotonic() - began:.1f} s", flush=True, file=output)


if __name__ == "__main__":
    main()
