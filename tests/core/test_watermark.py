import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_cdt

from cutout.core import watermark


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L"])
@pytest.mark.parametrize("size", [(400, 300), (90, 700), (3000, 2000)])
def test_every_useful_crop_contains_the_watermark(mode, size):
    picture = Image.new(mode, size)

    watermark.mark(picture)

    marked = np.asarray(picture).reshape(size[1], size[0], -1).any(axis=2)
    half_side = distance_transform_cdt(np.pad(~marked, 1), metric="chessboard").max()
    assert 2 * half_side < max(0.1 * min(size), 20)  # px, of the largest square without a mark


def test_the_watermark_is_visible_on_opaque_and_transparent_pixels():
    picture = Image.new("RGBA", (400, 300))
    picture.paste((250, 10, 10, 255), (0, 0, 200, 300))

    watermark.mark(picture)

    pixels = np.asarray(picture)
    assert (pixels[:, :200, 0] < 200).mean() > 0.05
    assert (pixels[:, 200:, 3] > 100).mean() > 0.05


def test_the_pixels_under_the_watermark_are_lost():
    dark, light = (Image.new("RGBA", (400, 300), (level, level, level, 255)) for level in (0, 255))
    for picture in (dark, light):
        watermark.mark(picture)

    is_same = (np.asarray(dark) == np.asarray(light)).all(axis=2)
    assert is_same.mean() > 0.05


def test_a_picture_of_one_pixel_can_be_watermarked():
    watermark.mark(Image.new("RGBA", (1, 1)))
