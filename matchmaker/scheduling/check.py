"""The independent check: knows the rules of problem.py, and nothing of how a schedule is found.

`check` reads a problem and a schedule as they are stored and works everything out again: feasibility, value,
objective, and from the certificate's whole-number prices the bound (`proof.py`). It shares no function with
the engine on purpose, so that a mistake there cannot hide here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from .problem import Key, Problem
from .proof import bound
from .rules import blocks_of, extra, longest_row, overlap, pauses_of
from .schedule import Schedule


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, as a code with arguments."""

    code: str
    arguments: tuple[object, ...] = ()


def check(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Everything wrong with the schedule; empty when feasible, counted right and proved."""
    found = [*_meetings(problem, schedule), *_people(problem, schedule), *_limits(problem, schedule)]
    found += [*_places(problem, schedule), *_gatherings(problem, schedule)]
    placed = {m.pair for m in schedule.meetings}
    for e, pair in enumerate(problem.pairs):
        if (pair.force or pair.lock) and e not in placed:
            found.append(Violation("must_be_placed", (e,)))
    named = Counter(u.pair for u in schedule.unplaced) + Counter(m.pair for m in schedule.meetings)
    if sorted(named.elements()) != list(range(len(problem.pairs))):
        found.append(Violation("not_every_pair_once"))
    if found:
        return found
    value, objective = _worth(problem, schedule)
    if (value, objective) != (schedule.value, schedule.objective):
        found.append(Violation("miscounted", (value, objective)))
    if (schedule.bound is None) != (schedule.certificate is None):
        found.append(Violation("bound_without_proof"))
    elif schedule.certificate is not None and schedule.bound is not None:
        try:
            proved = bound(problem, schedule.certificate)
        except ValueError as error:
            return [*found, Violation("certificate_invalid", (str(error),))]
        if schedule.bound < proved:
            found.append(Violation("bound_not_proved", (proved,)))
        if proved < objective:
            found.append(Violation("objective_above_bound", (proved,)))
    return found


def _meetings(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Each meeting alone."""
    found: list[Violation] = []
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        if pair.forbidden is not None:
            found.append(Violation("forbidden", (m.pair, pair.forbidden)))
        if problem.slots[m.slot].is_session or (pair.slots is not None and m.slot not in pair.slots):
            found.append(Violation("slot_not_allowed", (m.pair, m.slot)))
        for participation, d in ((pair.a, m.delegate_a), (pair.b, m.delegate_b)):
            delegate = problem.delegates[d]
            if delegate.participation != participation or m.slot not in delegate.slots:
                found.append(Violation("delegate_not_free", (m.pair, m.slot, delegate.id)))
        lock = pair.lock
        if lock and any(
            want is not None and want != is_
            for want, is_ in (
                (lock.slot, m.slot),
                (lock.place, m.place),
                (lock.delegate_a, m.delegate_a),
                (lock.delegate_b, m.delegate_b),
            )
        ):
            found.append(Violation("lock_moved", (m.pair,)))
    return found


def _gatherings(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Each gathering alone, and that every guest is either seated or named as without a seat."""
    found: list[Violation] = []
    without = {(w.gathering, w.participation) for w in schedule.without_seat}
    held = {h.gathering: h for h in schedule.gatherings}
    if len(held) < len(schedule.gatherings) or len(without) < len(schedule.without_seat):
        found.append(Violation("gathering_twice"))
    for g, gathering in enumerate(problem.gatherings):
        h, invited = held.get(g), {guest.participation for guest in gathering.guests}
        seated = [p for p, _ in h.guests] if h else []
        if sorted([*seated, *(p for k, p in without if k == g)]) != sorted(invited):
            found.append(Violation("not_every_guest_once", (g,)))
        if any(guest.force and guest.participation not in seated for guest in gathering.guests):
            found.append(Violation("must_be_seated", (g,)))
        if h is None:
            found += [Violation("must_be_held", (g,))] if gathering.must else []
            continue
        if h.slot not in gathering.slots or gathering.lock not in (None, h.slot):
            found.append(Violation("gathering_at_wrong_time", (g, h.slot)))
        if not gathering.least <= len(seated) <= gathering.most:
            found.append(Violation("wrong_number_of_guests", (g, len(seated))))
        if h.place not in (gathering.places or (None,)):
            found.append(Violation("gathering_at_wrong_place", (g, h.place)))
        if (h.host is None) != (gathering.host is None):
            found.append(Violation("host_missing", (g,)))
        host = [(gathering.host, h.host)] if h.host is not None else []
        for p, d in [*h.guests, *host]:
            if problem.delegates[d].participation != p or h.slot not in problem.delegates[d].slots:
                found.append(Violation("delegate_not_free", (g, h.slot, problem.delegates[d].id)))
    return found


def _sittings(schedule: Schedule) -> list[tuple[int, int]]:
    """(delegate, slot) of everybody who sits in a meeting or a gathering."""
    sat = [(d, m.slot) for m in schedule.meetings for d in (m.delegate_a, m.delegate_b)]
    for h in schedule.gatherings:
        sat += [(d, h.slot) for _, d in h.guests] + ([] if h.host is None else [(h.host, h.slot)])
    return sat


def _people(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Nobody is in two places at once, without a pause, too often in a row, or at too many late hours."""
    found: list[Violation] = []
    busy: dict[Key, list[int]] = defaultdict(list)
    pauses = pauses_of(problem)
    for d, slot in _sittings(schedule):
        person = problem.delegates[d].person
        if any(overlap(problem, slot, t) for t in busy[person]):
            found.append(Violation("two_places_at_once", (person, slot)))
        elif any(overlap(problem, slot, t, pauses[person]) for t in busy[person]):
            found.append(Violation("no_pause", (person, slot)))
        busy[person].append(slot)
    found += _hours(problem, schedule)
    for person, most in longest_row(problem).items():
        for block in blocks_of(problem):
            length = 0
            for t in block:
                length = length + 1 if t in busy.get(person, ()) else 0
                if length > most:
                    found.append(Violation("too_many_in_a_row", (person, t)))
    return found


def _hours(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Nobody sits at more uncomfortable hours than the round allows."""
    count: Counter[Key] = Counter()
    for number, slot in _sittings(schedule):
        d = problem.delegates[number]
        if d.costs and slot in d.slots and d.costs[d.slots.index(slot)] > 0:
            count[d.person] += 1
    most = problem.uncomfortable
    return [Violation("too_uncomfortable", (p,)) for p, n in count.items() if most is not None and n > most]


def _limits(problem: Problem, schedule: Schedule) -> list[Violation]:
    total: Counter[int] = Counter()
    daily: Counter[tuple[int, int]] = Counter()
    for m in schedule.meetings:
        for p in (problem.pairs[m.pair].a, problem.pairs[m.pair].b):
            total[p] += 1
            daily[p, problem.slots[m.slot].day] += 1
    limits = [(p, x.maximum, x.per_day) for p, x in enumerate(problem.participations)]
    most = {p: maximum for p, maximum, _ in limits if maximum is not None}
    per_day = {p: each for p, _, each in limits if each is not None}
    found = [Violation("maximum", (p,)) for p, n in total.items() if n > most.get(p, n)]
    return found + [Violation("per_day", (p, day)) for (p, day), n in daily.items() if n > per_day.get(p, n)]


def _places(problem: Problem, schedule: Schedule) -> list[Violation]:
    found: list[Violation] = []
    used: Counter[tuple[int, int]] = Counter()
    for m in schedule.meetings:
        if m.place is None:
            found += [Violation("no_place", (m.pair,))] if problem.places else []
            continue
        place, pair, only = problem.places[m.place], problem.pairs[m.pair], problem.slots[m.slot].places
        hosts = None if place.hosts is None else place.hosts[m.slot]
        if (only is not None and m.place not in only) or (
            hosts is not None and pair.a not in hosts and pair.b not in hosts
        ):
            found.append(Violation("not_admitted", (m.pair, m.place)))
        used[m.place, m.slot] += 1
    for h in schedule.gatherings:
        if h.place is not None:
            used[h.place, h.slot] += 1
    together = [
        [t for t in range(len(problem.slots)) if problem.slots[t].start <= s.start < problem.slots[t].end]
        for s in problem.slots
    ]
    for k, s in [here for here in used if not 0 <= here[0] < len(problem.places)]:
        found.append(Violation("no_such_place", (k, s)))
        del used[k, s]
    for (k, s), n in used.items():
        capacity = problem.places[k].capacity
        if n > (n if capacity[s] is None else capacity[s]):  # type: ignore[operator]
            found.append(Violation("place_full", (k, s)))
        rooms = [capacity[t] for t in together[s]]
        most = max((r for r in rooms if r is not None), default=0)
        if None not in rooms and sum(used.get((k, t), 0) for t in together[s]) > most:
            found.append(Violation("place_full", (k, s)))
    return found


def _worth(problem: Problem, schedule: Schedule) -> tuple[int, int]:
    """Value and objective of the meetings."""
    value = objective = 0
    count: Counter[int] = Counter()
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        value += pair.value
        if pair.seen is not None and pair.seen.slot == m.slot:
            objective += pair.seen.weight
        for p in (pair.a, pair.b):
            objective += extra(problem, p, count[p])
            count[p] += 1
    for d, slot in _sittings(schedule):
        delegate = problem.delegates[d]
        objective -= delegate.costs[delegate.slots.index(slot)] if delegate.costs else 0
    for h in schedule.gatherings:
        worth = {guest.participation: guest.value for guest in problem.gatherings[h.gathering].guests}
        value += sum(worth[p] for p, _ in h.guests)
    return value, objective + value
