"""What the report makes of the figures."""

import numpy as np
import pytest

from tests.tools.evaluate.rows import row
from tools.evaluate.gallery import errors
from tools.evaluate.report import BY_KEY, Findings, Made, best, shown, table, verdict
from tools.evaluate.scatter import BOTTOM, LEFT, RIGHT, TOP, scatter
from tools.evaluate.statistics import Estimate
from tools.evaluate.summary import Summary

BASE = dict.fromkeys(("iou", "f_half", "mae", "s_measure", "e_measure", "sobel", "boundary_f"), 0.5)


def standings(**by_tool):
    rows = [row(tool, "a", **values) for tool, values in by_tool.items()]
    return Summary(rows).standings()


def test_the_best_is_the_highest_or_of_errors_the_lowest():
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


def test_kept_background_is_red_and_lost_subject_blue():
    photo = np.full((1, 3, 3), 200, np.uint8)

    kept, lost, well = np.asarray(errors(photo, np.array([[1.0, -1.0, 0.0]])))[0].tolist()

    assert kept == [230, 60, 30]
    assert lost == [40, 90, 230]
    assert well == [70, 70, 70]


def test_a_tool_that_failed_at_all_pictures_has_no_place_in_time():
    rows = [row("null", "a", failed="it ended", iou=0), row("other", "a", seconds=1, iou=1)]

    points = scatter(Summary(rows).standings(), "f_max", "max F").points

    assert [point.tool for point in points] == ["other"]


def test_without_any_time_there_are_no_points():
    found = Summary([row("null", "a", failed="it ended", iou=0)]).standings()

    assert scatter(found, "f_max", "max F").points == []


@pytest.mark.parametrize("seconds", [0.00001, 0.2, 5000.0])
@pytest.mark.parametrize("f", [0.0, 0.55, 1.0])
def test_every_point_is_within_the_axes(seconds, f):
    found = Summary(
        [row("one", "a", seconds=seconds, f=f, iou=1), row("two", "a", seconds=1, f=1, iou=1)]
    ).standings()

    for point in scatter(found, "f_max", "max F").points:
        assert LEFT <= point.x <= RIGHT
        assert TOP <= point.y <= BOTTOM


def test_the_table_says_what_was_kept_from_an_earlier_run():
    rows = [row("null", "a", **BASE)]
    findings = Findings("data", Made("2026-01-01", "a machine", 1.0, 1), rows, [], [])

    text = table(findings, Summary(rows))

    assert text.startswith(
        "data, 1 pictures, 2026-01-01, a machine, one thread; 1 times are from an earlier run:"
    )
    assert (
        "| null | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 1.00 | 100 |"
        in text
    )


def test_a_tool_that_failed_at_every_picture_of_a_category_stands_in_the_table():
    rows = [row("null", "a", "logo", failed="it ended", **BASE), row("null", "b", "hard", **BASE)]
    findings = Findings("data", Made("2026-01-01", "a machine", 1.0, 0), rows, [], [])

    assert "| null | 0.500 / 0.500 / 0.500 | 0.500" in table(findings, Summary(rows))
