"""Rounds with gatherings: when and where each is held, by prices; who sits there, together with the meetings.

What a guest's hour is worth to meetings is its price in the certificate. With these a small exact program
chooses slots and places; then all seats and meetings are decided together (see expansion.py), and the new
prices say whether another choice might be better. The bound covers every choice: it needs no slot settled.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from .check import check
from .contradictions import validate
from .errors import Contradiction
from .expansion import Settled, collapse, expand, proof
from .levels import Progress, by_levels
from .placing import choose
from .problem import Problem
from .proof import bound as proved
from .schedule import Certificate, Schedule, Step

ROUNDS = 5
"""So many choices of slots are tried at most."""

PRICING = 0.25
"""The share of the time spent on prices before anything is settled."""


def solve_gathered(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    progress: Progress | None = None,
    start: Schedule | None = None,
    gap: float = 0.0,
) -> Schedule:
    """As `solve`, for a problem with gatherings."""
    validate(problem)
    run = _Run(problem, seconds, seed, progress, start, gap)
    if seconds > 0 and not run.is_settled():
        run.price(PRICING * seconds)
    for k in range(ROUNDS):
        settled = choose(problem, run.certificate, seed=seed)
        if settled in run.tried or (k and (run.left() <= 0 or run.is_near())):
            break
        try:
            run.hold(settled, run.left() if run.is_settled() else run.left() / 2)
        except Contradiction:
            if run.best is None:
                raise
    return run.result()


class _Run:
    """The best schedule and the best proof so far."""

    def __init__(
        self,
        problem: Problem,
        seconds: float,
        seed: int,
        progress: Progress | None,
        start: Schedule | None,
        gap: float,
    ) -> None:
        self.problem, self.seed, self.progress, self.start, self.gap = problem, seed, progress, start, gap
        self.began, self.seconds = time.monotonic(), seconds
        self.best: Schedule | None = None
        self.certificate: Certificate | None = None
        self.bound: int | None = None
        self.tried: list[Settled] = []
        self.log: list[Step] = []

    def spent(self) -> float:
        """Seconds since the call."""
        return time.monotonic() - self.began

    def left(self) -> float:
        """Seconds that may still be used."""
        return max(0.0, self.seconds - self.spent())

    def is_settled(self) -> bool:
        """Whether there is nothing to choose: every gathering has one slot and at most one place."""
        return all(
            (len(g.slots) == 1 or g.lock is not None) and len(g.places) <= 1 for g in self.problem.gatherings
        )

    def is_near(self) -> bool:
        """Whether the best is as near to the bound as was asked for."""
        if self.best is None or self.bound is None:
            return False
        return self.bound - self.best.objective < max(1.0, self.gap * abs(self.bound))

    def price(self, seconds: float) -> None:
        """A certificate of the meetings alone, for the first choice."""
        alone = replace(
            self.problem,
            gatherings=tuple(replace(g, lock=None, guests=()) for g in self.problem.gatherings),
        )
        expansion = expand(alone, {})
        found = by_levels(
            expansion.problem, seconds=seconds, seed=self.seed, progress=self.progress, gap=1e-3
        )
        if found.certificate is not None:
            self._keep(proof(self.problem, expansion, found.certificate))

    def hold(self, settled: Settled, seconds: float) -> None:
        """Decide all seats and meetings with the gatherings at these times; keep what is better."""
        self.tried.append(settled)
        found = self._filled(settled, seconds)
        if found is None:
            return
        if self.best is None or found.objective > self.best.objective:
            self.best = found
        self.log.append(
            Step("gatherings", found.objective, round(self.spent(), 3), f"{len(found.gatherings)} held")
        )

    def _filled(self, settled: Settled, seconds: float) -> Schedule | None:
        """Those with too few guests get their least by force, and are given up where that cannot be."""
        held, forced = dict(settled), frozenset[tuple[int, int]]()
        until = time.monotonic() + seconds
        for _ in range(2 * len(settled) + 1):
            left = max(0.0, until - time.monotonic())
            try:
                found = self._once(held, forced, left)
            except Contradiction as clash:
                free = [g for g in held if not self.problem.gatherings[g].must]
                if not free and any(int(e) >= len(self.problem.pairs) for e in clash.pairs):
                    raise Contradiction("gatherings_impossible", tuple(sorted(held))) from clash
                if not free:
                    raise
                named = [g for g in free if any(k == g for k, _ in forced)] or free
                for g in named:
                    del held[g]
                self.log.append(Step("gatherings", 0, self.spent(), f"{len(named)} given up: {clash.code}"))
                forced = frozenset((g, p) for g, p in forced if g in held)
                continue
            few = {
                h.gathering: h
                for h in found.gatherings
                if len(h.guests) < self.problem.gatherings[h.gathering].least
            }
            if not few:
                return found
            for g, h in few.items():
                wanted = self._enough(g, h.slot, found)
                if wanted is None or any(k == g for k, _ in forced):
                    del held[g]
                    forced = frozenset(x for x in forced if x[0] != g)
                else:
                    forced |= wanted
        return None

    def _enough(self, g: int, slot: int, found: Schedule) -> frozenset[tuple[int, int]] | None:
        """The least number of guests for a gathering: who sits there, then those who are free at the time."""
        gathering = self.problem.gatherings[g]
        free = Counter(d.participation for d in self.problem.delegates if slot in d.slots)
        elsewhere = Counter(
            p for h in found.gatherings if h.gathering != g and h.slot == slot for p, _ in h.guests
        )
        seated = {p for h in found.gatherings if h.gathering == g for p, _ in h.guests}
        able = [
            guest
            for guest in sorted(gathering.guests, key=lambda x: (x.participation not in seated, -x.value))
            if free[guest.participation] > elsewhere[guest.participation]
        ]
        if len(able) < gathering.least:
            return None
        return frozenset((g, guest.participation) for guest in able[: gathering.least])

    def _once(self, held: Settled, forced: frozenset[tuple[int, int]], seconds: float) -> Schedule:
        expansion = expand(self.problem, held, forced)
        found = by_levels(
            expansion.problem,
            seconds=seconds,
            seed=self.seed,
            progress=self.progress,
            start=self.best or self.start,
            gap=self.gap,
        )
        self.log += found.log
        if found.certificate is not None:
            self._keep(proof(self.problem, expansion, found.certificate))
        return collapse(self.problem, expansion, held, found)

    def _keep(self, certificate: Certificate) -> None:
        bound = proved(self.problem, certificate)
        if self.bound is None or bound < self.bound:
            self.bound, self.certificate = bound, certificate

    def result(self) -> Schedule:
        """The best, with the best proof; it has passed `check`."""
        assert self.best is not None
        done = replace(self.best, bound=self.bound, certificate=self.certificate, log=tuple(self.log))
        if violations := check(self.problem, done):
            raise AssertionError(violations)
        return done
