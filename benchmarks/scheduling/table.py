"""The whole table of form A, as Markdown: regimes, sizes and seeds; rivals; repair; the floor.

python -m benchmarks.scheduling.table --quick
python -m benchmarks.scheduling.table --out table.md

Each run is a process of its own, so that its peak memory is its own. Rows are written as they come.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TWO_SIDED = ("virtual", "zones", "tables")
HEAD = "| participants | regime | seed | seconds allowed | used | value | bound | gap % | peak MB | checked |"


@dataclass(frozen=True)
class Case:
    """One run."""

    n: int
    regime: str
    seed: int
    seconds: int


def cases(*, quick: bool) -> Iterator[Case]:
    """Sizes, regimes and seeds that the README names; in short, two seeds and nothing above 5,000."""
    seeds = range(1, 3 if quick else 11)
    for n in (300, 1000):
        yield from (Case(n, regime, seed, 15) for regime in TWO_SIDED for seed in seeds)
    yield from (Case(n, "open", seed, 30) for n in (300, 1000) for seed in seeds)
    yield from (Case(5000, regime, 1, 60) for regime in TWO_SIDED)
    if not quick:
        yield from (Case(35000, regime, 1, 60) for regime in TWO_SIDED)
        yield from (Case(35000, "tables", 1, seconds) for seconds in (180, 600))


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(prog="benchmarks.scheduling.table", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="write the rows here as well")
    parser.add_argument("--only", choices=("gaps", "rivals", "repair", "floor"))
    options = parser.parse_args()
    lines: list[str] = []

    def write(line: str) -> None:
        print(line, flush=True)
        lines.append(line)
        if options.out:
            options.out.write_text("\n".join(lines) + "\n")

    parts: dict[str, Callable[[Callable[[str], None], bool], None]] = {
        "gaps": _gaps,
        "rivals": _rivals,
        "repair": _repair,
        "floor": _floor,
    }
    write(f"Load when it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    for name, part in parts.items():
        if options.only in (None, name):
            write("")
            part(write, options.quick)


def _gaps(write: Callable[[str], None], quick: bool) -> None:
    write(HEAD)
    write("| " + " | ".join(["---"] * (HEAD.count("|") - 1)) + " |")
    for case in cases(quick=quick):
        found = _solved(case)
        write(
            f"| {case.n:,} | {case.regime} | {case.seed} | {case.seconds} | {found['seconds']} "
            f"| {found['value']:,} | {found['bound']:,.0f} "
            f"| {_per_cent(found)} | {found['peak_mb']} | {'yes' if found['checked'] else 'NO'} |"
        )


def _rivals(write: Callable[[str], None], quick: bool) -> None:
    """Share of the bound in per cent, same round, same time allowed, same machine, one after another."""
    sizes = (300,) if quick else (300, 1000)
    head = False
    for case in (Case(n, regime, 1, 15) for n in sizes for regime in TWO_SIDED):
        found = _solved(case, "--baselines")
        rivals: dict[str, dict[str, float]] = found["baselines"]
        if not head:
            write("| participants | regime | seed | ours | " + " | ".join(rivals) + " |")
            write("| " + " | ".join(["---"] * (4 + len(rivals))) + " |")
            head = True
        shares = [found["value"] / found["bound"], *(r["share"] for r in rivals.values())]
        write(
            f"| {case.n:,} | {case.regime} | {case.seed} | "
            + " | ".join(f"{100 * s:.2f}" for s in shares)
            + " |"
        )


def _repair(write: Callable[[str], None], quick: bool) -> None:
    _pairs(write, _run("benchmarks.scheduling.disturb", "--times", "12" if quick else "100"))


def _floor(write: Callable[[str], None], quick: bool) -> None:
    for seed in range(1, 2 if quick else 4):
        _pairs(write, _run("benchmarks.scheduling.floor", "--seed", str(seed)))


def _pairs(write: Callable[[str], None], found: dict[str, Any]) -> None:
    write("; ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items()))


def _solved(case: Case, *more: str) -> dict[str, Any]:
    wanted = ("--synthetic", case.n, "--regime", case.regime, "--seed", case.seed, "--seconds", case.seconds)
    return _run("benchmarks.scheduling", *map(str, wanted), "--json", *more)


def _run(module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _per_cent(found: dict[str, Any]) -> str:
    return "0, optimal" if found["status"] == "optimal" else f"{100 * found['gap']:.4f}"


if __name__ == "__main__":
    main()
