"""A problem as arrays: every way to hold a meeting is a column, everything scarce a row with a capacity.

A column is (pair, slot, seat pool of a, seat pool of b, place pool). It uses one unit of each of its rows:
limits, days, people at a moment, people in a row of slots, places. Choosing columns, at most one per pair
and within all capacities, is the whole problem; every level of effort works on these arrays, whatever the
rules of the event. Rows that cannot be exceeded are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Problem
from .shape import Crew, PlacePools, SeatPool, moments, place_pools, runs, seat_pools

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowKind:
    """A family of rows: which pool or participation (`keys`) times which slots (`spans`), from row `first`.

    Row number = first + key * len(spans) + span.
    """

    name: str
    first: int
    keys: int
    spans: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Columns (sorted by pair) and rows.

    pair, slot, seat_a, seat_b, pool   int32[n]; pool -1 without places
    gain     int64[n]   what the column adds to the objective, without the extra value of first meetings
    rows     int32[n, width]  row numbers, -1 padded; layer k holds rows of kind layers[k]
    room     int32[m]   capacity of each row
    start    int32[pairs + 1]  columns of pair e are start[e]:start[e + 1]
    side_a, side_b  int32[pairs]  the pair's participations
    extra    int64[participations, k]  extra value of the k-th meeting, falling in k
    must     bool[pairs] locked or forced;  fixed  bool[pairs] locked
    """

    pair: Ints
    slot: Ints
    seat_a: Ints
    seat_b: Ints
    pool: Ints
    gain: Longs
    rows: Ints
    room: Ints
    start: Ints
    side_a: Ints
    side_b: Ints
    extra: Longs
    must: NDArray[np.bool_]
    fixed: NDArray[np.bool_]
    layers: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    row_names: Ints
    seats: tuple[SeatPool, ...]
    crews: tuple[Crew, ...]
    places: PlacePools

    @property
    def n(self) -> int:
        """How many columns."""
        return len(self.pair)


NEVER = np.int64(-(2**40))
"""Below every gain: of a pair without a column."""


def best_gains(model: Model) -> Longs:
    """int64[pairs], the most that a column of each pair adds; NEVER without a column."""
    best = np.full(len(model.side_a), NEVER)
    np.maximum.at(best, model.pair, model.gain)
    return best


def build(problem: Problem) -> Model:
    """The model of a problem that passed `contradictions.validate`."""
    seats, crews = seat_pools(problem)
    places = place_pools(problem)
    columns = _columns(problem, seats, places)
    side_a = np.array([p.a for p in problem.pairs], np.int32)
    side_b = np.array([p.b for p in problem.pairs], np.int32)
    layers, kinds, total, room = _rows(problem, seats, crews, places, columns, side_a, side_b)
    rows, row_room, names, kept = _bind(layers, total, room, columns["pair"])
    start = np.zeros(len(problem.pairs) + 1, np.int32)
    np.cumsum(np.bincount(columns["pair"], minlength=len(problem.pairs)), out=start[1:])
    return Model(
        **columns,
        rows=rows,
        room=row_room,
        start=start,
        side_a=side_a,
        side_b=side_b,
        extra=_extra(problem),
        must=np.array([p.lock is not None or p.force for p in problem.pairs], np.bool_),
        fixed=np.array([p.lock is not None for p in problem.pairs], np.bool_),
        layers=tuple(layers[k][0] for k in kept),
        kinds=kinds,
        row_names=names,
        seats=seats,
        crews=crews,
        places=places,
    )


def _extra(problem: Problem) -> Longs:
    depth = max([len(problem.floor), *(p.minimum for p in problem.participations)], default=0)
    extra = np.zeros((len(problem.participations), depth), np.int64)
    for p, participation in enumerate(problem.participations):
        for k in range(depth):
            value = problem.floor[k] if k < len(problem.floor) else 0
            value += problem.shortfall if k < participation.minimum else 0
            extra[p, k] = round(participation.weight * value)
    return extra


def _columns(problem: Problem, seats: tuple[SeatPool, ...], places: PlacePools) -> dict[str, Any]:
    """All ways to hold each pair that is not forbidden."""
    n_slots = len(problem.slots)
    free = np.zeros((len(seats), n_slots), np.bool_)
    cost = np.zeros((len(seats), n_slots), np.int64)
    by_side: list[list[int]] = [[] for _ in problem.participations]
    for s, seat in enumerate(seats):
        delegate = problem.delegates[seat.delegates[0]]
        free[s, list(delegate.slots)] = True
        if delegate.costs:
            cost[s, list(delegate.slots)] = delegate.costs
        by_side[seat.participation].append(s)
    pair, seat_a, seat_b = [], [], []
    for e, p in enumerate(problem.pairs):
        if p.forbidden is None:
            for u in by_side[p.a]:
                for v in by_side[p.b]:
                    if seats[u].crew != seats[v].crew:
                        pair.append(e)
                        seat_a.append(u)
                        seat_b.append(v)
    pairs, ua, vb = (np.array(x, np.int32) for x in (pair, seat_a, seat_b))
    allowed = free[ua] & free[vb]
    for k, e in enumerate(pair):
        p = problem.pairs[e]
        if p.slots is not None:
            allowed[k] &= np.isin(np.arange(n_slots), p.slots)
        if p.lock is not None:
            allowed[k] &= np.arange(n_slots) == p.lock.slot
            ends = ((p.lock.delegate_a, seats[seat_a[k]]), (p.lock.delegate_b, seats[seat_b[k]]))
            if any(want is not None and want not in seat.delegates for want, seat in ends):
                allowed[k] = False
    found = [x.astype(np.int32) for x in np.nonzero(allowed)]
    which, slot, pool = _with_places(problem, places, pairs, found[0], found[1])
    value = np.array([p.value for p in problem.pairs], np.int64)
    gain = value[pairs[which]] - cost[ua[which], slot] - cost[vb[which], slot]
    seen = np.full(len(problem.pairs), -1, np.int32)
    stay = np.zeros(len(problem.pairs), np.int64)
    for e, p in enumerate(problem.pairs):
        if p.seen is not None:
            seen[e], stay[e] = p.seen.slot, p.seen.weight
    gain += np.where(seen[pairs[which]] == slot, stay[pairs[which]], 0)
    return {
        "pair": pairs[which],
        "slot": slot,
        "seat_a": ua[which],
        "seat_b": vb[which],
        "pool": pool,
        "gain": gain,
    }


def _with_places(
    problem: Problem, places: PlacePools, pairs: Ints, which: Ints, slot: Ints
) -> tuple[Ints, Ints, Ints]:
    """One column for each pool of places that admits the pair in the slot, own booths first."""
    if not problem.places:
        return which, slot, np.full(len(which), -1, np.int32)
    parts = []
    for t, pools in enumerate(places.open_to_all):
        here = np.nonzero(slot == t)[0].astype(np.int32)
        parts += [(here, np.full(len(here), pool, np.int32)) for pool in pools]
    if places.for_host:
        hosts = {p for p, _ in places.for_host}
        touching = np.isin([p.a for p in problem.pairs], list(hosts)) | np.isin(
            [p.b for p in problem.pairs], list(hosts)
        )
        own: set[tuple[int, int]] = set()
        for c in np.nonzero(touching[pairs[which]])[0].tolist():
            e, t = int(pairs[which[c]]), int(slot[c])
            for p in (problem.pairs[e].a, problem.pairs[e].b):
                own |= {(c, pool) for pool in places.for_host.get((p, t), ())}
        extra = np.array(sorted(own), np.int32).reshape(-1, 2)
        parts.append((extra[:, 0], extra[:, 1]))
    source = np.concatenate([p[0] for p in parts]) if parts else np.zeros(0, np.int32)
    pool = np.concatenate([p[1] for p in parts]) if parts else np.zeros(0, np.int32)
    keep = np.ones(len(source), np.bool_)
    locked = {
        e: p.lock for e, p in enumerate(problem.pairs) if p.lock is not None and p.lock.place is not None
    }
    if locked:
        at = np.full(len(problem.pairs), -1, np.int32)
        for e, lock in locked.items():
            at[e] = places.of.get((lock.place, lock.slot), -2)  # type: ignore[arg-type]
        wanted = at[pairs[which[source]]]
        keep = (wanted == -1) | (wanted == pool)
    source, pool = source[keep], pool[keep]
    order = np.lexsort((source, pairs[which[source]]))
    source, pool = source[order], pool[order]
    return which[source], slot[source], pool


def _rows(
    problem: Problem,
    seats: tuple[SeatPool, ...],
    crews: tuple[Crew, ...],
    places: PlacePools,
    columns: dict[str, Any],
    side_a: Ints,
    side_b: Ints,
) -> tuple[list[tuple[str, Longs]], tuple[RowKind, ...], int, Longs]:
    """The rows that each column uses, layer by layer, numbered over all kinds; and each row's capacity."""
    a, b = side_a[columns["pair"]], side_b[columns["pair"]]
    slot, pool = columns["slot"], columns["pool"]
    crew_of = np.array([s.crew for s in seats], np.int64)
    crew_a, crew_b = crew_of[columns["seat_a"]], crew_of[columns["seat_b"]]
    size = np.array([len(c.persons) for c in crews], np.int64)
    no_limit = np.iinfo(np.int32).max
    layers: list[tuple[str, Longs]] = []
    kinds: list[RowKind] = []
    room: list[Longs] = []

    def add(name: str, spans: list[tuple[int, ...]], capacity: Longs, users: list[tuple[str, Any]]) -> None:
        """One family of rows; capacity[key, span]."""
        if not spans or not len(capacity):
            return
        kind = RowKind(name, sum(len(r) for r in room), len(capacity), tuple(spans))
        kinds.append(kind)
        room.append(capacity.reshape(-1))
        containing: list[list[int]] = [[] for _ in problem.slots]
        for s, span in enumerate(spans):
            for t in span:
                containing[t].append(s)
        for depth in range(max(len(c) for c in containing)):
            span_of = np.array([c[depth] if depth < len(c) else -1 for c in containing], np.int64)[slot]
            for label, key in users:
                row = np.where((span_of >= 0) & (key >= 0), kind.first + key * len(spans) + span_of, -1)
                layers.append((label, row))

    every = [tuple(range(len(problem.slots)))]
    limit = np.array([[_or(p.maximum, no_limit)] for p in problem.participations], np.int64)
    add("limit", every, limit, [("limit a", a), ("limit b", b)])
    days: dict[int, list[int]] = {}
    for t, s in enumerate(problem.slots):
        days.setdefault(s.day, []).append(t)
    per_day = np.array([[_or(p.per_day, no_limit)] * len(days) for p in problem.participations], np.int64)
    if any(p.per_day is not None for p in problem.participations):
        add("day", [tuple(d) for d in days.values()], per_day, [("day a", a), ("day b", b)])
    pause = np.array([c.pause for c in crews], np.int64)
    for minutes in sorted(set(pause.tolist())):
        spans = list(moments(problem, minutes))
        theirs = (np.where(pause[crew] == minutes, crew, -1) for crew in (crew_a, crew_b))
        users = list(zip(("seat a", "seat b"), theirs, strict=True))
        add("seat", spans, np.repeat(size[:, None], len(spans), 1), users)
    for k in sorted({c.in_a_row for c in crews if c.in_a_row is not None}):
        spans = list(runs(problem, k + 1))
        own = np.array([len(c.persons) * k if c.in_a_row == k else no_limit for c in crews], np.int64)
        add("row", spans, np.repeat(own[:, None], len(spans), 1), [("row a", crew_a), ("row b", crew_b)])
    if problem.uncomfortable is not None:
        own = (size * problem.uncomfortable)[:, None]
        costly = _costly(problem, seats)
        at_a, at_b = costly[columns["seat_a"], slot], costly[columns["seat_b"], slot]
        users = [("hours a", np.where(at_a, crew_a, -1)), ("hours b", np.where(at_b, crew_b, -1))]
        add("hours", every, own, users)
    if problem.places:
        single: list[tuple[int, ...]] = [(t,) for t in range(len(problem.slots))]
        add("place", single, _capacity(problem, places, single), [("place", pool)])
        wide = [m for m in moments(problem) if len(m) > 1]
        add("place", wide, _capacity(problem, places, wide), [("place", pool)])
    return (
        layers,
        tuple(kinds),
        sum(len(r) for r in room),
        np.concatenate(room) if room else np.zeros(0, np.int64),
    )


def _costly(problem: Problem, seats: tuple[SeatPool, ...]) -> NDArray[np.bool_]:
    """Per pool and slot: does it cost its delegates anything to sit there?"""
    costly = np.zeros((len(seats), len(problem.slots)), np.bool_)
    for s, seat in enumerate(seats):
        delegate = problem.delegates[seat.delegates[0]]
        for t, cost in zip(delegate.slots, delegate.costs, strict=bool(delegate.costs)):
            costly[s, t] = cost > 0
    return costly


def _capacity(problem: Problem, places: PlacePools, spans: list[tuple[int, ...]]) -> Longs:
    """Meetings at once in each pool during each span: the sum of its places' largest capacities."""
    capacity = np.zeros((len(places.places), len(spans)), np.int64)
    for (k, t), pool in places.of.items():
        for s, span in enumerate(spans):
            if t in span and t == min(x for x in span if places.of.get((k, x)) == pool):
                most = [problem.places[k].capacity[x] for x in span if places.of.get((k, x)) == pool]
                capacity[pool, s] += sum([max(_or(m, np.iinfo(np.int32).max) for m in most)])
    return np.minimum(capacity, np.iinfo(np.int32).max)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _bind(
    layers: list[tuple[str, Longs]], total: int, room: Longs, pair: Ints
) -> tuple[Ints, Ints, Ints, list[int]]:
    """Keep the rows that could be exceeded, renumbered; and the layers in which any is left."""
    users = np.zeros(total, np.int64)
    for _, rows in layers:
        used = rows >= 0
        numbers, pairs = rows[used], pair[used]
        first = np.ones(len(numbers), np.bool_)
        # a pair meets once, so several columns of one pair count once towards a row (columns are by pair)
        order = np.lexsort((pairs, numbers)) if len(numbers) < 4_000_000 else None
        if order is not None:
            numbers, pairs = numbers[order], pairs[order]
            first[1:] = (numbers[1:] != numbers[:-1]) | (pairs[1:] != pairs[:-1])
        users += np.bincount(numbers[first], minlength=total)
    binding = users > room
    number = np.full(total + 1, -1, np.int32)
    number[:-1][binding] = np.arange(int(binding.sum()), dtype=np.int32)
    kept = [k for k, (_, rows) in enumerate(layers) if binding[rows[rows >= 0]].any()]
    table = (
        np.stack([number[layers[k][1]] for k in kept], axis=1)
        if kept
        else np.full((len(pair), 1), -1, np.int32)
    )
    names = np.nonzero(binding)[0].astype(np.int32)
    return np.ascontiguousarray(table), room[binding].astype(np.int32), names, kept
