"""What the scorer must reach on graded firms and on real two-sided decisions, where the data are at hand."""

from __future__ import annotations

from pathlib import Path

from benchmarks.matching import dating, firms
from matchmaker.matching import Weights, load_encoder


def test_graded_firms_are_ranked_as_graded_with_the_weights_that_all_events_start_from(
    shared_data: Path,
) -> None:
    graded = firms.read_firms(shared_data / "gold_firms_dev.json")
    scored = firms.scored(graded, load_encoder("best"), Weights())
    fit = firms.tables(graded, scored)[2]
    assert float(str(firms.measure(graded, fit)["ndcg5"])) >= 0.82


def test_both_sides_together_foresee_real_matches_better_than_one_side_or_the_plain_mean(
    shared_data: Path,
) -> None:
    figures = dating.measure(shared_data / "speed_dating_decisions.csv")
    harmonic, one_sided, mean = (float(str(figures[n])) for n in ("harmonic", "one_sided", "arithmetic"))
    assert harmonic - one_sided >= 0.07
    assert harmonic - mean >= 0.03
