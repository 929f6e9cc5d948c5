"""Encoding real descriptions through the product's own command and database, killed half-way and resumed.

`python -m benchmarks.matching.encode --descriptions FILE` reads a table (CSV) with a column `description`
(`one_liner` serves where that is empty), saves each as the offer of a participation and runs the command
`matchmaker encode` three times: the first is killed at half, the second finishes, the third finds nothing.
It prints JSON; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.rounds.__main__ import ROOT, prepare
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    Entry,
    EntryKind,
    Event,
    Organisation,
    OrganisationKind,
    Origin,
    Participation,
    ParticipationStatus,
    TextVector,
)


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.matching.encode", description=__doc__)
    parser.add_argument("--descriptions", type=Path, required=True, help="CSV with a column `description`")
    parser.add_argument("--limit", type=int, default=None, help="only the first N of them")
    parser.add_argument("--encoder", default="best", help="best (default), fast, ngrams")
    chosen = parser.parse_args()
    try:
        with chosen.descriptions.open(encoding="utf-8-sig", newline="") as file:
            texts = [
                (row["description"] or row.get("one_liner") or "").strip() for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        sys.exit(f"{chosen.descriptions} cannot be read as a CSV table with a column description: {error!r}")
    texts = [text for text in texts if text][: chosen.limit]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/benchmark.sqlite3"
        environment = {
            **os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT), "MATCHMAKER_ENCODER": chosen.encoder,
        }  # fmt: skip
        prepare(environment, output=sys.stderr)
        database = Database(url)
        save(database, texts)
        print(json.dumps(measure(database, environment, len(set(texts)))))
        database.dispose()


def save(database: Database, texts: list[str]) -> None:
    """One approved participation for each text, which is its offer."""
    now = clock.now()
    with database.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        group = next(group for group in event.groups if group.kind == "startup")
        for number, text in enumerate(texts):
            name, kind = f"Startup {number}", OrganisationKind.STARTUP
            organisation = Organisation(name=name, name_key=name.casefold(), kind=kind, created_at=now)
            participation = Participation(
                event_id=event.id, organisation=organisation, group_id=group.id,
                status=ParticipationStatus.APPROVED, origin=Origin.ORGANISER, confirmed_at=now,
                description="", language="en", languages=["en"], created_at=now, updated_at=now,
            )  # fmt: skip
            participation.entries = [
                Entry(kind=EntryKind.OFFER, title=text[:80], text=text, language="en", topics=[])
            ]
            session.add(participation)


def measure(database: Database, environment: dict[str, str], total: int) -> dict[str, object]:
    """Figures of the three runs."""
    began = time.monotonic()
    first = _encode(environment)
    while first.poll() is None and _kept(database) < total // 2:
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    killed_after, kept = time.monotonic() - began, _kept(database)
    began = time.monotonic()
    resumed = _encode(environment).communicate()[0].strip()
    seconds, all_kept = time.monotonic() - began, _kept(database)
    again = _encode(environment).communicate()[0].strip()
    return {
        "texts": all_kept,
        "encoder": environment["MATCHMAKER_ENCODER"],
        "killed_after_seconds": round(killed_after, 1),
        "kept_when_killed": kept,
        "resumed_encoded": all_kept - kept,
        "resumed_seconds_with_start": round(seconds, 1),
        "resumed_texts_per_second": round((all_kept - kept) / seconds, 1),
        "resumed_said": resumed,
        "second_run_said": again,
    }


def _encode(environment: dict[str, str]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "matchmaker.cli", "encode"]
    return subprocess.Popen(words, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(TextVector)) or 0


if __name__ == "__main__":
    main()
