import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from cutout.core import window


@pytest.mark.parametrize("radius", [1, 3, 20])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (23, 31)])
def test_means_repeat_the_border_pixels_outside(radius, shape):
    values = np.random.default_rng(1).random(shape).astype(np.float32)

    found = window.box_mean(values, radius)

    expected = uniform_filter(values.astype(float), 2 * radius + 1, mode="nearest")
    assert np.abs(found - expected).max() < 1e-9
