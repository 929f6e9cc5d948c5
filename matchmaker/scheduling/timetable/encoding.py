"""Timetables as Boolean programs: the exact one, and a relaxation that is solved in moments."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from .problem import TimetableProblem
from .program import NOWHERE, Literals, Program


@dataclass(frozen=True, slots=True)
class Encoding:
    """A program, and where to find the meetings in it: meeting -> slot -> variable."""

    program: Program
    at: list[dict[int, int]]

    def slots(self, true: list[int]) -> tuple[int, ...]:
        """The slot of each meeting in a solution, given by its true variables; StopIteration for none."""
        holds = set(true)
        return tuple(next(t for t, x in where.items() if x in holds) for where in self.at)


def encode(problem: TimetableProblem, fairness: int | None, *, windows: bool) -> Encoding:
    """The program whose best solution is the best timetable.

    windows  adds what follows from a day without a break: CP-SAT proves three times as fast with it, and
             CaDiCaL finds solutions more slowly
    """
    program = Program()
    at = [{t: program.variable() for t in problem.allowed(m)} for m in problem.meetings]
    for where in at:
        program.exactly_one(list(where.values()))
    _order(problem, program, at)
    busy: list[Literals] = []
    for mine in _agendas(problem):
        seats = [[at[m][t] for m in mine if t in at[m]] for t in problem.slots]
        program.at_most_one += [seat for seat in seats if len(seat) > 1]
        busy.append([program.any_of(seat) for seat in seats])
    _tables(problem, program, at)
    _people(problem, program, busy, fairness, windows=windows)
    return Encoding(program, at)


def relax(problem: TimetableProblem, fairness: int | None) -> Program:
    """A program with at most as many breaks as the best timetable: only when who is busy, not with whom.

    Meetings with the same allowed slots are counted together, tables by the people they seat, and what comes
    after what is forgotten. On crowded events this alone has the right number of breaks.
    """
    program = Program()
    busy: list[Literals] = []
    allowed = [set(problem.allowed(m)) for m in problem.meetings]
    for mine in _agendas(problem):
        ever = set[int]().union(*(allowed[m] for m in mine))
        u = [program.variable() if t in ever else NOWHERE for t in problem.slots]
        for group in {frozenset(allowed[m]) for m in mine}:
            program.count([u[t] for t in sorted(group)], sum(allowed[m] <= group for m in mine), len(group))
        busy.append(u)
    _people(problem, program, busy, fairness, windows=True)
    return program


def _agendas(problem: TimetableProblem) -> list[list[int]]:
    """The meetings of each participant."""
    agendas: list[list[int]] = [[] for _ in problem.forbidden]
    for m, meeting in enumerate(problem.meetings):
        for p in meeting.participants:
            agendas[p].append(m)
    return agendas


def _order(problem: TimetableProblem, program: Program, at: list[dict[int, int]]) -> None:
    """Earlier meetings come earlier: over "has taken place by slot t" chains."""
    done: dict[int, Literals] = {}
    for m, meeting in enumerate(problem.meetings):
        for e in meeting.after:
            if e not in done:
                done[e] = program.chain([at[e].get(t, NOWHERE) for t in problem.slots])
            for t, x in at[m].items():
                before = done[e][t - 1] if t else NOWHERE
                program.clauses.append([-x, before] if before else [-x])


def _tables(problem: TimetableProblem, program: Program, at: list[dict[int, int]]) -> None:
    """The tables of a slot: meetings counted in clusters around one participant, at most one of each."""
    hosts = _clusters(problem)
    for t, tables in enumerate(problem.tables):
        groups: dict[int, Literals] = defaultdict(list)
        for m, where in enumerate(at):
            if t in where:
                groups[hosts[m]].append(where[t])
        if tables is not None and len(groups) > tables:
            program.count([program.any_of(group) for group in groups.values()], 0, tables)


def _clusters(problem: TimetableProblem) -> list[int]:
    """For each meeting one of its participants: as few different ones as a greedy cover finds."""
    left = set(range(len(problem.meetings)))
    host = [0] * len(problem.meetings)
    while left:
        count = Counter(p for m in sorted(left) for p in problem.meetings[m].participants)
        most = max(count, key=lambda p: (count[p], -p))
        for m in [m for m in left if most in problem.meetings[m].participants]:
            host[m] = most
            left.remove(m)
    return host


def _people(
    problem: TimetableProblem, program: Program, busy: list[Literals], fairness: int | None, *, windows: bool
) -> None:
    """All that concerns only when each participant is busy: how often, seats, breaks, fairness."""
    sizes = [len(mine) for mine in _agendas(problem)]
    for u, size in zip(busy, sizes, strict=True):
        program.count(u, size, size)
    most_people = max((len(m.participants) for m in problem.meetings), default=0)
    for t, tables in enumerate(problem.tables):
        if tables is not None:
            program.count([u[t] for u in busy], 0, most_people * tables)
    breaks = [_breaks(problem, program, u) if n > 1 else [] for u, n in zip(busy, sizes, strict=True)]
    program.costs = [b for mine in breaks for b in mine]
    if windows:
        for u, mine, size in zip(busy, breaks, sizes, strict=True):
            if mine and len(set(problem.days)) < 2:
                _windows(program, u, mine, size)
    if fairness is not None:
        _fair(program, breaks, fairness)


def _breaks(problem: TimetableProblem, program: Program, busy: Literals) -> Literals:
    """b(p, t): busy in t, not in the slot before, and the day has started."""
    ends: Literals = []
    days = problem.days or (0,) * len(problem.slots)
    for day in sorted(set(days)):
        u = [busy[t] for t in problem.slots if days[t] == day]
        started = program.chain(u)
        for t in range(2, len(u)):
            if u[t] and started[t - 2]:
                b = program.variable()
                before = [u[t - 1]] if u[t - 1] else []
                program.clauses.append([b, -u[t], -started[t - 2], *before])
                program.clauses += [[-b, u[t]], [-b, started[t - 2]], *([-b, -x] for x in before)]
                ends.append(b)
    return ends


def _windows(program: Program, busy: Literals, breaks: Literals, size: int) -> None:
    """Somebody without a break is busy in `size` slots on end and in no other."""
    starts = [t for t in range(len(busy) - size + 1) if all(busy[t : t + size])]
    choices = {t: program.variable() for t in starts}
    for start, choice in choices.items():
        for t, u in enumerate(busy):
            if u:
                program.clauses.append([-choice, u if start <= t < start + size else -u])
    program.exactly_one([program.any_of(breaks), *choices.values()])


def _fair(program: Program, breaks: list[Literals], fairness: int) -> None:
    """No two participants differ by more than `fairness` breaks."""
    if not all(breaks):  # somebody never has a break, so it is a limit for all
        for mine in breaks:
            program.count(mine, 0, fairness)
        return
    ranks = [program.ranks(mine) for mine in breaks]
    for k in range(max(map(len, ranks), default=0) - fairness):
        everybody = program.variable()  # has more than k
        for mine in ranks:
            program.clauses.append([-everybody, mine[k]] if k < len(mine) else [-everybody])
            if k + fairness < len(mine):
                program.clauses.append([-mine[k + fairness], everybody])
