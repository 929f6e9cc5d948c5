"""When and where gatherings are held, by the prices that a certificate puts on people's hours and places."""

from __future__ import annotations

from collections import Counter, defaultdict

from ortools.sat.python import cp_model

from .errors import Contradiction
from .expansion import Settled, prices
from .problem import Gathering, Guest, Problem
from .schedule import Certificate
from .shape import moments

CANDIDATES = 3
"""Per seat so many guests are looked at in each slot, those to whom it is worth most."""

SECONDS = 5.0
UNIT = 16
"""Worths are whole sixteenths of a thousandth."""


def choose(problem: Problem, certificate: Certificate | None, *, seed: int) -> Settled:
    """Slot and place of every gathering that is worth holding; those that must be held are always among them.

    Exact for these prices but for who sits where: a participation is taken to be free as often as it has
    people free, less its locked meetings.
    """
    program = _Program(problem, certificate)
    for g, gathering in enumerate(problem.gatherings):
        program.offer(g, gathering)
    return program.solve(seed)


class _Program:
    """One variable for each way to hold a gathering, and one for each guest worth looking at."""

    def __init__(self, problem: Problem, certificate: Certificate | None) -> None:
        self.problem, self.cp = problem, cp_model.CpModel()
        self.seats, self.places = prices(problem, certificate)
        self.own: dict[int, list[int]] = defaultdict(list)
        for d, delegate in enumerate(problem.delegates):
            self.own[delegate.participation].append(d)
        locked = Counter[tuple[int, int]]()
        for pair in problem.pairs:
            if pair.lock is not None:
                locked.update(((pair.a, pair.lock.slot), (pair.b, pair.lock.slot)))
        self.moments = moments(problem)
        self.locked = {(p, t): sum(locked[p, s] for s in self._with(t)) for p, t in self._all_slots(locked)}
        self.held: dict[tuple[int, int, int | None], cp_model.IntVar] = {}
        self.sits: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        self.uses: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        self.worth: list[tuple[cp_model.IntVar, int]] = []

    def _with(self, t: int) -> set[int]:
        return {s for moment in self.moments if t in moment for s in moment}

    def _all_slots(self, locked: Counter[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(p, t) for p in {p for p, _ in locked} for t in range(len(self.problem.slots))]

    def _cost(self, p: int, t: int) -> float | None:
        """What an hour of the cheapest person costs; None where nobody is free."""
        free = [d for d in self.own[p] if t in self.problem.delegates[d].slots]
        if len(free) <= self.locked.get((p, t), 0):
            return None
        return float(min(self.seats[d, t] for d in free))

    def _rooms(self, gathering: Gathering, t: int) -> list[int | None]:
        if not gathering.places:
            return [None]
        only = self.problem.slots[t].places
        return [
            k
            for k in gathering.places
            if self.problem.places[k].capacity[t] != 0 and (only is None or k in only)
        ]

    def offer(self, g: int, gathering: Gathering) -> None:
        """The ways to hold a gathering, at most one of which is taken."""
        ways: list[cp_model.IntVar] = []
        for t in gathering.slots if gathering.lock is None else (gathering.lock,):
            host = 0.0 if gathering.host is None else self._cost(gathering.host, t)
            costs = [(guest, self._cost(guest.participation, t)) for guest in gathering.guests]
            able = [(guest, guest.value - cost) for guest, cost in costs if cost is not None]
            promised = sum(guest.force for guest in gathering.guests)
            if host is None or len(able) < gathering.least or sum(x.force for x, _ in able) < promised:
                continue
            here = []
            for k in self._rooms(gathering, t):
                way = self.cp.new_bool_var(f"g{g} t{t} k{k}")
                self.held[g, t, k] = way
                here.append(way)
                paid = host + (0.0 if k is None else float(self.places[k, t]))
                self.worth.append((way, -round(UNIT * paid)))
                if k is not None:
                    self.uses[k, t].append(way)
                if gathering.host is not None:
                    self.sits[gathering.host, t].append(way)
            if here:
                self._guests(g, gathering, t, able, here)
                ways += here
        if gathering.must:
            self.cp.add_exactly_one(ways)
        else:
            self.cp.add_at_most_one(ways)

    def _guests(
        self,
        g: int,
        gathering: Gathering,
        t: int,
        able: list[tuple[Guest, float]],
        here: list[cp_model.IntVar],
    ) -> None:
        able = sorted(able, key=lambda x: (not x[0].force, -x[1], x[0].participation))
        taken = []
        for guest, worth in able[: CANDIDATES * gathering.most]:
            seat = self.cp.new_bool_var(f"g{g} t{t} p{guest.participation}")
            taken.append(seat)
            self.sits[guest.participation, t].append(seat)
            self.worth.append((seat, round(UNIT * worth)))
            if guest.force:
                self.cp.add(seat == sum(here))
        self.cp.add(sum(taken) <= gathering.most * sum(here))
        self.cp.add(sum(taken) >= gathering.least * sum(here))

    def solve(self, seed: int) -> Settled:
        """The best choice; nothing is held where nothing can be."""
        for moment in self.moments:
            for p in {p for p, t in self.sits if t in moment}:
                there = [seat for t in moment for seat in self.sits.get((p, t), ())]
                free = sum(not {*self.problem.delegates[d].slots}.isdisjoint(moment) for d in self.own[p])
                if len(there) > free:
                    self.cp.add(sum(there) <= free)
            for k in {k for k, t in self.uses if t in moment}:
                rooms = [self.problem.places[k].capacity[t] for t in moment]
                if None not in rooms:
                    most = max(room for room in rooms if room is not None)
                    self.cp.add(sum(way for t in moment for way in self.uses.get((k, t), ())) <= most)
        self.cp.maximize(sum(worth * variable for variable, worth in self.worth))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = SECONDS
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        if solver.solve(self.cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            must = tuple(g for g, gathering in enumerate(self.problem.gatherings) if gathering.must)
            if must:
                raise Contradiction("gatherings_impossible", must)
            return {}
        return {g: (t, k) for (g, t, k), way in self.held.items() if solver.value(way)}
