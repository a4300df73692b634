"""Measures of maps against masks, which decide whether a changed network is kept."""

import numpy as np
import pytest

from cutout.models import agreement
from tools.quality.measures import saliency as evaluated

RNG = np.random.default_rng(5)
EMPTY, FULL = np.zeros((12, 12), np.float32), np.ones((12, 12), np.float32)
HALF = np.repeat(np.float32([[0, 1]]), 6, axis=1).repeat(12, axis=0)


def ious(*values):
    """Scores of pictures with these IoUs; their F and error stay the same."""
    count = len(values)
    return agreement.Scores(np.array(values), np.full((count, 256), 0.5), np.full(count, 0.1))


@pytest.mark.parametrize("mask", [HALF, FULL])
def test_the_measures_are_those_of_the_evaluation(mask):
    map = RNG.integers(0, 256, mask.shape).astype(np.float32) / 255

    scores = agreement.score([map], [mask])

    assert scores.iou[0] == evaluated.iou(map, mask)
    assert scores.f[0] == pytest.approx(evaluated.f_curve(map, mask), abs=1e-9)
    assert scores.error[0] == pytest.approx(evaluated.mae(map, mask))


def test_two_empty_masks_agree():
    assert agreement.iou(EMPTY, EMPTY) == 1
    assert agreement.iou(EMPTY, HALF) == 0


def test_max_f_is_that_of_one_threshold_for_all_pictures():
    curves = np.zeros((2, 256))
    curves[0, 100], curves[1, 200] = 1, 0.8
    scores = agreement.Scores(np.zeros(2), curves, np.zeros(2))

    assert scores.max_f == 0.5


def test_a_gain_on_each_picture_is_better_and_one_large_gain_among_losses_is_not():
    before = ious(*np.linspace(0.3, 0.9, 20))

    assert agreement.is_better(before, ious(*before.iou + 0.01))
    assert not agreement.is_better(before, ious(*before.iou[:-1] - 0.01, 1.2))


def test_the_report_counts_pictures_that_visibly_changed():
    before, after = ious(0.5, 0.5, 0.5, 0.5), ious(0.6, 0.7, 0.51, 0.4)

    report = agreement.report(before, after)

    assert "IoU    0.5000 -> 0.5525  +0.0525 (95 %:" in report
    assert "better by over 0.02 IoU: 2, worse: 1, worst -0.1000, of 4 photos" in report
