"""The independent check: knows the rules of problem.py, and nothing of how a schedule is found.

`check` reads a problem and a schedule as they are stored and works everything out again: feasibility, value,
objective, and from the certificate's whole-number prices the bound. It shares no function with the engine on
purpose, so that a mistake there cannot hide here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Key, Problem
from .schedule import Certificate, Schedule

NEVER = -(1 << 60)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, as a code with arguments."""

    code: str
    arguments: tuple[object, ...] = ()


def check(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Everything wrong with the schedule; empty when feasible, counted right and proved."""
    found = _meetings(problem, schedule) + _limits(problem, schedule) + _places(problem, schedule)
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


def _overlap(problem: Problem, s: int, t: int) -> bool:
    return problem.slots[s].start < problem.slots[t].end and problem.slots[t].start < problem.slots[s].end


def _together(problem: Problem, slots: tuple[int, ...]) -> bool:
    """Is there a moment that lies in all these slots?"""
    spans = [problem.slots[t] for t in slots]
    return max(s.start for s in spans) < min(s.end for s in spans)


def _meetings(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Each meeting alone, and nobody in two at once."""
    found: list[Violation] = []
    busy: dict[Key, list[int]] = defaultdict(list)
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        ends = ((pair.a, problem.delegates[m.delegate_a]), (pair.b, problem.delegates[m.delegate_b]))
        if pair.forbidden is not None:
            found.append(Violation("forbidden", (m.pair, pair.forbidden)))
        if pair.slots is not None and m.slot not in pair.slots:
            found.append(Violation("slot_not_allowed", (m.pair, m.slot)))
        for participation, delegate in ends:
            if delegate.participation != participation or m.slot not in delegate.slots:
                found.append(Violation("delegate_not_free", (m.pair, m.slot, delegate.id)))
            if any(_overlap(problem, m.slot, t) for t in busy[delegate.person]):
                found.append(Violation("two_places_at_once", (delegate.person, m.slot)))
            busy[delegate.person].append(m.slot)
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
    found += _hours(problem, schedule)
    rest: dict[Key, int] = {}
    for d in problem.delegates:
        most = problem.participations[d.participation].in_a_row
        if most is not None:
            rest[d.person] = min(most, rest.get(d.person, most))
    for person, most in rest.items():
        for block in _blocks(problem):
            length = 0
            for t in block:
                length = length + 1 if t in busy.get(person, ()) else 0
                if length > most:
                    found.append(Violation("too_many_in_a_row", (person, t)))
    return found


def _hours(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Nobody sits at more uncomfortable hours than the round allows."""
    count: Counter[Key] = Counter()
    for m in schedule.meetings:
        for d in (problem.delegates[m.delegate_a], problem.delegates[m.delegate_b]):
            if d.costs and m.slot in d.slots and d.costs[d.slots.index(m.slot)] > 0:
                count[d.person] += 1
    most = problem.uncomfortable
    return [Violation("too_uncomfortable", (p,)) for p, n in count.items() if most is not None and n > most]


def _blocks(problem: Problem) -> list[list[int]]:
    blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for t in sorted(range(len(problem.slots)), key=lambda t: (problem.slots[t].start, t)):
        blocks[problem.slots[t].day, problem.slots[t].block].append(t)
    return list(blocks.values())


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
    together = [
        [t for t in range(len(problem.slots)) if problem.slots[t].start <= s.start < problem.slots[t].end]
        for s in problem.slots
    ]
    for (k, s), n in used.items():
        capacity = problem.places[k].capacity
        if n > (n if capacity[s] is None else capacity[s]):  # type: ignore[operator]
            found.append(Violation("place_full", (k, s)))
        rooms = [capacity[t] for t in together[s]]
        most = max((r for r in rooms if r is not None), default=0)
        if None not in rooms and sum(used.get((k, t), 0) for t in together[s]) > most:
            found.append(Violation("place_full", (k, s)))
    return found


def _extra(problem: Problem, p: int, k: int) -> int:
    """What the k-th meeting (from 0) of participation p adds."""
    base = problem.floor[k] if k < len(problem.floor) else 0
    base += problem.shortfall if k < problem.participations[p].minimum else 0
    return round(problem.participations[p].weight * base)


def _worth(problem: Problem, schedule: Schedule) -> tuple[int, int]:
    """Value and objective of the meetings."""
    value = objective = 0
    count: Counter[int] = Counter()
    for m in schedule.meetings:
        pair = problem.pairs[m.pair]
        value += pair.value
        if pair.seen is not None and pair.seen.slot == m.slot:
            objective += pair.seen.weight
        for p, d in ((pair.a, m.delegate_a), (pair.b, m.delegate_b)):
            delegate = problem.delegates[d]
            objective -= delegate.costs[delegate.slots.index(m.slot)] if delegate.costs else 0
            objective += _extra(problem, p, count[p])
            count[p] += 1
    return value, objective + value


def bound(problem: Problem, certificate: Certificate) -> int:
    """The objective that no schedule exceeds, proved by the prices; ValueError when a row is not a rule.

    Weak duality: sum of price x capacity over all rows, plus for each pair the most that any way of holding
    it is worth after paying its rows (at least 0, unless the pair must be placed).
    """
    scale, n, n_slots = certificate.scale, len(problem.participations), len(problem.slots)
    limits = np.array(certificate.limits, np.int64)
    subsidy = np.array(certificate.subsidies or [0] * n, np.int64)
    if (
        scale < 1
        or len(limits) != n
        or len(subsidy) != n
        or limits.min(initial=0) < 0
        or subsidy.min(initial=0) < 0
    ):
        raise ValueError("prices of participations")
    total = 0
    side = np.zeros((n, n_slots), np.int64)  # what participation p pays for a meeting in slot t
    for p, participation in enumerate(problem.participations):
        if limits[p] and participation.maximum is None:
            raise ValueError("a price on no limit")
        total += int(limits[p]) * (participation.maximum or 0)
        depth = max(len(problem.floor), participation.minimum)
        total += sum(max(0, _extra(problem, p, k) * scale - int(subsidy[p])) for k in range(depth))
        side[p] += limits[p] - subsidy[p]
    for p, day, price in certificate.days:
        most = problem.participations[p].per_day
        if most is None or price < 0:
            raise ValueError("a price on no limit of a day")
        total += most * price
        side[p, [t for t in range(n_slots) if problem.slots[t].day == day]] += price
    seat, more = _seat_prices(problem, certificate)
    total += more
    cheapest = np.full((n, n_slots), 1 << 58, np.int64)
    for d, delegate in enumerate(problem.delegates):
        at = list(delegate.slots)
        cost = seat[d, at] + (np.array(delegate.costs, np.int64) * scale if delegate.costs else 0)
        cheapest[delegate.participation, at] = np.minimum(cheapest[delegate.participation, at], cost)
    everywhere, hosted, more = _place_prices(problem, certificate)
    total += more
    return (total + _pairs(problem, scale, side + cheapest, everywhere, hosted)) // scale


def _pairs(
    problem: Problem,
    scale: int,
    side: NDArray[np.int64],
    everywhere: NDArray[np.int64],
    hosted: NDArray[np.int64],
) -> int:
    """The most that each pair is worth after paying, summed."""
    pairs = [p for p in problem.pairs if p.forbidden is None]
    a = np.array([p.a for p in pairs], np.int64)
    b = np.array([p.b for p in pairs], np.int64)
    value = np.array([p.value for p in pairs], np.int64) * scale
    only = [
        (k, {p.lock.slot} if p.lock else set(p.slots or ()))
        for k, p in enumerate(pairs)
        if p.lock or p.slots is not None
    ]
    stay = [(k, p.seen) for k, p in enumerate(pairs) if p.seen]
    best = np.full(len(pairs), NEVER, np.int64)
    for t in range(len(problem.slots)):
        place = np.minimum(everywhere[t], np.minimum(hosted[a, t], hosted[b, t]))
        worth = value - side[a, t] - side[b, t] - place
        for k, seen in stay:
            worth[k] += seen.weight * scale if seen.slot == t else 0
        for k, allowed in only:
            if t not in allowed:
                worth[k] = NEVER
        best = np.maximum(best, worth)
    free = np.array([not (p.force or p.lock) for p in pairs], np.bool_)
    return int(np.where(free, np.maximum(best, 0), best).sum())


def _seat_prices(problem: Problem, certificate: Certificate) -> tuple[NDArray[np.int64], int]:
    """What each delegate pays per slot, and the capacity side of the rows of people."""
    paid = [[0] * len(problem.slots) for _ in problem.delegates]
    rest: dict[Key, int] = {}
    for d in problem.delegates:
        most = problem.participations[d.participation].in_a_row
        if most is not None:
            rest[d.person] = min(most, rest.get(d.person, most))
    blocks, total = _blocks(problem), 0
    for row in certificate.seats:
        if row.price < 0 or not _together(problem, row.slots):
            raise ValueError("slots that do not overlap")
        total += row.price * len({problem.delegates[d].person for d in row.delegates})
        for k in row.delegates:
            for t in row.slots:
                paid[k][t] += row.price
    for row in certificate.rows:
        length = len(row.slots)
        if row.price < 0 or not any(
            list(row.slots) == block[k : k + length] for block in blocks for k in range(len(block))
        ):
            raise ValueError("slots that are not in a row")
        for person in {problem.delegates[d].person for d in row.delegates}:
            most = rest.get(person, length)
            whole, left = divmod(length, most + 1)
            total += row.price * (whole * most + min(left, most))
        for k in row.delegates:
            for t in row.slots:
                paid[k][t] += row.price
    for row in certificate.hours:
        if row.price < 0 or problem.uncomfortable is None:
            raise ValueError("a price on no bound of hours")
        total += row.price * problem.uncomfortable * len({problem.delegates[d].person for d in row.delegates})
        for k in row.delegates:
            who = problem.delegates[k]
            for t, cost in zip(who.slots, who.costs, strict=False):
                paid[k][t] += row.price if cost > 0 else 0
    return np.array(paid, np.int64).reshape(len(problem.delegates), len(problem.slots)), total


def _place_prices(
    problem: Problem, certificate: Certificate
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The cheapest place per slot for anybody and for each host's own meetings; the capacity side."""
    n, n_slots, total = len(problem.participations), len(problem.slots), 0
    if not problem.places:
        return np.zeros(n_slots, np.int64), np.zeros((n, n_slots), np.int64), 0
    price = np.zeros((len(problem.places), n_slots), np.int64)
    for row in certificate.places:
        if row.price < 0 or not _together(problem, row.slots):
            raise ValueError("slots that do not overlap")
        for k in row.places:
            rooms = [problem.places[k].capacity[t] for t in row.slots]
            total += row.price * max(_capped(r) for r in rooms)
        price[np.ix_(list(row.places), list(row.slots))] += row.price
    everywhere = np.full(n_slots, 1 << 58, np.int64)
    hosted = np.full((n, n_slots), 1 << 58, np.int64)
    for k, place in enumerate(problem.places):
        for t, slot in enumerate(problem.slots):
            if place.capacity[t] == 0 or (slot.places is not None and k not in slot.places):
                continue
            hosts = None if place.hosts is None else place.hosts[t]
            if hosts is None:
                everywhere[t] = min(everywhere[t], price[k, t])
            else:
                hosted[list(hosts), t] = np.minimum(hosted[list(hosts), t], price[k, t])
    return everywhere, hosted, total


def _capped(room: int | None) -> int:
    if room is None:
        raise ValueError("a price on a place without limit")
    return room
