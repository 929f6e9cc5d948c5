"""Tidy a round: the same meetings at other times, with fewer breaks for everybody."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from random import Random

import numpy as np

from ..check import check
from ..expansion import standing
from ..model import build
from ..problem import Problem
from ..reasons import reasons
from ..schedule import Meeting, Schedule, Unplaced
from ..schedule import Step as LogStep
from .gaps import breaks_of
from .moving import Settings, Step, improve, settle_places

AT_ONCE = 250
"""Up to so many meetings are moved in one last step, which may prove that nothing is better."""

IN_A_STEP, MOST_IN_A_STEP = 20, 80
"""Meetings of some who have breaks, and of whom they meet: so many move in a step, more after vain ones."""

STEP_SECONDS = 1.5
STEPS_IN_VAIN = 40


def retime(
    problem: Problem,
    schedule: Schedule,
    *,
    seconds: float,
    seed: int,
    fairness: int | None = 2,
    fixed: Collection[int] = (),
    progress: Callable[[float], None] | None = None,
) -> Schedule:
    """The schedule with its selection kept and fewer breaks, or the same schedule when none was found.

    First the breaks of whoever has most come within `fairness` of those of whoever has fewest, as far as
    that can be; then all breaks (see gaps.py) are as few as possible; then as few meetings as possible move.
    Pairs that are locked or `fixed` (positions) stay where they are, and so do gatherings; who sits in a
    meeting stays the same. The result passes `check`, is worth no less, and keeps bound and certificate. It
    is the best found when the time ends.
    """
    run = _Run(problem, schedule, fixed, seed)
    began = time.monotonic()
    before = run.rank(schedule.meetings, fairness)
    vain = 0
    try:
        while run.movable and run.rank(run.meetings, fairness) > (0, 0):
            left = seconds - (time.monotonic() - began)
            if left <= 0 or (vain >= STEPS_IN_VAIN and len(run.movable) > AT_ONCE):
                break
            if progress is not None:
                progress(1 - left / seconds)
            is_last = vain >= STEPS_IN_VAIN
            many = min(MOST_IN_A_STEP, IN_A_STEP + 2 * vain)
            free = set(run.movable) if is_last else run.choose(many)
            limit = left if is_last else min(left, STEP_SECONDS)
            is_better = run.step(free, Settings(fairness, limit, seed + vain))
            if is_last or len(free) == len(run.movable):
                break
            vain = 0 if is_better else vain + 1
    except ImportError:  # the solver is not installed: everything stays
        return schedule
    after = run.rank(run.meetings, fairness)
    if after >= before:
        return schedule
    spent = time.monotonic() - began
    tidy = run.result(f"breaks {before[1]} -> {after[1]}", spent)
    return schedule if check(problem, tidy) else tidy


class _Run:
    """The meetings as they stand, and those that may move."""

    def __init__(self, problem: Problem, schedule: Schedule, fixed: Collection[int], seed: int) -> None:
        self.problem, self.schedule, self.random = problem, schedule, Random(seed)
        # gatherings stay: whoever sits in one is busy, and its place is taken
        self.step_of = Step(standing(problem, schedule))
        self.meetings: Sequence[Meeting] = schedule.meetings
        stays = set(fixed)
        self.movable = [
            m
            for m, meeting in enumerate(schedule.meetings)
            if meeting.pair not in stays and problem.pairs[meeting.pair].lock is None
        ]

    def rank(self, meetings: Sequence[Meeting], fairness: int | None) -> tuple[int, int]:
        """By how much breaks are too uneven, and how many there are."""
        breaks = breaks_of(self.problem, meetings)
        sides = {p for m in meetings for p in self._sides(m)}
        theirs = [breaks[p] for p in sides]
        spread = max(theirs, default=0) - min(theirs, default=0)
        return 0 if fairness is None else max(0, spread - fairness), sum(breaks)

    def choose(self, many: int) -> set[int]:
        """All that may move, or about so many meetings of those who have breaks and of whom they meet."""
        if len(self.movable) <= many:
            return set(self.movable)
        of: dict[int, list[int]] = defaultdict(list)
        for m in self.movable:
            for p in self._sides(self.meetings[m]):
                of[p].append(m)
        breaks = breaks_of(self.problem, self.meetings)
        order = sorted(of, key=lambda p: -breaks[p] * self.random.random())
        chosen: set[int] = set()
        for p in order:
            chosen |= set(of[p])
            for m in of[p]:
                for other in self._sides(self.meetings[m]):
                    if len(chosen) < many:
                        chosen |= set(of[other])
            if len(chosen) >= many:
                break
        return chosen

    def step(self, free: set[int], settings: Settings) -> bool:
        """Try to move these; gives whether it got better."""
        targets = improve(self.step_of, self.meetings, free, settings)
        moved = {m: target for m, target in targets.items() if target[0] != self.meetings[m].slot}
        if not moved:
            return False
        settled = settle_places(self.step_of, self.meetings, moved)
        now = self.rank(self.meetings, settings.fairness)
        if settled is None or self.rank(settled, settings.fairness) >= now:
            return False
        self.meetings = settled
        return True

    def result(self, remark: str, seconds: float) -> Schedule:
        """The schedule with the meetings as they stand now."""
        old, new = self.schedule, tuple(self.meetings)
        worth = self.step_of.worth
        gained = sum(
            worth(m, m.slot) - worth(before, before.slot) for before, m in zip(old.meetings, new, strict=True)
        )
        objective = old.objective + gained
        return replace(
            old,
            meetings=new,
            objective=objective,
            unplaced=self._unplaced(new),
            log=(*old.log, LogStep("retime", objective, seconds, remark)),
        )

    def _unplaced(self, meetings: tuple[Meeting, ...]) -> tuple[Unplaced, ...]:
        """Why the others do not meet, now that times have changed."""
        problem = self.step_of.problem
        model = build(problem)
        columns = []
        for m in meetings:
            found = [
                c
                for c in range(int(model.start[m.pair]), int(model.start[m.pair + 1]))
                if model.slot[c] == m.slot
                and m.delegate_a in model.seats[model.seat_a[c]].delegates
                and m.delegate_b in model.seats[model.seat_b[c]].delegates
                and (m.place is None or model.places.of.get((m.place, m.slot)) == model.pool[c])
            ]
            if not found:
                return self.schedule.unplaced
            columns.append(found[0])
        old = {left.pair: left for left in self.schedule.unplaced}
        anew = reasons(problem, model, np.array(columns, np.int32))
        # whoever is kept apart by gatherings, which stay, is so at any times
        return tuple(old.get(left.pair, left) if left.code == "no_common_slot" else left for left in anew)

    def _sides(self, m: Meeting) -> tuple[int, int]:
        pair = self.problem.pairs[m.pair]
        return pair.a, pair.b
