import numpy as np
import pytest
from PIL import Image

from cutout.core.enlarged import Enlarged


@pytest.mark.parametrize("small", [(1, 1), (1, 40), (40, 1), (50, 40)])
def test_chosen_pixels_equal_those_of_the_enlarged_whole(small):
    rng = np.random.default_rng(1)
    planes = rng.normal(0, 1, (*small[::-1], 2)).astype(np.float32)
    size = (300, 290)
    rows, columns = rng.integers(0, 290, 500), rng.integers(0, 300, 500)

    found = Enlarged(planes, size).at(rows, columns)

    for channel in range(2):
        plane = Image.fromarray(planes[..., channel])
        whole = np.asarray(plane.resize(size, Image.Resampling.BILINEAR))
        assert np.allclose(found[:, channel], whole[rows, columns], atol=1e-5)
