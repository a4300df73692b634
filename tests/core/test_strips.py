import numpy as np
import pytest
from PIL import Image

from cutout.core import strips


def drawn(size, mask):
    """Return an array in which the mask's pixels are counted, each by its strip's place."""
    count = np.zeros(size[::-1], int)
    for box, places in strips.marked(mask):
        count[strips.positions(box, places)] += 1
    return count


@pytest.mark.parametrize("size", [(1, 1), (130, 5), (900, 700)])
def test_strips_have_each_pixel_of_the_mask_once_and_no_others(size):
    pixels = np.random.default_rng(1).random(size[::-1]) < 0.3
    pixels[:, : size[0] // 3] = False  # a strip does not begin at the border
    pixels[-1, -1] = True

    found = drawn(size, Image.fromarray(pixels.astype(np.uint8) * 255))

    assert np.array_equal(found, pixels)


def test_a_strip_is_as_narrow_as_its_pixels():
    mask = Image.new("L", (600, 600))
    mask.paste(255, (599, 0, 600, 1))
    mask.paste(255, (100, 590, 120, 595))

    assert [box for box, _ in strips.marked(mask)] == [(599, 0, 600, 1), (100, 590, 120, 595)]


def test_an_empty_mask_has_no_strips():
    assert not list(strips.marked(Image.new("L", (600, 600))))
