"""The lists of those who browse, for a large fair: `python -m benchmarks.matching.browsing` prints JSON.

`compute_seconds` is the whole computation from participants and vectors to lists, `update_seconds` what
placing one newcomer costs when all profiles are laid out anew for it, as the job does; neither reads a
database.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import time
from dataclasses import replace

from benchmarks.matching.speed import synthetic_fair
from matchmaker.services.browsing import BrowsingInput, compute_browsing
from matchmaker.services.browsing_update import KeptLists, place_changed
from matchmaker.services.learned_weights import EventWeights

ENCODER = "use+e5:1"


def measure(startups: int, corporates: int) -> dict[str, float | int]:
    """Seconds and peak memory of the lists of everybody, and of one newcomer."""
    people, vectors, taxonomy = synthetic_fair(startups, corporates)
    given = BrowsingInput(
        event_id=1,
        inputs_hash="",
        terms_hash="",
        versions={person.id: 1 for person in people},
        participants=tuple(people[:-1]),
        taxonomy=taxonomy,
        may_meet=frozenset({("startups", "corporates")}),
        met=frozenset(),
        weights=EventWeights(),
    )
    began = time.perf_counter()
    result = compute_browsing(given, vectors, encoder_version=ENCODER)
    computed = time.perf_counter() - began
    scales = {number: row.scale for number, row in result.rows.items()}
    began = time.perf_counter()
    size = sum(len(row.shown(scales)) for row in result.rows.values())
    shown = time.perf_counter() - began
    moment = dt.datetime.now(dt.UTC)
    kept = KeptLists(result.rows, moment, moment)
    began = time.perf_counter()
    with_one_more = replace(given, participants=tuple(people))
    changed = place_changed(with_one_more, vectors, kept, [people[-1].id], encoder_version=ENCODER)
    updated = time.perf_counter() - began
    return {
        "participations": len(people),
        "compute_seconds": round(computed, 1),
        "order_seconds": round(shown, 1),
        "places": size,
        "update_seconds": round(updated, 1),
        "lists_changed": len(changed),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--startups", type=int, default=20_000)
    parser.add_argument("--corporates", type=int, default=15_000)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.startups, chosen.corporates)))
