import numpy as np
import pytest
from PIL import Image

from cutout.core import composite


def gradient(width=64, height=16):
    return Image.fromarray(np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1)))


def test_colours_stay_unpremultiplied_and_are_zero_where_alpha_is_zero():
    cutout = np.asarray(composite.cutout(Image.new("RGB", (64, 16), (200, 100, 50)), gradient()))

    visible = cutout[..., 3] > 0
    assert (cutout[visible][:, :3] == (200, 100, 50)).all()
    assert (cutout[~visible] == 0).all()
    assert (~visible).any()


def test_white_at_half_alpha_over_white_is_white():
    cutout = Image.new("RGBA", (4, 4), (255, 255, 255, 128))

    assert (np.asarray(composite.over(cutout, (255, 255, 255, 255))) == 255).all()


def test_compositing_over_a_colour_weights_by_alpha():
    cutout = Image.new("RGBA", (4, 4), (255, 0, 0, 51))  # a fifth

    flat = np.asarray(composite.over(cutout, (0, 0, 255, 255)))

    assert np.abs(flat[0, 0].astype(int) - (51, 0, 204, 255)).max() <= 1


def test_compositing_over_a_picture_is_opaque_where_the_picture_is_opaque():
    cutout = Image.new("RGBA", (4, 4), (255, 0, 0, 51))
    picture = Image.new("RGBA", (4, 4), (0, 0, 255, 255))
    picture.putpixel((0, 0), (0, 0, 0, 0))

    flat = composite.over(cutout, picture)

    assert flat.getpixel((1, 1)) == pytest.approx((51, 0, 204, 255), abs=1)
    assert flat.getpixel((0, 0)) == (255, 0, 0, 51)
    assert picture.getpixel((1, 1)) == (0, 0, 255, 255)


def test_compositing_in_strips_equals_pillows_result():
    rng = np.random.default_rng(4)
    cutout, picture = (
        Image.fromarray(rng.integers(0, 256, (700, 30, 4), np.uint8)) for _ in range(2)
    )
    whole = Image.alpha_composite(picture, cutout)

    assert (np.asarray(composite.over(cutout, picture)) == np.asarray(whole)).all()


def test_compositing_keeps_the_colour_profile():
    cutout = Image.new("RGBA", (4, 4))
    cutout.info = {"icc_profile": b"profile"}

    assert composite.over(cutout, (1, 2, 3, 255)).info == {"icc_profile": b"profile"}


def test_clearing_an_opaque_picture_changes_nothing():
    assert composite.clear(Image.new("RGB", (2, 2), "red")).getpixel((0, 0)) == (255, 0, 0)
