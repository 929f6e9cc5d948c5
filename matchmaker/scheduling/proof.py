"""The bound, worked out again from a certificate's whole-number prices; nothing of how they were found.

Weak duality needs only the rules: whatever the prices are, no schedule is worth more than what they sum to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .problem import Gathering, Problem
from .rules import blocks_of, extra, longest_row, pauses_of, together
from .schedule import Certificate

NEVER = -(1 << 60)


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
        total += sum(max(0, extra(problem, p, k) * scale - int(subsidy[p])) for k in range(depth))
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
    rest = longest_row(problem)
    blocks, total = blocks_of(problem), 0
    pauses = pauses_of(problem)
    for row in certificate.seats:
        pause = min((pauses[problem.delegates[k].person] for k in row.delegates), default=0)
        if row.price < 0 or not together(problem, row.slots, pause):
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
        if row.price < 0 or not together(problem, row.slots):
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
