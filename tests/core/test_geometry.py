import numpy as np
import pytest
from PIL import Image

from cutout.core import geometry

SIZES = [(320, 320), (240, 320), (1, 500), (2000, 3), (1, 1)]


@pytest.mark.parametrize("size", SIZES)
def test_photos_of_any_shape_are_squashed_to_the_square(size):
    square = geometry.squash(Image.new("RGB", size, (10, 20, 30)), 32)

    assert square.shape == (32, 32, 3)
    assert (square == (10, 20, 30)).all()


@pytest.mark.parametrize("size", [(640, 480), (500, 700), (4000, 600)])
def test_squashing_a_large_photo_approximates_the_full_filter(size):
    rng = np.random.default_rng(2)
    photo = Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)).resize(size)
    fair = np.asarray(photo.resize((32, 32), Image.Resampling.LANCZOS)).astype(int)

    squashed = geometry.squash(photo, 32)

    assert np.abs(squashed - fair).max() <= 5
    assert np.abs(squashed - fair).mean() < 1


@pytest.mark.parametrize("part", [(10, 20, 1810, 620), (100, 50, 160, 90), (0, 0, 2000, 700)])
def test_squashing_a_part_shows_it_as_if_it_were_cut_out(part):
    photo = Image.effect_noise((2000, 700), 90).convert("RGB")

    assert (geometry.squash(photo, 32, part) == geometry.squash(photo.crop(part), 32)).all()


@pytest.mark.parametrize("size", SIZES)
def test_a_constant_map_enlarges_to_the_same_constant(size):
    alpha = geometry.enlarge(np.full((32, 32), 0.5, np.float32), size)

    assert alpha.size == size
    assert (np.asarray(alpha) == 128).all()


def test_enlarging_never_leaves_the_range_of_the_map():
    step = np.zeros((32, 32), np.float32)
    step[:, 16:] = 0.75

    alpha = np.asarray(geometry.enlarge(step, (640, 480)))

    assert alpha.min() == 0
    assert alpha.max() == round(0.75 * 255)
    assert (np.diff(alpha[100].astype(int)) >= 0).all()  # a ringing kernel would overshoot


def test_the_box_bounds_visible_pixels_and_ignores_haze():
    alpha = np.full((50, 60), 3, np.uint8)
    alpha[10:20, 30:45] = 200

    assert geometry.subject_box(Image.fromarray(alpha)) == (30, 10, 45, 20)


def test_an_invisible_picture_has_no_box():
    assert geometry.subject_box(Image.new("L", (5, 5), 3)) is None


def test_a_side_is_bounded_and_never_enlarged():
    assert geometry.at_most(320, (4000, 3000)) == (320, 240)
    assert geometry.at_most(320, (100, 3)) == (100, 3)
    assert geometry.at_most(320, (1, 50_000)) == (1, 320)
