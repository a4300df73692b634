import numpy as np
from PIL import Image

from cutout.core import composite


def gradient(width=64, height=16):
    return Image.fromarray(np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1)))


def test_colours_stay_straight_and_vanish_where_nothing_is_visible():
    cutout = np.asarray(composite.cutout(Image.new("RGB", (64, 16), (200, 100, 50)), gradient()))

    visible = cutout[..., 3] > 0
    assert (cutout[visible][:, :3] == (200, 100, 50)).all()
    assert (cutout[~visible] == 0).all()
    assert (~visible).any()


def test_transparency_that_was_there_is_multiplied_and_never_overwritten():
    photo = Image.new("RGBA", (64, 16), (200, 100, 50, 128))

    alpha = np.asarray(composite.cutout(photo, gradient()))[..., 3].astype(int)

    assert np.abs(alpha - np.asarray(gradient()).astype(int) * 128 / 255).max() <= 1


def test_over_a_colour_white_at_half_alpha_stays_white_on_white():
    cutout = Image.new("RGBA", (4, 4), (255, 255, 255, 128))

    assert (np.asarray(composite.over(cutout, (255, 255, 255, 255))) == 255).all()


def test_over_a_colour_weighs_by_alpha():
    cutout = Image.new("RGBA", (4, 4), (255, 0, 0, 51))  # a fifth

    flat = np.asarray(composite.over(cutout, (0, 0, 255, 255)))

    assert np.abs(flat[0, 0].astype(int) - (51, 0, 204, 255)).max() <= 1
