import numpy as np
import pytest
from PIL import Image, ImageDraw

from cutout.core import geometry, transparency


def alpha_of(draw, size=(200, 100)):
    alpha = Image.new("L", size)
    draw(ImageDraw.Draw(alpha))
    return alpha


@pytest.mark.parametrize(
    ("clear_columns", "is_clear"), [(0, False), (90, False), (100, True), (200, True)]
)
def test_a_rim_is_clear_from_half_of_it_on(clear_columns, is_clear):
    alpha = Image.new("L", (200, 100), 255)
    alpha.paste(0, (0, 0, clear_columns, 100))

    assert transparency.has_clear_rim(alpha) == is_clear


@pytest.mark.parametrize(
    ("draw", "is_full"),
    [
        (lambda at: at.rectangle((10, 10, 150, 90), 255), True),
        (lambda at: at.rectangle((10, 10, 150, 90), 40), True),
        (lambda at: at.rounded_rectangle((10, 10, 90, 90), 3, 255), True),
        (lambda at: at.rounded_rectangle((10, 10, 90, 90), 18, 255), False),
        (lambda at: at.ellipse((10, 10, 150, 90), 255), False),
        (lambda at: at.text((20, 20), "words", 255), False),
    ],
)
def test_a_rectangle_fills_its_box_and_other_shapes_do_not(draw, is_full):
    alpha = alpha_of(draw)

    assert transparency.fills(alpha, geometry.subject_box(alpha)) == is_full


def test_a_photo_on_white_shows_white_where_it_is_clear_and_mixes_between():
    photo = Image.new("RGB", (3, 1), (100, 0, 200))
    alpha = Image.fromarray(np.uint8([[0, 51, 255]]))

    page = np.asarray(transparency.on_white(photo, alpha), int)

    assert np.abs(page[0] - [(255, 255, 255), (224, 204, 244), (100, 0, 200)]).max() <= 1
