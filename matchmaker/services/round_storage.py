"""A round's problem and schedule as compressed JSON, so that it can be checked and continued later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from matchmaker import scheduling
from matchmaker.models import Round


@dataclass(frozen=True)
class Stored:
    """What a round's solver was given and answered; `count` carries the proof of how many can meet."""

    problem: scheduling.Problem
    schedule: scheduling.Schedule
    slot_ids: list[int]
    count: scheduling.Schedule | None


def pack_schedule(schedule: scheduling.Schedule, count: scheduling.Schedule | None = None) -> bytes:
    """The schedule, and beside it the proof of the count of meetings, as compressed JSON."""
    parts = {"schedule": schedule.to_json(), "count": None if count is None else count.to_json()}
    return zlib.compress(json.dumps(parts).encode())


def pack_problem(problem: scheduling.Problem, slot_ids: Sequence[int]) -> bytes:
    """The problem and the ids of its slots as compressed JSON; all its other parts carry their ids."""
    return zlib.compress(json.dumps({"slot_ids": slot_ids, "problem": problem.to_json()}).encode())


def unpack(problem: bytes, schedule: bytes) -> Stored:
    """What the two functions above packed; a schedule of version 1 stands there by itself."""
    given = json.loads(zlib.decompress(problem))
    text = zlib.decompress(schedule).decode()
    answered = json.loads(text)
    if "schedule" not in answered:
        answered = {"schedule": text, "count": None}
    count = answered["count"]
    return Stored(
        problem=scheduling.Problem.from_json(given["problem"]),
        schedule=scheduling.Schedule.from_json(answered["schedule"]),
        slot_ids=given["slot_ids"],
        count=None if count is None else scheduling.Schedule.from_json(count),
    )


def unpack_round(round_: Round) -> Stored | None:
    """What is stored with the round; None without a schedule."""
    if round_.problem is None or round_.schedule is None:
        return None
    return unpack(round_.problem, round_.schedule)
