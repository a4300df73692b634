"""Means by category and differences picture by picture."""

import pytest

from tests.tools.quality.rows import row
from tools.quality.summary import Summary


def test_the_total_excludes_the_known_limits():
    rows = [
        row("null", "a", "portrait", iou=0.4),
        row("null", "b", "logo", iou=0.6),
        row("null", "c", "motion blur", iou=0.0),
    ]

    summary = Summary(rows)

    assert (summary.categories, summary.limits) == (["portrait", "logo"], ["motion blur"])
    (standing,) = summary.standings()
    assert standing.figures["iou"].mean == pytest.approx(0.5)
    assert standing.pictures == 2
    assert summary.standings("motion blur")[0].figures["iou"].mean == 0


def test_a_standing_has_median_time_refusals_and_best_f():
    rows = [
        row("null", name, seconds=seconds, f=f, refused=refused, iou=1)
        for name, seconds, f, refused in (("a", 1, 0.2, ""), ("b", 2, 0.4, "no"), ("c", 9, 0.6, ""))
    ]

    (standing,) = Summary(rows).standings()

    assert (standing.seconds, standing.refused) == (2, 1)
    assert standing.figures["f_max"].mean == pytest.approx(0.4)


def test_a_gain_is_the_mean_of_the_differences():
    rows = [
        row("cutout u2net", "a", iou=0.9, f=0.9),
        row("cutout u2net", "b", iou=0.1, f=0.1),
        row("rembg u2net", "a", iou=0.8, f=0.6),
        row("rembg u2net", "b", iou=0.3, f=0.2),
    ]

    (gain,) = Summary(rows).gains()

    assert (gain.tool, gain.other) == ("cutout u2net", "rembg u2net")
    assert gain.figures["iou"].mean == pytest.approx(-0.05)
    assert gain.figures["f_max"].mean == pytest.approx(0.1)
    assert gain.figures["iou"].pictures == 2


def test_failures_are_counted_and_not_timed():
    rows = [row("null", "a", seconds=2, iou=1), row("null", "b", failed="it ended", iou=0)]

    (standing,) = Summary(rows).standings()

    assert (standing.pictures, standing.failed, standing.seconds) == (2, 1, 2)
    assert standing.figures["iou"].mean == 0.5


def test_a_measure_is_averaged_over_the_pictures_that_have_it():
    rows = [row("null", "a", iou=1, sad=3.0), row("null", "b", iou=1)]

    (standing,) = Summary(rows).standings()

    assert standing.figures["sad"].mean == 3
    assert standing.figures["sad"].pictures == 1
