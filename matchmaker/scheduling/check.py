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

from .problem import Gathering, Key, Problem
from .schedule import Certificate, Schedule

NEVER = -(1 << 60)


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


def _overlap(problem: Problem, s: int, t: int, pause: int = 0) -> bool:
    one, other = problem.slots[s], problem.slots[t]
    return one.start < other.end + pause and other.start < one.end + pause


def _together(problem: Problem, slots: tuple[int, ...], pause: int = 0) -> bool:
    """Is there a moment that lies in all these slots, each prolonged by the pause?"""
    spans = [problem.slots[t] for t in slots]
    return max(s.start for s in spans) < min(s.end for s in spans) + pause


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


def _sittings(problem: Problem, schedule: Schedule) -> list[tuple[int, int]]:
    """(delegate, slot) of everybody who sits in a meeting or a gathering."""
    sat = [(d, m.slot) for m in schedule.meetings for d in (m.delegate_a, m.delegate_b)]
    for h in schedule.gatherings:
        sat += [(d, h.slot) for _, d in h.guests] + ([] if h.host is None else [(h.host, h.slot)])
    return sat


def _pauses(problem: Problem) -> dict[Key, int]:
    """Per person the minutes free between two meetings: the longest of all that the person sits for."""
    pause: dict[Key, int] = {}
    for d in problem.delegates:
        pause[d.person] = max(pause.get(d.person, 0), problem.participations[d.participation].pause)
    return pause


def _people(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Nobody is in two places at once, without a pause, too often in a row, or at too many late hours."""
    found: list[Violation] = []
    busy: dict[Key, list[int]] = defaultdict(list)
    pauses = _pauses(problem)
    for d, slot in _sittings(problem, schedule):
        person = problem.delegates[d].person
        if any(_overlap(problem, slot, t) for t in busy[person]):
            found.append(Violation("two_places_at_once", (person, slot)))
        elif any(_overlap(problem, slot, t, pauses[person]) for t in busy[person]):
            found.append(Violation("no_pause", (person, slot)))
        busy[person].append(slot)
    found += _hours(problem, schedule)
    rest: dict[Key, int] = {}
    for one in problem.delegates:
        most = problem.participations[one.participation].in_a_row
        if most is not None:
            rest[one.person] = min(most, rest.get(one.person, most))
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
    for number, slot in _sittings(problem, schedule):
        d = problem.delegates[number]
        if d.costs and slot in d.slots and d.costs[d.slots.index(slot)] > 0:
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
        for p in (pair.a, pair.b):
            objective += _extra(problem, p, count[p])
            count[p] += 1
    for d, slot in _sittings(problem, schedule):
        delegate = problem.delegates[d]
        objective -= delegate.costs[delegate.slots.index(slot)] if delegate.costs else 0
    for h in schedule.gatherings:
        worth = {guest.participation: guest.value for guest in problem.gatherings[h.gathering].guests}
        value += sum(worth[p] for p, _ in h.guests)
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
    prices, more = _place_prices(problem, certificate)
    total += more + sum(_gathering(problem, scale, g, cheapest, prices) for g in problem.gatherings)
    everywhere, hosted = _cheapest_places(problem, prices)
    return (total + _pairs(problem, scale, side + cheapest, everywhere, hosted)) // scale


def _gathering(
    problem: Problem,
    scale: int,
    gathering: Gathering,
    cheapest: NDArray[np.int64],
    prices: NDArray[np.int64],
) -> int:
    """The most that a gathering is worth after paying for its people and its place, in its best slot."""
    best = NEVER if gathering.must else 0
    for t in gathering.slots if gathering.lock is None else (gathering.lock,):
        only = problem.slots[t].places
        rooms = [prices[k, t] for k in gathering.places if only is None or k in only]
        if gathering.places and not rooms:
            continue
        paid = int(min(rooms)) if rooms else 0
        paid += 0 if gathering.host is None else int(cheapest[gathering.host, t])
        worth = [
            (guest, guest.value * scale - int(cheapest[guest.participation, t])) for guest in gathering.guests
        ]
        forced = [w for guest, w in worth if guest.force]
        others = sorted((w for guest, w in worth if not guest.force), reverse=True)
        most, least = gathering.most - len(forced), gathering.least - len(forced)
        seats = sum(forced) + sum(w for k, w in enumerate(others[: max(most, 0)]) if w > 0 or k < least)
        best = max(best, seats - paid)
    return best


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
    for t in (t for t in range(len(problem.slots)) if not problem.slots[t].is_session):
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
    pauses = _pauses(problem)
    for row in certificate.seats:
        pause = min((pauses[problem.delegates[k].person] for k in row.delegates), default=0)
        if row.price < 0 or not _together(problem, row.slots, pause):
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


def _place_prices(problem: Problem, certificate: Certificate) -> tuple[NDArray[np.int64], int]:
    """What each place costs per slot, and the capacity side of the rows of places."""
    price, total = np.zeros((len(problem.places), len(problem.slots)), np.int64), 0
    for row in certificate.places:
        if row.price < 0 or not _together(problem, row.slots):
            raise ValueError("slots that do not overlap")
        for k in row.places:
            rooms = [problem.places[k].capacity[t] for t in row.slots]
            total += row.price * max(_capped(r) for r in rooms)
        price[np.ix_(list(row.places), list(row.slots))] += row.price
    return price, total


def _cheapest_places(
    problem: Problem, price: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cheapest place per slot for anybody and for each host's own meetings."""
    n, n_slots = len(problem.participations), len(problem.slots)
    if not problem.places:
        return np.zeros(n_slots, np.int64), np.zeros((n, n_slots), np.int64)
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
    return everywhere, hosted


def _capped(room: int | None) -> int:
    if room is None:
        raise ValueError("a price on a place without limit")
    return room
