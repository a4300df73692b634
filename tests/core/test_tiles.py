import numpy as np
import pytest
from PIL import Image

from cutout.core import tiles
from cutout.core.geometry import at_most


@pytest.mark.parametrize("size", [(1, 1), (130, 5), (300, 400)])
def test_tiles_cover_the_photo_once(size):
    count = np.zeros(size[::-1], int)
    for left, top, right, bottom in tiles.touched(Image.new("L", (7, 9), 255), size):
        count[top:bottom, left:right] += 1

    assert (count == 1).all()


def test_tiles_outside_the_mask_are_left_out():
    mask = Image.new("L", (100, 100))
    mask.putpixel((99, 0), 255)

    (tile,) = tiles.touched(mask, (512, 512))

    assert tile == (384, 0, 512, 128)


def test_tiles_together_equal_the_enlarged_whole():
    small = Image.fromarray(np.random.default_rng(1).normal(0, 1, (40, 50)).astype(np.float32))
    size = (300, 290)
    whole = np.asarray(small.resize(size, Image.Resampling.BILINEAR))
    for tile in tiles.touched(Image.new("L", size, 255), size):
        left, top, right, bottom = tile
        part = np.asarray(tiles.enlarged(small, tile, size))
        assert np.allclose(part, whole[top:bottom, left:right], atol=1e-5)


def test_a_side_is_bounded_and_never_enlarged():
    assert at_most(320, (4000, 3000)) == (320, 240)
    assert at_most(320, (100, 3)) == (100, 3)
    assert at_most(320, (1, 50_000)) == (1, 320)
