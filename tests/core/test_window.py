import numpy as np
import pytest
from scipy.ndimage import convolve, uniform_filter

from cutout.core import window


@pytest.mark.parametrize("radius", [1, 2, 4, 8])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (23, 31)])
def test_window_sums_add_up_the_pixels_inside(radius, shape):
    values = np.random.default_rng(1).normal(0, 1, shape).astype(np.float32)

    found = window.box_sums(values, radius)

    square = np.ones((2 * radius + 1, 2 * radius + 1))
    assert np.allclose(found, convolve(values.astype(float), square, mode="constant"), atol=1e-4)


def test_each_plane_is_summed_separately():
    planes = np.random.default_rng(1).normal(0, 1, (3, 9, 12)).astype(np.float32)

    assert np.array_equal(window.box_sums(planes, 2)[1], window.box_sums(planes[1], 2))


@pytest.mark.parametrize("radius", [1, 3, 20])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (23, 31)])
def test_means_repeat_the_border_pixels_outside(radius, shape):
    values = np.random.default_rng(1).random(shape).astype(np.float32)

    found = window.box_mean(values, radius)

    expected = uniform_filter(values.astype(float), 2 * radius + 1, mode="nearest")
    assert np.abs(found - expected).max() < 1e-9
