"""The tables of the report."""

import pytest

from tests.tools.quality.rows import row
from tools.quality.measures import BY_KEY
from tools.quality.report import Findings, best, edge_table, shown, table, verdict
from tools.quality.statistics import Estimate
from tools.quality.summary import Summary

BASE = dict.fromkeys(("iou", "f_half", "mae", "s_measure", "e_measure", "sobel", "boundary_f"), 0.5)


def standings(**by_tool):
    rows = [row(tool, "a", **values) for tool, values in by_tool.items()]
    return Summary(rows).standings()


def test_the_best_value_is_the_highest_score_or_the_lowest_error():
    found = standings(one={"iou": 0.9, "mae": 0.2}, two={"iou": 0.8, "mae": 0.1})

    assert best(found, BY_KEY["iou"]) == ["one"]
    assert best(found, BY_KEY["mae"]) == ["two"]


def test_a_measure_that_a_tool_lacks_is_not_shown():
    found = standings(one={"iou": 0.9, "sad": 3.0}, two={"iou": 0.8})

    assert shown(found, [BY_KEY["iou"], BY_KEY["sad"]]) == [BY_KEY["iou"]]


@pytest.mark.parametrize(
    ("key", "low", "high", "word"),
    [
        ("iou", 0.1, 0.3, "good"),
        ("iou", -0.3, -0.1, "bad"),
        ("mae", 0.1, 0.3, "bad"),
        ("mae", -0.3, -0.1, "good"),
        ("mae", -0.1, 0.3, "faint"),
    ],
)
def test_a_difference_is_good_bad_or_noise(key, low, high, word):
    assert verdict(BY_KEY[key], Estimate((low + high) / 2, low, high, 9)) == word


def findings(rows, kept=0):
    return Findings("data", "2026-01-01", "a machine", 1.0, kept, rows, [])


def test_the_table_marks_results_of_an_earlier_run():
    rows = [row("null", "a", **BASE)]

    text = table(findings(rows, kept=1), Summary(rows))

    assert text.startswith(
        "data, 1 pictures, 2026-01-01, a machine, one thread; 1 times are from an earlier run:"
    )
    assert (
        "| null | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 1.00 | 100 |"
        in text
    )


def test_a_tool_that_failed_at_a_whole_category_is_in_the_table():
    rows = [row("null", "a", "logo", failed="it ended", **BASE), row("null", "b", "hard", **BASE)]

    assert "| null | 0.500 / 0.500 / 0.500 | 0.500" in table(findings(rows), Summary(rows))


def test_the_table_of_edges_has_means_by_tool_and_size():
    band = {"sad_band": 1.25, "gradient_band": 3.0, "fringe": 4.0, "iou": 0.9}
    rows = [
        row("ours", kind, "A, 4 MP", seconds=seconds, mse_band=mse, **band)
        for kind, mse, seconds in (("hair", 20.0, 0.5), ("fur", 40.0, 1.5))
    ]

    text = edge_table(findings(rows), Summary(rows))

    assert "| ours | A, 4 MP | 1.2 | 30.0 | 3.0 | 4.0 | 0.900 | 1.00 | 100 |" in text
