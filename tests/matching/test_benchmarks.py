"""The benchmark's figures: known values of each, and the form in which they are printed."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.matching.__main__ import main
from benchmarks.matching.metrics import auc, average_precision, gini, ndcg, precision, reciprocal_rank
from benchmarks.matching.pairs import measure as pairs_measured
from benchmarks.matching.pairs import read_pairs


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


def test_pairs_are_read_with_gaps_other_marks_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    rows = "offer_en,need_en,offer_de,need_de\n\npumps,water,,Wasser\n,,,\ntoys,,Spielzeug,Puppen\nglue,,,\n"
    file.write_text(rows, encoding="utf-8-sig")
    found = read_pairs(file)
    assert (found.languages, found.count) == (("en", "de"), 2)
    assert found.offers == ("pumps", "toys", "", "Spielzeug")
    figures = pairs_measured(found, np.eye(2)[np.ix_([0, 1, 0, 1], [0, 1, 0, 1])])
    assert (figures["mrr"], figures["n"]) == (1, 2)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("--pairs", "id\ttext\n1\tpumps\n"),
        ("--pairs", ""),
        ("--firms", "[1, 2]"),
        ("--firms", "not json"),
        (
            "--firms",
            '{"startups": ["s"], "corporates": ["c"], "profiles": [{"id": "s"}], "s2c": ["1"], "c2s": ["1"]}',
        ),
    ],
)
def test_unusable_file_is_refused_in_words(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    assert main([name, str(file), "--encoder", "ngrams"]) == 1
    assert str(file) in capsys.readouterr().err
