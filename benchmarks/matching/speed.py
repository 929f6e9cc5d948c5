"""How fast the exact best partners of a large fair are found, next to the machine's own limit.

`OMP_NUM_THREADS=1 python -m benchmarks.matching.speed` prints JSON; without the variable all cores are used.

The limit is what the two directed tables of the score cost as bare matrix products at the machine's peak: the
operations of (every need of one side) x (every answer of the other), both ways, over the columns of a piece,
divided by the best rate of a large square product in the same process, measured before and after. It counts
neither the fits (`ratio_with_fits` does, in the least number of columns that holds them: each direction is a
product over them too), nor that products of this shape run below the peak, nor choosing the best. `ratio`
compares processor time, so that other work on the machine counts less; `ratio_wall` compares the clock, on as
many cores as the run had. The loops are compiled before, on a small fair: `compile_seconds`, once per
machine, a fraction of a second from then on.

Where other tenants make the speed change from second to second, a peak measured before and after says
little about the run between. `--rounds N` runs the search N more times on one core with a large product after
every second block, taken out of the time: the ratio of each round is to the mean rate of its own products.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from matchmaker.matching import (
    Entry,
    Participant,
    Profiles,
    Rules,
    Weights,
    build_profiles,
    form_of,
    lexicon,
    score,
    score_newcomer,
    texts_to_encode,
)
from matchmaker.matching.products import pair_fits

DIMENSION = 256
TOPICS = 52


def synthetic(startups: int, corporates: int, entries: int = 1, seed: int = 5) -> Profiles:
    """A fair of made-up profiles, laid out; see `synthetic_fair`."""
    return build_profiles(*synthetic_fair(startups, corporates, entries, seed), encoder="use+e5:1")


def synthetic_fair(
    startups: int, corporates: int, entries: int = 1, seed: int = 5
) -> tuple[list[Participant], dict[str, NDArray[np.float32]], dict[str, str | None]]:
    """Made-up participants with up to so many offers and needs each, vectors of their texts, and topics.

    Their words are those of the lexicon's own pairs; their vectors gather around three hundred fields.
    """
    random = np.random.default_rng(seed)
    words = sorted({word for row in lexicon.own_pairs() for text in row.values() for word in text.split()})
    people = [
        _participant(number, number < startups, entries, words, random)
        for number in range(startups + corporates)
    ]
    fields = random.standard_normal((300, DIMENSION)).astype(np.float32)
    vectors = {}
    for text in texts_to_encode(people):
        vector = fields[random.integers(300)] + 1.2 * random.standard_normal(DIMENSION, dtype=np.float32)
        vectors[text] = vector / np.linalg.norm(vector)
    return people, vectors, {f"topic{number}": None for number in range(TOPICS)}


def _participant(
    number: int, is_startup: bool, entries: int, words: list[str], random: np.random.Generator
) -> Participant:
    def side() -> tuple[Entry, ...]:
        count = int(random.integers(1, entries + 1))
        texts = [" ".join(words[at] for at in random.integers(0, len(words), 6)) for _ in range(count)]
        topics = [tuple(f"topic{at}" for at in random.choice(TOPICS, 2, replace=False)) for _ in range(count)]
        return tuple(Entry(f"{number} {at} {text}", topics=topics[at]) for at, text in enumerate(texts))

    return Participant(
        id=number,
        organisation=number,
        group="startups" if is_startup else "corporates",
        kind="startup" if is_startup else "corporate",
        offers=side(),
        needs=side(),
        sector=f"sector {random.integers(12)}",
        stage=str(random.choice(["early", "growth", "corporate"])),
        region=str(random.choice(["CA", "DE", "FR", "NL"])),
        languages=(("en",), ("en", "de"), ("en", "fr"))[random.integers(3)],
        wanted_regions=("CA", "DE") if random.random() < 0.3 else (),
        available=frozenset(random.choice(24, 12, replace=False).tolist()),
    )


def product_rate(seconds: float = 3.0) -> tuple[float, float]:
    """Operations per second, of processor time and of the clock, of a large product: the best of several."""
    size = 3072
    random = np.random.default_rng(0)
    one, other = (random.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    best, until = [np.inf, np.inf], time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.process_time(), time.perf_counter()
        one @ other
        took = time.process_time() - began[0], time.perf_counter() - began[1]
        best = [min(best[0], took[0]), min(best[1], took[1])]
    return 2 * size**3 / best[0], 2 * size**3 / best[1]


def ratios_in_rounds(
    profiles: Profiles, rules: Rules, weights: Weights, products: int, top: int, rounds: int
) -> dict[str, float]:
    """Least, median and greatest ratio of processor time to the limit at the rate of the same moments."""
    size, found = 3072, []
    random = np.random.default_rng(1)
    one, other = (random.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    for _ in range(rounds):
        beside: list[float] = []
        calls = iter(range(1_000_000))

        def after_block(_done: float, calls: Iterator[int] = calls, beside: list[float] = beside) -> None:
            if next(calls) % 2 == 0:
                began = time.process_time()
                one @ other
                beside.append(time.process_time() - began)

        began = time.process_time()
        score(profiles, rules, weights, top=top, progress=after_block)
        spent = time.process_time() - began - sum(beside)
        rate = 2 * size**3 * len(beside) / sum(beside)
        found.append(spent * rate / products / profiles.columns.width)
    names = {"min": min(found), "median": statistics.median(found), "max": max(found)}
    return {f"ratio_beside_{name}": round(ratio, 3) for name, ratio in names.items()}


def measure(
    startups: int, corporates: int, top: int = 20, entries: int = 1, rounds: int = 0
) -> dict[str, float | int]:
    """Seconds, ratio to the limit and peak memory of the best `top` for all, both directions."""
    rules, weights = Rules(may_meet=frozenset({("startups", "corporates")})), Weights()
    began = time.perf_counter()
    score(synthetic(60, 60), rules, weights, top=top)
    compiled = time.perf_counter() - began
    profiles = synthetic(startups, corporates, entries)
    before = product_rate()
    began, cpu_began = time.perf_counter(), time.process_time()
    scored = score(profiles, rules, weights, top=top)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    rates = [max(both) for both in zip(before, product_rate(), strict=True)]
    products = 2 * _pairs_of_pieces(profiles, startups)
    width, fits = profiles.columns.width, _columns_of_fits(profiles, weights, startups)
    more: dict[str, float] = _newcomer_milliseconds(profiles, rules, weights)
    if rounds:
        more |= ratios_in_rounds(profiles, rules, weights, products, top, rounds)
    return {
        "startups": startups,
        "corporates": corporates,
        "top": top,
        "entries": entries,
        "cores": max((pool["num_threads"] for pool in threadpool_info()), default=1),
        "width": width,
        "columns_of_fits": fits,
        "pairs": len(scored),
        "compile_seconds": round(compiled, 2),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "gflops_of_a_core": round(rates[0] / 1e9, 1),
        "limit_seconds": round(products * width / rates[0], 2),
        "ratio": round(cpu_seconds * rates[0] / products / width, 3),
        "ratio_with_fits": round(cpu_seconds * rates[0] / products / (width + fits), 3),
        "ratio_wall": round(seconds * rates[1] / products / width, 3),
        "peak_gib": round(peak, 2),
    } | more


def _columns_of_fits(profiles: Profiles, weights: Weights, startups: int) -> int:
    sides = np.arange(startups), np.arange(startups, len(profiles))
    return int(pair_fits(form_of(profiles, weights), *sides).left.shape[1])


def _pairs_of_pieces(profiles: Profiles, startups: int) -> int:
    """Products of a need and an answer, both ways."""
    needs, offers = profiles.needs.counts, profiles.offers.counts
    return int(
        needs[:startups].sum() * offers[startups:].sum() + offers[:startups].sum() * needs[startups:].sum()
    )


def _newcomer_milliseconds(profiles: Profiles, rules: Rules, weights: Weights) -> dict[str, float]:
    """Milliseconds for one row's list, exact: with the form that a service kept, and with one made anew."""
    kept = form_of(profiles, weights)
    found = {}
    for name, form in (("newcomer_ms", kept), ("newcomer_ms_form_anew", None)):
        times = []
        for row in range(21):
            began = time.process_time()
            score_newcomer(profiles, rules, weights, row, top=20, form=form)
            times.append(time.process_time() - began)
        found[name] = round(sorted(times)[10] * 1000, 1)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--startups", type=int, default=20_000)
    parser.add_argument("--corporates", type=int, default=15_000)
    parser.add_argument("--top", type=int, default=20)
    parser.add_argument("--entries", type=int, default=1, help="each has 1 to so many offers, and needs")
    parser.add_argument("--rounds", type=int, default=0, help="with products beside; for one core")
    chosen = parser.parse_args()
    sizes = (chosen.startups, chosen.corporates, chosen.top, chosen.entries)
    print(json.dumps(measure(*sizes, rounds=chosen.rounds)))
