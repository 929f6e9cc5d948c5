"""Rounds of form A: the synthetic regimes, and the file format in which rounds are exchanged.

{"slots": 16, "participants": [{"side": 0, "limit": 6, "slots": [0, 1, ...]}, ...],
 "pairs": [[i, j, value], ...], "tables": [45, 45, ...]}

A meeting needs both people free in the slot, each in one meeting per slot and within the limit, no pair
twice, no slot over its tables ("tables" null or absent: no limit). The value is the sum of the pairs' values.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from matchmaker.scheduling import Delegate, Pair, Participation, Place, Problem, Slot

REGIMES = ("virtual", "zones", "tables", "open")
SLOTS, CANDIDATES = 16, 20

Round = dict[str, Any]


def synthetic(n: int, regime: str, seed: int, *, startups: int | None = None) -> Round:
    """A round of n participants, half startups and half corporates unless `startups` says how many.

    virtual  everyone is there in all slots but 10 % of them at random; no tables
    zones    60 % of the people have slots 0-9, the rest 2-15, minus 15 % at random; no tables
    tables   zones, and in each slot tables for 15 % of n
    open     tables, and anybody may meet anybody: about 20 candidates drawn by each of one half
    """
    rng = np.random.default_rng([seed, n, REGIMES.index(regime)])
    half = n // 2 if startups is None else startups
    free = rng.random((n, SLOTS)) >= (0.10 if regime == "virtual" else 0.15)
    if regime != "virtual":
        early = rng.random(n) < 0.6
        hours = np.arange(SLOTS)
        free &= np.where(early[:, None], hours < 10, hours >= 2)
    limit = np.where(np.arange(n) < half, rng.integers(4, 9, n), rng.integers(6, 13, n))
    quality = rng.beta(4, 3, n)
    everybody = np.arange(n)
    pool = everybody if regime == "open" else everybody[half:]
    popularity = rng.lognormal(0, 0.5, len(pool))
    cumulative = np.cumsum(popularity / popularity.sum())
    pairs = []
    met: set[tuple[int, int]] = set()
    for a in range(half):
        drawn = pool[np.minimum(np.searchsorted(cumulative, rng.random(4 * CANDIDATES)), len(pool) - 1)]
        others = [b for b in dict.fromkeys(drawn.tolist()) if b != a][:CANDIDATES]
        for b in others:
            ends = (min(a, b), max(a, b))
            if ends in met:
                continue
            met.add(ends)
            liking = 0.6 * rng.beta(2, 3, 2) + 0.4 * quality[[b, a]]
            pairs.append([*ends, max(1, round(1000 * float(np.sqrt(liking[0] * liking[1]))))])
    return {
        "slots": SLOTS,
        "participants": [
            {"side": int(p >= half), "limit": int(limit[p]), "slots": np.nonzero(free[p])[0].tolist()}
            for p in range(n)
        ],
        "pairs": pairs,
        "tables": [int(0.15 * n)] * SLOTS if regime in ("tables", "open") else None,
    }


class NotARound(ValueError):
    """A file that is not of this format, and what is wrong with it."""


def read(text: str) -> Round:
    """The round of a file, with what may be missing filled in; NotARound says what is wrong.

    Optional: a participant's `side`, `limit` (null: as many as there are slots) and `slots` (null: all), and
    `tables` (null: no limit; one number: as many in each slot). Extra fields are left alone.
    """
    try:
        round_ = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotARound(f"not JSON: {error}") from error
    _require(isinstance(round_, dict), "an object with slots, participants and pairs")
    for name in ("slots", "participants", "pairs"):
        _require(name in round_, f"no {name}")
    n_slots = round_["slots"]
    _require(_whole(n_slots) and n_slots > 0, "slots must be a whole number above 0")
    _require(isinstance(round_["participants"], list), "participants must be a list")
    people = [_participant(p, x, n_slots) for p, x in enumerate(round_["participants"])]
    _require(isinstance(round_["pairs"], list), "pairs must be a list")
    met: set[tuple[int, int]] = set()
    for k, pair in enumerate(round_["pairs"]):
        _require(isinstance(pair, list) and len(pair) == 3, f"pair {k}: [i, j, value]")
        i, j, value = pair
        _require(
            all(_whole(p) and 0 <= p < len(people) for p in (i, j)) and i != j,
            f"pair {k}: two different participants of {len(people)}",
        )
        _require(_whole(value) and value >= 0, f"pair {k}: the value must be a whole number, at least 0")
        ends = (min(i, j), max(i, j))
        _require(ends not in met, f"pair {k}: {i} and {j} are there twice")
        met.add(ends)
    tables = round_.get("tables")
    tables = [tables] * n_slots if _whole(tables) else tables
    if tables is not None:
        _require(isinstance(tables, list) and len(tables) == n_slots, "tables: one number for each slot")
        _require(
            all(x is None or (_whole(x) and x >= 0) for x in tables), "tables: whole numbers, at least 0"
        )
    return {**round_, "participants": people, "tables": tables}


def _participant(p: int, given: Any, n_slots: int) -> dict[str, Any]:
    _require(isinstance(given, dict), f"participant {p}: an object")
    slots, limit = given.get("slots"), given.get("limit")
    slots = list(range(n_slots)) if slots is None else slots
    _require(
        isinstance(slots, list) and all(_whole(t) and 0 <= t < n_slots for t in slots),
        f"participant {p}: slots from 0 to {n_slots - 1}",
    )
    limit = n_slots if limit is None else limit
    _require(_whole(limit) and limit >= 0, f"participant {p}: the limit must be a whole number, at least 0")
    return {**given, "side": given.get("side", 0), "limit": limit, "slots": sorted(set(slots))}


def _whole(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise NotARound(what)


def problem_of(round_: Round) -> Problem:
    """The round as the engine's input: half-hour slots of one block, one delegate each, one hall."""
    people = round_["participants"]
    tables = round_.get("tables")
    capacity: tuple[int | None, ...] = (None,) * round_["slots"] if tables is None else tuple(tables)
    return Problem(
        slots=tuple(Slot(30 * t, 30 * t + 30) for t in range(round_["slots"])),
        participations=tuple(
            Participation(p, str(x["side"]), maximum=x["limit"]) for p, x in enumerate(people)
        ),
        delegates=tuple(Delegate(p, p, p, tuple(x["slots"])) for p, x in enumerate(people)),
        pairs=tuple(Pair(i, j, value) for i, j, value in round_["pairs"]),
        places=(Place("tables", "video" if tables is None else "table", capacity),),
    )


def faults(round_: Round, meetings: list[list[int]]) -> list[str]:
    """What is wrong with meetings [[i, j, slot], ...] of a round file, by the file's own words."""
    people, found = round_["participants"], []
    allowed = {(i, j) for i, j, _ in round_["pairs"]}
    if len({(i, j) for i, j, _ in meetings}) < len(meetings) or {(i, j) for i, j, _ in meetings} - allowed:
        found.append("a pair twice or not in the round")
    seats = [(p, t) for i, j, t in meetings for p in (i, j)]
    if len(set(seats)) < len(seats) or any(t not in people[p]["slots"] for p, t in seats):
        found.append("somebody in two meetings at once or away")
    met = np.bincount([p for p, _ in seats], minlength=len(people))
    if any(met[p] > x["limit"] for p, x in enumerate(people)):
        found.append("over a limit")
    busy = np.bincount([t for _, _, t in meetings], minlength=round_["slots"])
    tables = round_.get("tables") or ()
    if any(most is not None and busy[t] > most for t, most in enumerate(tables)):
        found.append("over the tables")
    return found


def with_rules(n: int, seed: int) -> Problem:
    """A fair with every rule: two days, several delegates, own booths, tables, breaks, limits, a floor.

    Two days of two blocks with five slots each; on each afternoon a stand held in rota by five corporates
    runs in slots half an hour off the others. Values and candidates are those of the synthetic rounds.
    """
    rng = np.random.default_rng([seed, n, 99])
    base = synthetic(n, "zones", seed)
    half, stand = n // 2, tuple(range(n // 2, n // 2 + 5))
    slots = [
        Slot(1440 * day + 300 * block + 30 * t, 1440 * day + 300 * block + 30 * t + 30, day, block)
        for day in range(2)
        for block in range(2)
        for t in range(5)
    ]
    booths = [p for p in range(half, n) if rng.random() < 0.2]
    places = [Place("hall", "table", (max(1, n // 10),) * 20 + (0,) * 6)]
    places += [Place(f"booth {p}", "booth", (2,) * 20 + (0,) * 6, hosts=((p,),) * 26) for p in booths]
    slots += [
        Slot(s, s + 30, day, 2, places=(len(places),))
        for day in range(2)
        for s in (1440 * day + 315 + 30 * t for t in range(3))
    ]
    places.append(Place("stand", "booth", (0,) * 20 + (3,) * 6, hosts=(stand,) * 26))
    participations = tuple(
        Participation(
            p,
            "startup" if p < half else "corporate",
            maximum=x["limit"],
            per_day=None if p < half else 6,
            in_a_row=3,
        )
        for p, x in enumerate(base["participants"])
    )
    delegates = tuple(
        Delegate(f"{p}-{k}", f"{p}-{k}", p, tuple(np.nonzero(rng.random(26) < 0.6)[0].tolist()))
        for p in range(n)
        for k in range(1 if p < half or rng.random() < 0.6 else 2)
    )
    pairs = tuple(Pair(i, j, value) for i, j, value in base["pairs"])
    return Problem(tuple(slots), participations, delegates, pairs, tuple(places), floor=(4000, 2000))
