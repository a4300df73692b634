import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_cdt

from cutout.core import watermark


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L"])
@pytest.mark.parametrize("size", [(400, 300), (90, 700), (3000, 2000)])
def test_no_crop_of_use_is_free_of_it(mode, size):
    picture = Image.new(mode, size)

    watermark.mark(picture)

    marked = np.asarray(picture).reshape(size[1], size[0], -1).any(axis=2)
    half_side = distance_transform_cdt(np.pad(~marked, 1), metric="chessboard").max()
    assert 2 * half_side < max(0.1 * min(size), 20)  # px, of the largest square without a mark


def test_it_is_seen_on_what_is_opaque_and_on_what_is_not():
    picture = Image.new("RGBA", (400, 300))
    picture.paste((250, 10, 10, 255), (0, 0, 200, 300))

    watermark.mark(picture)

    pixels = np.asarray(picture)
    assert (pixels[:, :200, 0] < 200).mean() > 0.05
    assert (pixels[:, 200:, 3] > 100).mean() > 0.05


def test_what_was_under_the_words_is_lost():
    dark, light = (Image.new("RGBA", (400, 300), (level, level, level, 255)) for level in (0, 255))
    for picture in (dark, light):
        watermark.mark(picture)

    is_same = (np.asarray(dark) == np.asarray(light)).all(axis=2)
    assert is_same.mean() > 0.05


def test_a_picture_of_one_pixel_is_marked_without_an_error():
    watermark.mark(Image.new("RGBA", (1, 1)))
