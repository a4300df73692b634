"""The tables of the report."""

import pytest

from tests.tools.quality.rows import row
from tools.quality.measures import BY_KEY
from tools.quality.report import best, shown, verdict
from tools.quality.statistics import Estimate
from tools.quality.summary import Summary


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
