"""One step of tidying: some meetings go where breaks are fewest, while all others stay where they are.

A program for CP-SAT: x(m, t, c), meeting m takes place in slot t at a place of class c (places open at the
same hours to the same people are interchangeable). Who sits in a meeting stays. A meeting of a delegate
begins a run when none of the slots just before it is taken; the breaks of a day are its runs but one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..problem import Key, Place, Problem
from ..schedule import Meeting
from .gaps import breaks_between, just_before

Target = tuple[int, int | None]
"""A slot and a class of places."""


@dataclass(frozen=True, slots=True)
class Settings:
    """fairness: nobody has more breaks than this beyond whoever has fewest; the solver's seconds and seed."""

    fairness: int | None
    seconds: float
    seed: int


class Step:
    """The rules of a problem, ready for step after step."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.before = just_before(problem)
        self.classes, self.class_of = _classes(problem)
        self.delegates: dict[Key, list[int]] = defaultdict(list)
        for d, delegate in enumerate(problem.delegates):
            self.delegates[delegate.person].append(d)
        self.blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
        for t in sorted(range(len(problem.slots)), key=lambda t: (problem.slots[t].start, t)):
            self.blocks[problem.slots[t].day, problem.slots[t].block].append(t)
        self._moments: dict[int, list[list[int]]] = {}

    def moments(self, pause: int) -> list[list[int]]:
        """Sets of slots of which one person can use one, when so many minutes lie between two meetings."""
        if pause not in self._moments:
            slots = self.problem.slots
            sets = {
                tuple(t for t, s in enumerate(slots) if s.start <= moment < s.end + pause)
                for moment in {s.start for s in slots}
            }
            self._moments[pause] = [list(one) for one in sorted(sets)]
        return self._moments[pause]

    def targets(self, m: Meeting) -> list[Target]:
        """Where the meeting may be, as far as it alone is concerned."""
        problem, pair = self.problem, self.problem.pairs[m.pair]
        slots = set(problem.delegates[m.delegate_a].slots) & set(problem.delegates[m.delegate_b].slots)
        if pair.slots is not None:
            slots &= set(pair.slots)
        slots -= {t for t in slots if problem.slots[t].is_session}
        if not problem.places:
            return [(t, None) for t in sorted(slots)]
        return [
            (t, c)
            for t in sorted(slots)
            for c, members in enumerate(self.classes)
            if self._admits(members[0], t, (pair.a, pair.b))
        ]

    def _admits(self, place: int, t: int, sides: tuple[int, int]) -> bool:
        row, only = self.problem.places[place], self.problem.slots[t].places
        hosts = None if row.hosts is None else row.hosts[t]
        return (
            row.capacity[t] != 0
            and (only is None or place in only)
            and (hosts is None or any(side in hosts for side in sides))
        )

    def worth(self, m: Meeting, t: int) -> int:
        """What the time of a meeting adds to the objective."""
        seen = self.problem.pairs[m.pair].seen
        gained = seen.weight if seen is not None and seen.slot == t else 0
        for d in (m.delegate_a, m.delegate_b):
            gained -= self.costs(d, t)
        return gained

    def costs(self, d: int, t: int) -> int:
        """What an hour costs a delegate."""
        delegate = self.problem.delegates[d]
        return delegate.costs[delegate.slots.index(t)] if delegate.costs and t in delegate.slots else 0


def _classes(problem: Problem) -> tuple[list[list[int]], list[int]]:
    """Places that are alike, and the class of each."""

    def alike(k: int, place: Place) -> tuple[object, ...]:
        return place.capacity, place.hosts, tuple(s.places is None or k in s.places for s in problem.slots)

    numbers: dict[tuple[object, ...], int] = {}
    members: list[list[int]] = []
    of = []
    for k, place in enumerate(problem.places):
        number = numbers.setdefault(alike(k, place), len(numbers))
        if number == len(members):
            members.append([])
        members[number].append(k)
        of.append(number)
    return members, of


def improve(
    step: Step, meetings: Sequence[Meeting], free: Collection[int], settings: Settings
) -> dict[int, Target]:
    """New targets for the free meetings (positions); empty: none was found."""
    from ortools.sat.python import cp_model  # takes half a second, and most of the engine does without

    program = _Program(cp_model, step, meetings, free, settings.fairness)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = settings.seed
    solver.parameters.max_time_in_seconds = settings.seconds
    status = solver.solve(program.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}
    return {
        m: target for m, ways in program.at.items() for target, x in ways.items() if solver.boolean_value(x)
    }


class _Program:
    """The variables and constraints of one step."""

    def __init__(
        self,
        cp_model: Any,
        step: Step,
        meetings: Sequence[Meeting],
        free: Collection[int],
        fairness: int | None,
    ) -> None:
        self.step, self.problem, self.meetings = step, step.problem, meetings
        self.model = cp_model.CpModel()
        self.at: dict[int, dict[Target, Any]] = {}
        self.busy: dict[tuple[int, int], list[Any]] = defaultdict(list)
        self.taken: dict[int, dict[int, None]] = defaultdict(dict)  # per delegate its slots, in their order
        self.held: dict[tuple[int | None, int], list[Any]] = defaultdict(list)
        self.stays: list[Any] = []
        for m, meeting in enumerate(meetings):
            if m in free:
                self._free(m, meeting)
            else:
                self._take(meeting, meeting.slot, self._class(meeting), 1)
        self.touched = {d for m in free for d in (meetings[m].delegate_a, meetings[m].delegate_b)}
        self._people()
        self._days()
        self._places()
        gains = [step.worth(meetings[m], t) * x for m in free for (t, _), x in self.at[m].items()]
        self.model.add(sum(gains) >= sum(step.worth(meetings[m], meetings[m].slot) for m in free))
        breaks, excess = self._breaks(fairness)
        each = len(free) + 1
        total = 2 * len(meetings) + 1  # more than there can be breaks
        self.model.minimize(each * (total * excess + breaks) - sum(self.stays))

    def _class(self, meeting: Meeting) -> int | None:
        return None if meeting.place is None else self.step.class_of[meeting.place]

    def _free(self, m: int, meeting: Meeting) -> None:
        own = meeting.slot, self._class(meeting)
        self.at[m] = {}
        elsewhere = [target for target in self.step.targets(meeting) if target[0] != meeting.slot]
        for target in (own, *elsewhere):
            x = self.model.new_bool_var("")
            self.at[m][target] = x
            self._take(meeting, *target, x)
            self.model.add_hint(x, target == own)
            if target[0] == meeting.slot:
                self.stays.append(x)
        self.model.add_exactly_one(self.at[m].values())

    def _take(self, meeting: Meeting, t: int, where: int | None, x: Any) -> None:
        for d in (meeting.delegate_a, meeting.delegate_b):
            self.busy[d, t].append(x)
            self.taken[d][t] = None
        self.held[where, t].append(x)

    def _sum(self, delegates: Collection[int], slots: Collection[int]) -> list[Any]:
        return [x for d in delegates for t in slots for x in self.busy.get((d, t), ())]

    def _people(self) -> None:
        """One meeting at a time with a pause, breaks after meetings in a row, few uncomfortable hours."""
        problem = self.problem
        for person in sorted({problem.delegates[d].person for d in self.touched}, key=str):
            own = self.step.delegates[person]
            rules = [problem.participations[problem.delegates[d].participation] for d in own]
            for span in self.step.moments(max(rule.pause for rule in rules)):
                self._at_most(self._sum(own, span), 1)
            rests = [rule.in_a_row for rule in rules if rule.in_a_row is not None]
            if rests:
                length = min(rests) + 1
                for block in self.step.blocks.values():
                    for k in range(len(block) - length + 1):
                        self._at_most(self._sum(own, block[k : k + length]), length - 1)
            if problem.uncomfortable is not None:
                costly = [x for d in own for t, c in _costs(problem, d) if c > 0 for x in self.busy[d, t]]
                self._at_most(costly, problem.uncomfortable)

    def _days(self) -> None:
        of: dict[int, list[int]] = defaultdict(list)
        for d, delegate in enumerate(self.problem.delegates):
            of[delegate.participation].append(d)
        days: dict[int, list[int]] = defaultdict(list)
        for t, slot in enumerate(self.problem.slots):
            days[slot.day].append(t)
        for p in {self.problem.delegates[d].participation for d in self.touched}:
            most = self.problem.participations[p].per_day
            if most is not None:
                for slots in days.values():
                    self._at_most(self._sum(of[p], slots), most)

    def _places(self) -> None:
        """What a class of places holds, in each slot and in slots that overlap."""
        for c, members in enumerate(self.step.classes):
            capacity = self.problem.places[members[0]].capacity
            for span in (*self.step.moments(0), *([t] for t in range(len(capacity)))):
                rooms = [capacity[t] for t in span]
                if None not in rooms:
                    most = max((room for room in rooms if room is not None), default=0)
                    self._at_most([x for t in span for x in self.held.get((c, t), ())], len(members) * most)

    def _at_most(self, parts: list[Any], most: int) -> None:
        if any(not isinstance(x, int) for x in parts) and len(parts) > most:
            self.model.add(sum(parts) <= most)

    def _breaks(self, fairness: int | None) -> tuple[Any, Any]:
        """All breaks of whoever is touched, and by how much the fewest and the most are too far apart."""
        own: dict[int, list[Any]] = defaultdict(list)
        for d in sorted(self.touched):
            own[self.problem.delegates[d].participation] += self._breaks_of(d, is_exact=fairness is not None)
        if fairness is None:
            return sum(sum(parts) for parts in own.values()), 0
        others = self._constant_breaks()
        most = self.model.new_int_var(0, 10_000, "")
        least = self.model.new_int_var(0, 10_000, "")
        excess = self.model.new_int_var(0, 10_000, "")
        sides = {side for m in self.meetings for side in self._sides(m)}
        for p in sorted(sides):
            total = sum(own.get(p, [])) + others[p]
            self.model.add(most >= total)
            self.model.add(least <= total)
        self.model.add(excess >= most - least - fairness)
        return sum(sum(parts) for parts in own.values()), excess

    def _sides(self, m: Meeting) -> tuple[int, int]:
        return self.problem.pairs[m.pair].a, self.problem.pairs[m.pair].b

    def _constant_breaks(self) -> list[int]:
        """Breaks of the delegates whom no free meeting concerns."""
        breaks = [0] * len(self.problem.participations)
        held: dict[int, list[Meeting]] = defaultdict(list)
        for m in self.meetings:
            for d in {m.delegate_a, m.delegate_b} - self.touched:
                held[d].append(m)
        for d, those in held.items():
            # only this delegate's end of each meeting counts here
            p = self.problem.delegates[d].participation
            breaks[p] += breaks_between(self.problem, self.step.before, (m.slot for m in those))
        return breaks

    def _breaks_of(self, d: int, *, is_exact: bool) -> list[Any]:
        """The runs of each day, less the one that every day with a meeting has.

        At least as many as there are: enough where they only cost. Exact where too few count as well.
        """
        days: dict[int, list[int]] = defaultdict(list)
        for t in self.taken[d]:
            days[self.problem.slots[t].day].append(t)
        terms: list[Any] = []
        for slots in days.values():
            used = self.model.new_bool_var("")
            meets = self._sum([d], slots)
            self.model.add(sum(meets) >= used)
            begins = []
            for t in slots:
                begin, earlier = self.model.new_bool_var(""), self._sum([d], self.step.before[t])
                self.model.add(begin >= sum(self.busy[d, t]) - sum(earlier))
                if is_exact:
                    self.model.add(begin <= sum(self.busy[d, t]))
                    for x in earlier:
                        self.model.add(begin + x <= 1)
                begins.append(begin)
            if is_exact:
                for x in meets:
                    self.model.add(used >= x)
            terms += [*begins, -1 * used]
        return terms


def _costs(problem: Problem, d: int) -> list[tuple[int, int]]:
    delegate = problem.delegates[d]
    return list(zip(delegate.slots, delegate.costs, strict=False))


def settle_places(
    step: Step, meetings: Sequence[Meeting], moved: Mapping[int, Target]
) -> list[Meeting] | None:
    """The meetings at their new times, each at a place of its class; None where the places do not suffice.

    Whoever stays keeps the place; the others stay at the place where one of the two was last, if they can.
    """
    problem = step.problem
    result = list(meetings)
    used: dict[tuple[int, int], int] = defaultdict(int)
    for m, meeting in enumerate(meetings):
        if m not in moved and meeting.place is not None:
            used[meeting.place, meeting.slot] += 1
    last: dict[int, int] = {}
    overlapping: dict[int, list[list[int]]] = defaultdict(list)
    for span in step.moments(0):
        for t in span:
            overlapping[t].append(span)

    def has_room(k: int, t: int) -> bool:
        capacity = problem.places[k].capacity
        for span in ([t], *overlapping[t]):
            rooms = [capacity[s] for s in span]
            taken = sum(used[k, s] for s in span)
            if None not in rooms and taken >= max(room for room in rooms if room is not None):
                return False
        return True

    for m in sorted(moved, key=lambda m: (problem.slots[moved[m][0]].start, m)):
        meeting, (t, where) = meetings[m], moved[m]
        place = None
        if where is not None:
            sides = (problem.pairs[meeting.pair].a, problem.pairs[meeting.pair].b)
            wishes = [meeting.place, last.get(sides[0]), last.get(sides[1])]
            members = step.classes[where]
            options = [k for k in wishes if k is not None and step.class_of[k] == where] + members
            place = next((k for k in options if has_room(k, t)), None)
            if place is None:
                return None
            used[place, t] += 1
            last[sides[0]] = last[sides[1]] = place
        result[m] = Meeting(meeting.pair, t, place, meeting.delegate_a, meeting.delegate_b)
    return result
