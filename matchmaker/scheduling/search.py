"""The last level: free a part of the schedule, solve that part anew, keep what is better, repeat.

Large-neighbourhood search (Shaw 1998) on the columns that the prices call worth looking at. On two cores, a
large schedule is dealt out in two halves, and of every row that both touch, only one may use what is unused;
each half is improved part by part on its own, by whole-number programs and by dives with new noise; then the
halves are put together and dealt out anew. Of a small one each core improves the whole, and the best of what
either found is one more program. So the result does not depend on which of the two was faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import numpy as np

from .dive import dive
from .exact import has_solver, improve
from .freeing import Freeing
from .gradient import Prices, Reals, reduced
from .model import Ints, Model
from .part import Part, part
from .prices import restrict
from .state import objective
from .waste import Waste

WHOLE = 4_000  # columns: up to here one program takes all of them
SMALL = 30_000  # columns: up to here both cores work on all of them, and the results are crossed
HALF = 50_000  # columns in what one core works on, at most
PARTS = 6  # that are solved before the halves are dealt out anew
PART_SECONDS, LEAST_SECONDS = 1.5, 0.3  # that one part may take; it may end a little late
GROWTH, MOST_GROWTH = 1.3, 4.0  # of a part's columns, while smaller parts bring nothing
WIDTH = 0.02  # of the mean gain: columns that lose more than this are looked at later
KINDS = (
    ("slots", 2_500),
    ("people", 2_500),
    ("people", 1_000),
    ("dive slots", 5_000),
    ("dive people", 2_500),
)


def losses(model: Model, found: Prices) -> Reals:
    """What choosing each column costs against the bound, at least: more than the gap, and it cannot help."""
    worth = reduced(model, found.row, found.credit)
    best = np.zeros(len(model.side_a))
    best[model.must] = -np.inf
    np.maximum.at(best, model.pair, worth)
    lost: Reals = best[model.pair] - worth
    return lost


def search(
    model: Model,
    chosen: Ints,
    found: Prices,
    *,
    deadline: float,
    seed: int,
    enough: float = 1.0,
    tell: Callable[[], None] = lambda: None,
) -> Ints:
    """A selection at least as good as `chosen`, until it is within `enough` of the bound or time is up.

    The same seed gives the same parts unless one of them ran out of time.
    """
    if model.n <= WHOLE and has_solver():
        everything, left = np.arange(model.n, dtype=np.int32), deadline - time.monotonic()
        chosen, proved = improve(model, chosen, everything, seconds=max(0.4 * left, min(left, 2.0)))
        if proved:
            return chosen
    lost, value = losses(model, found), objective(model, chosen)
    width = WIDTH * max(1.0, float(model.gain.mean()))
    turn, idle, reach = 0, 0, 1.0
    whole: _Whole | None = None
    pool = ThreadPoolExecutor(2)
    try:
        while deadline - time.monotonic() > LEAST_SECONDS and found.bound - value >= enough:
            if whole is None or not 0.5 * whole.limit <= min(width, found.bound - value) <= whole.limit:
                whole = _Whole(model, chosen, found, lost, min(width, found.bound - value), seed + turn)
            now = np.searchsorted(whole.columns, chosen).astype(np.int32)
            halves = whole.deal(now, by_slots=turn % 2 == 0)
            spells = [
                _Spell(whole, now, half, room, (seed, turn, k), deadline, reach)
                for k, (half, room) in enumerate(halves)
            ]
            work = [pool.submit(spell.run) for spell in spells]
            late = wait(work, timeout=deadline - time.monotonic()).not_done
            for one in set(work) - late:
                one.result()  # what went wrong there is told here
            results = [spell.best for spell in spells]
            if late:  # HiGHS looks at the clock too seldom: the part that it is at is not waited for
                deadline = time.monotonic()
            if whole.is_small:
                now = _cross(whole.model, now, results, deadline)
            else:
                now = _merge(whole.model, now, [h for h, _ in halves], results)
            better = objective(whole.model, now)
            idle = 0 if better > value else idle + 1
            reach = min(reach * GROWTH, MOST_GROWTH) if idle else max(reach / GROWTH, 1.0)
            if better >= value:  # equal values are taken too: they lead elsewhere
                chosen, value = whole.columns[now], better
            turn += 1
            if idle >= 6:
                width, idle = 2 * width, 0
            tell()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return chosen


class _Whole:
    """The columns worth looking at, as a model of their own."""

    def __init__(
        self, model: Model, chosen: Ints, found: Prices, lost: Reals, limit: float, seed: int
    ) -> None:
        self.limit = limit
        self.columns = np.union1d(np.nonzero(lost <= limit)[0], chosen).astype(np.int32)
        self.model = restrict(model, self.columns)
        self.found = replace(found, x=found.x[self.columns])
        self.lost = lost[self.columns]
        self.rng = np.random.default_rng(seed)
        self.freeing = Freeing(self.model, Waste(self.model, found, self.lost), self.rng)
        self.everything = np.arange(len(self.columns), dtype=np.int32)
        self.is_small = len(self.columns) <= SMALL and has_solver()

    def deal(self, now: Ints, *, by_slots: bool) -> list[tuple[Ints, Ints]]:
        """Columns for each core, and the room that its rows then have."""
        model = self.model
        if self.is_small:
            return [(self.everything, model.room)] * 2
        halves = self.freeing.halves(now, self.everything, HALF, by_slots=by_slots)
        unused = model.room - _count(model, now)
        if len(halves) == 1:
            return [(halves[0], model.room)]
        both = (_count(model, halves[0]) > 0) & (_count(model, halves[1]) > 0)
        first = self.rng.random(len(unused)) < 0.5
        return [
            (half, (model.room - np.where(both & (first == other), unused, 0)).astype(np.int32))
            for half, other in zip(halves, (False, True), strict=True)
        ]


def _count(model: Model, columns: Ints) -> Ints:
    """How many of these columns each row has."""
    return np.bincount(model.rows[columns].ravel() + 1, minlength=len(model.room) + 1)[1:].astype(np.int32)


class _Spell:
    """One core's work between two deals: some parts of its half, each solved and kept when not worse.

    `best` is what it has reached, in the whole's column numbers, and may be read while it runs.
    """

    def __init__(
        self,
        whole: _Whole,
        now: Ints,
        half: Ints,
        room: Ints,
        seed: tuple[int, ...],
        deadline: float,
        reach: float,
    ) -> None:
        self.whole, self.now, self.half, self.room, self.best = whole, now, half, room, now
        self.seed, self.deadline, self.reach = seed, deadline, reach

    def run(self) -> None:
        """Some parts, until the deadline."""
        kept = np.setdiff1d(self.now, self.half)
        inner = part(replace(self.whole.model, room=self.room), kept, self.half)
        if not len(inner.columns):
            return
        model, found = inner.model, self.whole.found
        rng = np.random.default_rng(self.seed)
        found = replace(found, row=found.row[inner.rows], x=found.x[inner.columns])
        freeing = Freeing(model, Waste(model, found, self.whole.lost[inner.columns]), rng)
        chosen = np.searchsorted(inner.columns, np.intersect1d(self.now, self.half)).astype(np.int32)
        value, everything = objective(model, chosen), np.arange(model.n, dtype=np.int32)
        alike = np.random.default_rng(self.seed[:2])  # for both cores, so that none waits long
        for k in alike.integers(len(KINDS), size=PARTS):
            left, (kind, target) = self.deadline - time.monotonic(), KINDS[k]
            if left < LEAST_SECONDS:
                break
            free = freeing.slots if kind.endswith("slots") else freeing.people
            if kind.startswith("dive") or not has_solver():
                columns = free(chosen, everything, target)
                better = _again(inner, chosen, columns, found, self.deadline, int(rng.integers(1 << 30)))
            else:
                columns, left = free(chosen, everything, int(self.reach * target)), min(left, PART_SECONDS)
                better = improve(model, chosen, columns, seconds=left, brief=True)[0]
            now_worth = objective(model, better)
            if now_worth >= value:
                chosen, value = better, now_worth
                self.best = np.sort(np.concatenate([kept, inner.columns[chosen]])).astype(np.int32)


def _again(inner: Part, chosen: Ints, columns: Ints, found: Prices, deadline: float, seed: int) -> Ints:
    """A dive over part of the columns; what must be stays where it is."""
    model = inner.model
    free = columns[~model.must[model.pair[columns]]]
    kept = np.setdiff1d(chosen, free).astype(np.int32)
    return np.sort(dive(model, kept, free, found, deadline=deadline, seed=seed)).astype(np.int32)


def _cross(model: Model, chosen: Ints, results: list[Ints], deadline: float) -> Ints:
    """The best selection of what any of the results has, and so at least as good as each."""
    best = max([chosen, *results], key=lambda columns: objective(model, columns))
    left = deadline - time.monotonic()
    if left < LEAST_SECONDS or np.array_equal(results[0], results[-1]):
        return best
    union = np.union1d(results[0], results[-1]).astype(np.int32)
    return improve(model, best, union, seconds=min(left, PART_SECONDS))[0]


def _merge(model: Model, chosen: Ints, parts: list[Ints], results: list[Ints]) -> Ints:
    """The best of each result alone and all together; a pair in two results stays in the first."""
    outside = np.setdiff1d(chosen, np.concatenate(parts))
    inside = np.concatenate([np.intersect1d(r, p) for p, r in zip(parts, results, strict=True)])
    together = np.concatenate([outside, inside])
    together = np.sort(together[np.unique(model.pair[together], return_index=True)[1]]).astype(np.int32)
    return max([together, *results], key=lambda columns: objective(model, columns))
