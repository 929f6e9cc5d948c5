"""The benchmark's figures: known values of each, and the form in which they are printed."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.matching.__main__ import main
from benchmarks.matching.metrics import auc, average_precision, gini, ndcg, precision, reciprocal_rank


def test_ndcg_of_the_best_order_is_one() -> None:
    assert ndcg(np.array([3.0, 2, 1]), np.array([2.0, 1, 0])) == pytest.approx(1)


def test_ndcg_of_equal_scores_does_not_depend_on_the_order() -> None:
    gains = np.array([2.0, 0, 1])
    assert ndcg(np.zeros(3), gains) == pytest.approx(ndcg(np.zeros(3), gains[::-1]))


def test_ranks_of_ties_are_shared() -> None:
    assert reciprocal_rank(np.array([1.0, 1.0, 0.0]), 0) == pytest.approx(1 / 1.5)
    assert auc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5


def test_precision_figures_of_a_known_list() -> None:
    scores, relevant = np.array([4.0, 3, 2, 1]), np.array([True, False, True, False])
    assert precision(scores, relevant) == pytest.approx(2 / 3)
    assert average_precision(scores, relevant) == pytest.approx((1 + 2 / 3) / 2)


def test_gini_tells_equal_from_unequal() -> None:
    assert gini(np.ones(4)) == pytest.approx(0)
    assert gini(np.array([0.0, 0, 0, 1])) == pytest.approx(0.75)


def test_command_prints_the_promised_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, firms = tmp_path / "pairs.tsv", tmp_path / "firms.json"
    pairs.write_text("offer_en\tneed_en\nwater pumps\tpumps for water\nsoft toys\ttoys\n", encoding="utf-8")
    profiles = [
        {"id": "s", "side": "startup", "offers": "water pumps", "needs": "pilot plants", "lang": "en"},
        {"id": "c", "side": "corporate", "offers": "pilot plants", "needs": "pumps", "lang": "en"},
        {"id": "d", "side": "corporate", "offers": "toys", "needs": "glue", "lang": "en"},
    ]
    table = {"startups": ["s"], "corporates": ["c", "d"], "s2c": ["20"], "c2s": ["10"], "profiles": profiles}
    firms.write_text(json.dumps(table), encoding="utf-8")
    arguments = ["--pairs", str(pairs), "--firms", str(firms), "--encoder", "ngrams", "--json"]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"mrr", "auc", "n", "by_language"} <= set(printed["pairs"])
    assert {"ndcg5", "ndcg5_s2c", "ndcg5_c2s", "n"} <= set(printed["firms"])
    assert printed["firms"]["ndcg5"] == 1
    assert printed["encoder"].startswith("ngrams")


def test_command_without_a_file_explains_itself() -> None:
    assert main([]) == 2
