"""A round's problem and schedule as compressed JSON, so that it can be checked and continued later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

from matchmaker import scheduling
from matchmaker.models import Round


def pack_schedule(schedule: scheduling.Schedule) -> bytes:
    """The schedule as compressed JSON."""
    return zlib.compress(schedule.to_json().encode())


def pack_problem(problem: scheduling.Problem, slot_ids: Sequence[int]) -> bytes:
    """The problem and the ids of its slots as compressed JSON; all its other parts carry their ids."""
    return zlib.compress(json.dumps({"slot_ids": slot_ids, "problem": problem.to_json()}).encode())


def unpack_round(round_: Round) -> tuple[scheduling.Problem, scheduling.Schedule, list[int]] | None:
    """What the round's solver was given and answered, and the ids of the slots; None without a schedule."""
    if round_.problem is None or round_.schedule is None:
        return None
    stored = json.loads(zlib.decompress(round_.problem))
    problem = scheduling.Problem.from_json(stored["problem"])
    schedule = scheduling.Schedule.from_json(zlib.decompress(round_.schedule).decode())
    return problem, schedule, stored["slot_ids"]
