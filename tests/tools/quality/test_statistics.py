"""Means, confidence intervals and paired differences."""

import numpy as np
import pytest

from tools.quality import statistics


def test_for_many_values_the_interval_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(5, 2, 1000)

    found = statistics.mean(values)

    half = 1.96 * 2 / 1000**0.5
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.02)
    assert found.high == pytest.approx(values.mean() + half, abs=0.02)
    assert found.pictures == 1000


def test_equal_values_have_an_interval_of_width_0():
    found = statistics.mean([3.0] * 7)

    assert (found.mean, found.low, found.high) == pytest.approx((3, 3, 3))


def test_the_same_values_give_the_same_interval_each_time():
    values = [0.1, 0.5, 0.9, 0.2]

    assert statistics.mean(values) == statistics.mean(values)


def test_the_best_f_uses_one_threshold_for_all_pictures():
    curves = [[1.0, 0.6, 0.0], [0.0, 0.6, 1.0]]  # each alone would have its own best

    assert statistics.f_max(curves).mean == pytest.approx(0.6)


def test_a_gain_resamples_the_same_pictures_on_both_sides():
    curves = np.random.default_rng(2).uniform(0, 0.9, (40, 1))

    gain = statistics.f_max(curves + 0.05, curves)

    assert (gain.low, gain.high) == pytest.approx((0.05, 0.05))


def test_a_difference_over_few_pictures_is_not_significant():
    few, enough = (statistics.mean([0.02] * count) for count in (4, 5))

    assert few.is_noise
    assert not few.has_interval
    assert not enough.is_noise


@pytest.mark.parametrize(
    ("low", "high", "is_noise"),
    [(-0.1, 0.2, True), (0.0, 0.2, True), (0.01, 0.2, False), (-0.2, -0.01, False)],
)
def test_a_difference_whose_interval_holds_0_is_noise(low, high, is_noise):
    assert statistics.Estimate(0.1, low, high, 9).is_noise is is_noise
