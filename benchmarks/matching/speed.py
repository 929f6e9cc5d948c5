"""How fast the exact best partners of a large fair are found, next to the machine's own limit.

`python -m benchmarks.matching.speed` prints JSON. The limit is the time that the bare matrix products would
take at the rate of a large square product, measured in the same process. Both are processor time, so that
other work on the machine counts little; with OPENBLAS_NUM_THREADS=1 that is the time of one core.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from matchmaker.matching import (
    Entry,
    Form,
    Participant,
    Profiles,
    Rules,
    Weights,
    build_profiles,
    form_of,
    score,
    score_newcomer,
    texts_to_encode,
)

DIMENSION = 256
TOPICS = 52


def synthetic(startups: int, corporates: int, seed: int = 5) -> Profiles:
    """A fair of made-up profiles: texts are numbers, their vectors gather around three hundred fields."""
    random = np.random.default_rng(seed)
    people = [_participant(number, number < startups, random) for number in range(startups + corporates)]
    fields = random.standard_normal((300, DIMENSION)).astype(np.float32)
    vectors = {}
    for text in texts_to_encode(people):
        vector = fields[random.integers(300)] + 1.2 * random.standard_normal(DIMENSION, dtype=np.float32)
        vectors[text] = vector / np.linalg.norm(vector)
    taxonomy: dict[str, str | None] = {f"topic{number}": None for number in range(TOPICS)}
    return build_profiles(people, vectors, taxonomy, encoder="use+e5:1")


def _participant(number: int, is_startup: bool, random: np.random.Generator) -> Participant:
    topics = [tuple(f"topic{at}" for at in random.choice(TOPICS, 2, replace=False)) for _ in range(2)]
    return Participant(
        id=number,
        organisation=number,
        group="startups" if is_startup else "corporates",
        kind="startup" if is_startup else "corporate",
        offers=(Entry(f"{number} {random.choice(WORDS)}", topics=topics[0]),),
        needs=(Entry(f"{number} {random.choice(WORDS)}", topics=topics[1]),),
        sector=f"sector {random.integers(12)}",
        stage=str(random.choice(["early", "growth", "corporate"])),
        region=str(random.choice(["CA", "DE", "FR", "NL"])),
        languages=(("en",), ("en", "de"), ("en", "fr"))[random.integers(3)],
        wanted_regions=("CA", "DE") if random.random() < 0.3 else (),
        available=frozenset(random.choice(24, 12, replace=False).tolist()),
    )


WORDS = ("hydrogen", "Speicher", "batteries", "logistique", "Software", "steel", "eau", "robots")


def product_rate(seconds: float = 3.0) -> float:
    """Operations per second of processor time of a large single-precision product: the best of several."""
    size = 3072
    random = np.random.default_rng(0)
    one, other = (random.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    best, until = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.process_time()
        one @ other
        best = min(best, time.process_time() - began)
    return 2 * size**3 / float(best)


def measure(startups: int, corporates: int, top: int = 20) -> dict[str, float | int]:
    """Seconds, ratio to the limit and peak memory of the best `top` for all, both directions."""
    profiles = synthetic(startups, corporates)
    rules = Rules(may_meet=frozenset({("startups", "corporates")}))
    before = product_rate()
    began, cpu_began = time.perf_counter(), time.process_time()
    scored = score(profiles, rules, Weights(), top=top)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    rate = max(before, product_rate())
    cells = 2 * 2 * startups * corporates
    limit = cells * profiles.columns.width / rate
    form = form_of(profiles, Weights())
    newcomer = sorted(_newcomer_seconds(form, rules, row) for row in range(11))[5]
    return {
        "startups": startups,
        "corporates": corporates,
        "top": top,
        "width": profiles.columns.width,
        "pairs": len(scored),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "gflops_limit": round(rate / 1e9, 1),
        "limit_seconds": round(limit, 2),
        "ratio": round(cpu_seconds / limit, 2),
        "ratio_to_384_columns": round(cpu_seconds / (cells * 384 / rate), 2),
        "peak_gib": round(peak, 2),
        "newcomer_ms": round(newcomer * 1000, 1),
    }


def _newcomer_seconds(form: Form, rules: Rules, row: int) -> float:
    began = time.process_time()
    score_newcomer(form.profiles, rules, form.weights, row, top=20, form=form)
    return time.process_time() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--startups", type=int, default=20_000)
    parser.add_argument("--corporates", type=int, default=15_000)
    parser.add_argument("--top", type=int, default=20)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.startups, chosen.corporates, chosen.top)))
