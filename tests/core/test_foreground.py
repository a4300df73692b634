import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from cutout.core import foreground

SUBJECT, GROUND = np.array([200, 40, 30]), np.array([20, 200, 60])


def disc(size=(400, 300), sigma=4):
    width, height = size
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(x - width / 2, y - height / 2) < height / 3
    return gaussian_filter(inside.astype(float), sigma)


def photo_of(alpha):
    mixed = alpha[..., None] * SUBJECT + (1 - alpha[..., None]) * GROUND
    return Image.fromarray(mixed.round().astype(np.uint8))


@pytest.mark.parametrize("size", [(400, 300), (1500, 1100)])
def test_the_background_colour_is_removed_from_soft_edges(size):
    opacity = disc(size)
    photo, alpha = photo_of(opacity), Image.fromarray((opacity * 255).round().astype(np.uint8))
    soft = (opacity > 0.1) & (opacity < 0.9)
    before = np.abs(np.asarray(photo)[soft] - SUBJECT).mean()

    foreground.restore(photo, alpha)

    assert np.abs(np.asarray(photo)[soft].astype(int) - SUBJECT).mean() < before / 8


@pytest.mark.parametrize("size", [(1, 3000), (1300, 1000)])
def test_one_soft_pixel_of_a_large_photo_keeps_its_colour(size):
    opacity = np.full(size[::-1], 255, np.uint8)
    opacity[size[1] // 2, size[0] // 2] = 254  # which the small size rounds to opaque
    photo = Image.new("RGB", size, tuple(SUBJECT))

    foreground.restore(photo, Image.fromarray(opacity))

    assert np.all(np.asarray(photo) == SUBJECT)


def test_opaque_and_invisible_pixels_keep_every_bit():
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    photo, alpha = Image.fromarray(noise), Image.fromarray((disc() * 255).astype(np.uint8))

    foreground.restore(photo, alpha)

    known = np.isin(np.asarray(alpha), (0, 255))
    assert np.array_equal(np.asarray(photo)[known], noise[known])
    assert not np.array_equal(np.asarray(photo)[~known], noise[~known])


def test_an_inverted_alpha_restores_the_background():
    opacity = 1 - disc()
    photo, alpha = photo_of(1 - opacity), Image.fromarray((opacity * 255).round().astype(np.uint8))

    foreground.restore(photo, alpha)

    soft = (opacity > 0.1) & (opacity < 0.9)
    assert np.abs(np.asarray(photo)[soft].astype(int) - GROUND).mean() < 8


@pytest.mark.parametrize("value", [0, 1, 128, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_a_constant_alpha_changes_nothing_in_a_constant_picture(value, size):
    photo = Image.new("RGB", size, (10, 150, 250))

    foreground.restore(photo, Image.new("L", size, value))

    assert np.abs(np.asarray(photo).astype(int) - (10, 150, 250)).max() <= 1
