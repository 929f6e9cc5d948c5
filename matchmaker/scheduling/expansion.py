"""Gatherings in the words of pairs: with time and place settled, a gathering is a participation of its own.

It has as many chairs as seats, all at its time; each guest, and the host, is a pair with it that meets there.
So seats are decided in the very optimisation that decides the meetings, by every level of effort, and nothing
in the engine needs to know of gatherings. Guests sit for a *shadow* of their participation: the same persons,
without the limits and first meetings that seats do not count for. Slots, places, pairs and delegates of the
problem keep their positions; what is added comes after them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .problem import Delegate, Pair, Participation, Place, Problem
from .schedule import Certificate, Held, Meeting, PricedPlaces, PricedSeats, Schedule, Unplaced, WithoutSeat

Settled = Mapping[int, tuple[int, int | None]]
"""Gathering -> the slot and the place at which it is held; the others are not held."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """The problem without gatherings, and what its added positions stand for.

    seats       pair -> (gathering, participation), for the added pairs
    hosts       pair -> gathering, for the hosts' pairs
    delegates   per delegate, the problem's own delegate of the same person and participation; -1 for a chair
    """

    problem: Problem
    seats: Mapping[int, tuple[int, int]]
    hosts: Mapping[int, int]
    delegates: tuple[int, ...]


def expand(problem: Problem, settled: Settled, forced: frozenset[tuple[int, int]] = frozenset()) -> Expansion:
    """The problem with the gatherings held as `settled`; `forced` seats are (gathering, participation)."""
    builder = _Builder(problem, settled)
    for g in sorted(settled):
        builder.hold(g, forced)
    return builder.expansion()


class _Builder:
    """Grows the lists of an expansion, gathering by gathering."""

    def __init__(self, problem: Problem, settled: Settled) -> None:
        self.problem, self.settled = problem, settled
        self.participations = list(problem.participations)
        self.pairs = list(problem.pairs)
        self.places: list[Place] = list(problem.places)
        self.own: dict[int, list[int]] = defaultdict(list)
        for d, delegate in enumerate(problem.delegates):
            self.own[delegate.participation].append(d)
        sessions = {t for t, slot in enumerate(problem.slots) if slot.is_session}
        self.delegates = [_only(d, lambda t: t not in sessions) for d in problem.delegates]
        self.of = list(range(len(problem.delegates)))
        self.shadows: dict[int, int] = {}
        self.times = {slot for slot, _ in settled.values()}
        self.seats: dict[int, tuple[int, int]] = {}
        self.hosts: dict[int, int] = {}
        self.rooms: dict[int, list[int]] = defaultdict(list)

    def hold(self, g: int, forced: frozenset[tuple[int, int]]) -> None:
        """Add chairs, a room of its own, and a pair for the host and each guest."""
        gathering, (slot, place) = self.problem.gatherings[g], self.settled[g]
        chairs = gathering.most + (gathering.host is not None)
        self.participations.append(
            Participation(f"gathering {g}", maximum=chairs, weight=0.0),
        )
        number = len(self.participations) - 1
        for k in range(chairs):
            self.delegates.append(Delegate(f"chair {g}.{k}", f"chair {g}.{k}", number, (slot,)))
            self.of.append(-1)
        if self.problem.places:
            self.places.append(_room(g, number, slot, chairs, len(self.problem.slots)))
            self.rooms[slot].append(len(self.places) - 1)
            if place is not None:
                self.places[place] = _less_room(self.problem, self.places[place], slot)
        if gathering.host is not None:
            self.hosts[len(self.pairs)] = g
            self.pairs.append(Pair(self._shadow(gathering.host), number, 0, force=True, slots=(slot,)))
        for guest in gathering.guests:
            must = guest.force or (g, guest.participation) in forced
            self.seats[len(self.pairs)] = (g, guest.participation)
            shadow = self._shadow(guest.participation)
            self.pairs.append(Pair(shadow, number, guest.value, force=must, slots=(slot,)))

    def _shadow(self, p: int) -> int:
        if p not in self.shadows:
            original = self.problem.participations[p]
            self.shadows[p] = len(self.participations)
            bare = replace(original, id=f"guest {p}", maximum=None, minimum=0, per_day=None, weight=0.0)
            self.participations.append(bare)
            for d in self.own[p]:
                there = _only(self.problem.delegates[d], lambda t: t in self.times)
                self.delegates.append(replace(there, participation=self.shadows[p]))
                self.of.append(d)
        return self.shadows[p]

    def expansion(self) -> Expansion:
        """What has grown, as a problem."""
        slots = list(self.problem.slots)
        for t, slot in enumerate(slots):
            added = tuple(self.rooms[t])
            if slot.is_session:  # nobody is free in it but guests, and no place open but the gatherings' own
                slots[t] = replace(slot, places=added if self.problem.places else None, is_session=False)
            elif slot.places is not None:
                slots[t] = replace(slot, places=slot.places + added)
        problem = replace(
            self.problem,
            slots=tuple(slots),
            participations=tuple(self.participations),
            delegates=tuple(self.delegates),
            pairs=tuple(self.pairs),
            places=tuple(self.places),
            gatherings=(),
        )
        return Expansion(problem, self.seats, self.hosts, tuple(self.of))


def _only(delegate: Delegate, holds: Callable[[int], bool]) -> Delegate:
    """The delegate in those of its slots for which it holds."""
    kept = [k for k, t in enumerate(delegate.slots) if holds(t)]
    if len(kept) == len(delegate.slots):
        return delegate
    costs = tuple(delegate.costs[k] for k in kept) if delegate.costs else ()
    return replace(delegate, slots=tuple(delegate.slots[k] for k in kept), costs=costs if any(costs) else ())


def _room(g: int, number: int, slot: int, chairs: int, n_slots: int) -> Place:
    """Where the chairs of a gathering stand: open at its time, to its own pairs only."""
    capacity = tuple(chairs if t == slot else 0 for t in range(n_slots))
    hosts = tuple((number,) if t == slot else () for t in range(n_slots))
    return Place(f"gathering {g}", "room", capacity, hosts)


def _less_room(problem: Problem, place: Place, slot: int) -> Place:
    """The place with one meeting less at once while the slot lasts."""
    capacity = tuple(
        c if c is None or not _meet(problem, slot, t) else max(0, c - 1) for t, c in enumerate(place.capacity)
    )
    return replace(place, capacity=capacity)


def _meet(problem: Problem, s: int, t: int, pause: int = 0) -> bool:
    one, other = problem.slots[s], problem.slots[t]
    return one.start < other.end + pause and other.start < one.end + pause


def collapse(problem: Problem, expansion: Expansion, settled: Settled, found: Schedule) -> Schedule:
    """The expansion's schedule as one of the problem: meetings, seats and reasons; without bound."""
    n = len(problem.pairs)
    guests: dict[int, list[tuple[int, int]]] = defaultdict(list)
    hosts: dict[int, int] = {}
    for m in found.meetings:
        if m.pair in expansion.seats:
            g, p = expansion.seats[m.pair]
            guests[g].append((p, expansion.delegates[m.delegate_a]))
        elif m.pair in expansion.hosts:
            hosts[expansion.hosts[m.pair]] = expansion.delegates[m.delegate_a]
    held = tuple(
        Held(g, slot, place, hosts.get(g), tuple(sorted(guests[g])))
        for g, (slot, place) in sorted(settled.items())
    )
    without = [
        WithoutSeat(*expansion.seats[u.pair], _no_seat(expansion, u))
        for u in found.unplaced
        if u.pair in expansion.seats
    ]
    for g, gathering in enumerate(problem.gatherings):
        if g not in settled:
            without += [WithoutSeat(g, guest.participation, "not_held") for guest in gathering.guests]
    return Schedule(
        meetings=tuple(Meeting(*_fields(m)) for m in found.meetings if m.pair < n),
        unplaced=tuple(_without_seats(expansion, u, n) for u in found.unplaced if u.pair < n),
        value=found.value,
        objective=found.objective,
        log=found.log,
        gatherings=held,
        without_seat=tuple(sorted(without, key=lambda w: (w.gathering, w.participation))),
    )


def _fields(m: Meeting) -> tuple[int, int, int | None, int, int]:
    return m.pair, m.slot, m.place, m.delegate_a, m.delegate_b


def _no_seat(expansion: Expansion, u: Unplaced) -> str:
    if u.code == "no_common_slot":
        return "not_free"
    number = expansion.problem.pairs[u.pair].b
    return "full" if u.code == "limit_reached" and number in u.arguments else "outvoted"


def _without_seats(expansion: Expansion, u: Unplaced, n: int) -> Unplaced:
    """The reason of a pair, with seats of gatherings named as such."""
    if u.code != "outvoted_by":
        return u
    meetings = tuple(e for e in u.arguments if int(e) < n)
    if meetings or not u.arguments:
        return replace(u, arguments=meetings)
    both = dict(expansion.hosts) | {e: g for e, (g, _) in expansion.seats.items()}
    return Unplaced(u.pair, "in_gathering", tuple(sorted({both[int(e)] for e in u.arguments})))


def proof(problem: Problem, expansion: Expansion, found: Certificate) -> Certificate:
    """The expansion's prices as prices of the problem: the persons themselves for chairs and shadows."""
    people = len(problem.participations)
    return replace(
        found,
        limits=found.limits[:people],
        days=tuple(day for day in found.days if day[0] < people),
        subsidies=found.subsidies[:people],
        seats=_persons(expansion, found.seats),
        rows=_persons(expansion, found.rows),
        hours=_persons(expansion, found.hours),
        places=tuple(
            PricedPlaces(inside, row.slots, row.price)
            for row in found.places
            if (inside := tuple(k for k in row.places if k < len(problem.places)))
        ),
    )


def _persons(expansion: Expansion, rows: tuple[PricedSeats, ...]) -> tuple[PricedSeats, ...]:
    named = ((tuple(sorted({expansion.delegates[d] for d in row.delegates} - {-1})), row) for row in rows)
    return tuple(replace(row, delegates=those) for those, row in named if those)


def standing(problem: Problem, schedule: Schedule) -> Problem:
    """The problem of the pairs alone, in which those who sit in the schedule's gatherings are busy.

    Positions stay as they are. For whatever looks at single meetings while the gatherings stand.
    """
    if not problem.gatherings and not any(slot.is_session for slot in problem.slots):
        return problem
    busy: dict[object, list[int]] = defaultdict(list)
    places: list[Place] = list(problem.places)
    for h in schedule.gatherings:
        for d in [d for _, d in h.guests] + ([] if h.host is None else [h.host]):
            busy[problem.delegates[d].person].append(h.slot)
        if h.place is not None:
            places[h.place] = _less_room(problem, places[h.place], h.slot)
    pause: dict[object, int] = {}
    for one in problem.delegates:
        own = problem.participations[one.participation].pause
        pause[one.person] = max(pause.get(one.person, 0), own)

    def free(one: Delegate) -> Delegate:
        taken, rest = busy.get(one.person, ()), pause[one.person]
        return _only(
            one,
            lambda t: not problem.slots[t].is_session and not any(_meet(problem, t, s, rest) for s in taken),
        )

    delegates = tuple(free(one) for one in problem.delegates)
    return replace(problem, delegates=delegates, places=tuple(places), gatherings=())


def kept(problem: Problem, earlier: Schedule) -> Problem:
    """The problem in which the earlier schedule's gatherings stay, with those who sit there and still can."""
    free: dict[int, set[int]] = defaultdict(set)
    for one in problem.delegates:
        free[one.participation].update(one.slots)
    gatherings = list(problem.gatherings)
    for h in earlier.gatherings:
        gathering = gatherings[h.gathering]
        if gathering.host is not None and h.slot not in free[gathering.host]:
            continue
        seated = {p for p, _ in h.guests if h.slot in free[p]}
        guests = tuple(replace(x, force=x.force or x.participation in seated) for x in gathering.guests)
        places = gathering.places if h.place is None else (h.place,)
        if len(seated) >= gathering.least:
            gatherings[h.gathering] = replace(gathering, guests=guests, places=places, lock=h.slot)
    return replace(problem, gatherings=tuple(gatherings))


def prices(problem: Problem, found: Certificate | None) -> tuple[np.ndarray, np.ndarray]:
    """What each (delegate, slot) and (place, slot) costs by a certificate, thousandths."""
    seats = np.zeros((len(problem.delegates), len(problem.slots)))
    places = np.zeros((len(problem.places), len(problem.slots)))
    for d, one in enumerate(problem.delegates):
        if one.costs:
            seats[d, list(one.slots)] += one.costs
    if found is None:
        return seats, places
    for row in (*found.seats, *found.rows):
        seats[np.ix_(list(row.delegates), list(row.slots))] += row.price / found.scale
    for row in found.hours:
        for d in row.delegates:
            one = problem.delegates[d]
            for t, cost in zip(one.slots, one.costs, strict=False):
                seats[d, t] += row.price / found.scale if cost > 0 else 0
    for priced in found.places:
        places[np.ix_(list(priced.places), list(priced.slots))] += priced.price / found.scale
    return seats, places
