"""`python -m benchmarks.matching --pairs FILE --firms FILE --dating FILE --json`: together or alone."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.matching import baselines, dating, firms, pairs
from matchmaker.matching import ScoredPairs, Weights, browsing_lists, load_encoder, popularity
from matchmaker.matching.encoders import CHOICES
from matchmaker.matching.popularity import STRENGTH


def main(arguments: list[str]) -> int:
    """Measure what was asked for and print it; 2 when nothing was, 1 when a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--pairs", type=Path, help="table of offers and needs in several languages")
    parser.add_argument("--firms", type=Path, help="graded startups and corporates, JSON")
    parser.add_argument("--dating", type=Path, help="speed_dating_decisions.csv")
    parser.add_argument("--encoder", choices=sorted(CHOICES), default="best")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args(arguments)
    if not (chosen.pairs or chosen.firms or chosen.dating):
        parser.print_usage(sys.stderr)
        return 2
    try:
        result = measure(chosen.pairs, chosen.firms, chosen.dating, chosen.encoder)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result) if chosen.json else json.dumps(result, indent=2))
    return 0


def measure(
    pairs_file: Path | None, firms_file: Path | None, dating_file: Path | None, encoder_name: str
) -> dict[str, object]:
    """All figures, with the baselines beside them."""
    beside: dict[str, object] = {}
    result: dict[str, object] = {}
    read = pairs.read_pairs(pairs_file) if pairs_file else None
    graded = firms.read_firms(firms_file) if firms_file else None
    if read or graded:
        _say(f"loading the encoder {encoder_name}")
        encoder, weights = load_encoder(encoder_name), Weights()
        result["encoder"] = encoder.version
        result["weights"] = weights.version
    if read:
        _say(f"scoring {read.count} pairs in {len(read.languages)} languages")
        result["pairs"] = pairs.measure(read, pairs.scorer_table(read, encoder, weights))
        _say("measuring the baselines of the pairs")
        beside["pairs"] = baselines.of_pairs(read)
    if graded:
        _say(f"scoring {len(graded.startups)} startups and {len(graded.corporates)} corporates")
        scored = firms.scored(graded, encoder, weights)
        there, back, fit = firms.tables(graded, scored)
        result["firms"] = firms.measure(graded, fit) | {"popularity": _popularity(graded, scored)}
        beside["firms"] = baselines.of_firms(graded, there, back, fit)
    if dating_file:
        _say("fitting the speed dating decisions")
        result["dating"] = dating.measure(dating_file)
    return result | {"baselines": beside}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _popularity(graded: firms.Firms, scored: ScoredPairs) -> dict[str, object]:
    """How evenly lists of five name the firms, by fit alone and with prices."""
    n = len(graded.startups) + len(graded.corporates)
    found = {}
    for name, strength in (("by_fit", 0.0), ("with_prices", STRENGTH)):
        figures = popularity(browsing_lists(scored, n, length=5, strength=strength))
        found[name] = {
            "gini": round(figures.gini, 4),
            "share_without": round(figures.share_without, 4),
            "most": figures.most,
        }
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
