"""Roundtables and masterclasses placed together with the meetings of a synthetic round.

python -m benchmarks.scheduling.gatherings --synthetic 300 --seconds 15
python -m benchmarks.scheduling.gatherings --synthetic 1000 --seconds 30 --regime tables

For every 50 participants there is a roundtable (a corporate as host, 4 to 12 guests of 30 who want a seat,
any slot), for every 150 a masterclass (a time of its own across two slots, 20 seats, 60 who want one).
Beside it: the same seats given first, and the meetings decided around them.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import replace

import numpy as np

from matchmaker.scheduling import (
    Delegate,
    Gathering,
    Guest,
    Problem,
    Schedule,
    Slot,
    check,
    solve,
    standing,
    warm_up,
)

from . import rounds


def with_gatherings(problem: Problem, seed: int) -> Problem:
    """The round with roundtables in its slots and masterclasses across two of them."""
    rng = np.random.default_rng(seed)
    n, n_slots = len(problem.participations), len(problem.slots)
    slots, gatherings = list(problem.slots), []
    hosts = rng.choice(np.arange(n // 2, n), n // 50, replace=False)

    def guests(many: int, host: int | None) -> tuple[Guest, ...]:
        those = rng.choice(n, many + 1, replace=False).tolist()
        chosen = sorted([p for p in those if p != host][:many])
        return tuple(Guest(p, int(rng.integers(300, 1000))) for p in chosen)

    for g, host in enumerate(hosts.tolist()):
        gatherings.append(
            Gathering(f"table {g}", tuple(range(n_slots)), guests(30, host), 4, 12, host, places=(0,))
        )
    for g in range(max(1, n // 150)):
        first = int(rng.integers(n_slots - 1))
        span = (problem.slots[first].start, problem.slots[first + 1].end)
        slots.append(Slot(*span, block=100 + g, is_session=True))
        gatherings.append(Gathering(f"class {g}", (len(slots) - 1,), guests(min(60, n - 1), None), 0, 20))

    def there(one: Delegate) -> Delegate:
        added = tuple(
            t
            for t in range(n_slots, len(slots))
            if all(s in one.slots for s in range(n_slots) if _overlap(slots[s], slots[t]))
        )
        return replace(one, slots=one.slots + added)

    more = len(slots) - n_slots
    places = tuple(replace(p, capacity=p.capacity + (0,) * more) for p in problem.places)
    return replace(
        problem,
        slots=tuple(slots),
        delegates=tuple(there(one) for one in problem.delegates),
        places=places,
        gatherings=tuple(gatherings),
    )


def _overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end


def seats_first(problem: Problem, seconds: float) -> Schedule:
    """Seats by themselves, then the meetings around them."""
    seats = solve(replace(problem, pairs=()), seconds=seconds / 4, seed=1)
    return replace(
        solve(standing(problem, seats), seconds=3 * seconds / 4, seed=1),
        gatherings=seats.gatherings,
        without_seat=seats.without_seat,
    )


def main() -> None:
    """Solve both ways, check, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synthetic", type=int, default=300)
    parser.add_argument("--regime", choices=rounds.REGIMES, default="tables")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    plain = rounds.problem_of(rounds.synthetic(options.synthetic, options.regime, options.seed))
    problem = with_gatherings(plain, options.seed)
    warm_up()
    began = time.monotonic()
    found = solve(problem, seconds=options.seconds, seed=1)
    spent = time.monotonic() - began
    apart = seats_first(problem, options.seconds)
    worth = {g: {x.participation: x.value for x in one.guests} for g, one in enumerate(problem.gatherings)}
    taken = sum(worth[h.gathering][p] for h in apart.gatherings for p, _ in h.guests)
    print(
        json.dumps(
            {
                "gatherings": len(problem.gatherings),
                "held": len(found.gatherings),
                "seats": sum(len(h.guests) for h in found.gatherings),
                "meetings": len(found.meetings),
                "objective": found.objective,
                "bound": found.bound,
                "gap": found.gap,
                "seats_first": (apart.objective + taken) / found.bound if found.bound else None,
                "seconds": round(spent, 2),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "checked": not check(problem, found),
                "log": [f"{s.level} {s.seconds} {s.objective} {s.remark}" for s in found.log],
            }
        )
    )


if __name__ == "__main__":
    main()
