"""What would have to give way for one pair to meet: for the organiser, never for participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .expansion import standing as alone
from .model import Ints, Model, build
from .problem import Problem
from .schedule import Schedule
from .state import State


@dataclass(frozen=True, slots=True)
class Way:
    """One way to hold the pair: in `slot`, if the meetings of `instead` (pair positions) give way.

    change is what the objective would gain (negative: lose), thousandths, without extra values of first
    meetings. Some of those who give way might still be placed elsewhere.
    """

    slot: int
    instead: tuple[int, ...]
    change: int


def ways(problem: Problem, schedule: Schedule, pair: int, *, most: int = 3) -> tuple[Way, ...]:
    """The best ways to hold an unplaced pair, one per slot at most; none where a rule or lock forbids it."""
    return ways_of(problem, schedule, [pair], most=most)[pair]


def ways_of(
    problem: Problem, schedule: Schedule, pairs: Sequence[int], *, most: int = 3
) -> dict[int, tuple[Way, ...]]:
    """The same for many pairs, with the schedule read once."""
    problem = alone(problem, schedule)
    model = build(problem)
    chosen = columns_of(problem, model, schedule)
    standing = _Standing(model, State(model, chosen), _holders(model, chosen))
    return {pair: _best(standing, pair, most) for pair in pairs}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A schedule in the model's terms; holders: per row, the chosen columns in it."""

    model: Model
    state: State
    holders: dict[int, list[int]]


def _holders(model: Model, chosen: Ints) -> dict[int, list[int]]:
    holders: dict[int, list[int]] = defaultdict(list)
    for c, rows in zip(chosen.tolist(), model.rows[chosen].tolist(), strict=True):
        for r in rows:
            if r >= 0:
                holders[r].append(c)
    return holders


def _best(standing: _Standing, pair: int, most: int) -> tuple[Way, ...]:
    model, found = standing.model, dict[int, Way]()
    for c in range(int(model.start[pair]), int(model.start[pair + 1])):
        instead = _instead(standing, c)
        if instead is None:
            continue
        lost = sum(int(model.gain[h]) for h in instead)
        way = Way(
            int(model.slot[c]), tuple(sorted(int(model.pair[h]) for h in instead)), int(model.gain[c]) - lost
        )
        if way.slot not in found or way.change > found[way.slot].change:
            found[way.slot] = way
    return tuple(sorted(found.values(), key=lambda w: (-w.change, w.slot))[:most])


def _instead(standing: _Standing, c: int) -> set[int] | None:
    """The cheapest chosen columns to take out, row by row; None where a locked meeting is in the way."""
    model, used = standing.model, standing.state.used
    out: set[int] = set()
    full = [r for r in model.rows[c].tolist() if r >= 0 and used[r] >= model.room[r]]
    for r in sorted(full, key=lambda r: int(model.room[r])):
        holders = standing.holders.get(r, [])
        if out & set(holders):
            continue
        free = [h for h in holders if not model.must[model.pair[h]]]
        if not free:
            return None
        out.add(min(free, key=lambda h: (int(model.gain[h]), h)))
    return out


def columns_of(problem: Problem, model: Model, schedule: Schedule) -> Ints:
    """The model's columns of a schedule's meetings."""
    found = []
    for m in schedule.meetings:
        pool = -1 if m.place is None else model.places.of[m.place, m.slot]
        for c in range(int(model.start[m.pair]), int(model.start[m.pair + 1])):
            seated = (
                m.delegate_a in model.seats[int(model.seat_a[c])].delegates
                and m.delegate_b in model.seats[int(model.seat_b[c])].delegates
            )
            if seated and model.slot[c] == m.slot and model.pool[c] == pool:
                found.append(c)
                break
    return np.array(found, np.int32)
