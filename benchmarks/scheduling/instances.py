"""Form B: the public instances (MiniZinc data) of Bofill et al., JAIR 74, 2022, read, solved and checked.

python -m benchmarks.scheduling --instance FILE [--fairness D] [--seconds S] [--seed K] --json
"""

from __future__ import annotations

import re
import resource
import time
from pathlib import Path
from typing import Any

from matchmaker.scheduling.timetable import AgreedMeeting, TimetableProblem, check_timetable, timetable

FAIRNESS = 2  # the paper's


class NotAnInstance(ValueError):
    """A file that is not of this format, and what is wrong with it."""


def measure(path: Path, fairness: int, seconds: float, seed: int) -> dict[str, Any]:
    """Solve and check one instance; `seconds` in the answer is the wall time of `timetable`."""
    problem = read(path.read_text())
    began = time.monotonic()
    found = timetable(problem, seconds=seconds, seed=seed, fairness=fairness)
    spent = time.monotonic() - began
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "instance": path.name,
        "fairness": fairness,
        "status": found.status,
        "value": found.breaks,
        "bound": found.bound,
        "gap": found.gap,
        "seconds": round(spent, 2),
        "peak_mb": round(peak / 1024),
        "checked": check_timetable(problem, found) == [],
        "log": [f"{a.engine} {a.outcome} {a.seconds:.1f}" for a in found.log],
        "schedule": [t + 1 for t in found.slots],
    }


def read(text: str) -> TimetableProblem:
    """The problem of a .dzn file: positions and slots from 1 there, from 0 here.

    The meetings of each participant are in the file a second time, shifted by one; only `requested` is read.
    """
    items = dict(re.findall(r"(\w+)\s*=\s*(.*?)\s*;", re.sub(r"%[^\n]*", "", text), re.DOTALL))
    try:
        slots, morning = int(items["nTotalSlots"]), int(items["nMorningSlots"])
        sessions = {1: range(morning), 2: range(morning, slots), 3: range(slots)}
        requested = [_numbers(row) for row in items["requested"].strip("[]| \n").split("|")]
        requested = [row for row in requested if row]
        fixed = _numbers(items.get("fixed", "")) or [0] * len(requested)
        earlier = _sets(items.get("precedences", "")) or [[] for _ in requested]
        forbidden = _sets(items.get("forbidden", "")) or [[] for _ in range(int(items["nBusiness"]))]
        meetings = tuple(
            AgreedMeeting(
                (a - 1, b - 1),
                tuple(t for t in sessions[session] if at in (0, t + 1)),
                tuple(m - 1 for m in before),
            )
            for (a, b, session), at, before in zip(requested, fixed, earlier, strict=True)
        )
        if len(meetings) != int(items["nMeetings"]) or len(forbidden) != int(items["nBusiness"]):
            raise NotAnInstance("as many rows as nMeetings and nBusiness say")
        return TimetableProblem(
            tables=(int(items["nTables"]),) * slots,
            forbidden=tuple(frozenset(t - 1 for t in never if 0 < t <= slots) for never in forbidden),
            meetings=meetings,
        )
    except KeyError as error:
        raise NotAnInstance(f"no {error}") from error
    except ValueError as error:
        raise NotAnInstance(str(error)) from error


def _numbers(text: str) -> list[int]:
    return [int(x) for x in re.findall(r"-?\d+", text)]


def _sets(text: str) -> list[list[int]]:
    """An array of sets: {1,4}, {}, and ranges such as 3..7."""
    found = []
    for braces, first, last in re.findall(r"\{([^}]*)\}|(\d+)\s*\.\.\s*(\d+)", text):
        found.append(list(range(int(first), int(last) + 1)) if first else _numbers(braces))
    return found
