import numpy as np
import pytest
from PIL import Image

from cutout.core import backdrop

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def scene():
    """Return a photo of a red disc on blue, and its alpha."""
    y, x = np.mgrid[:300, :400]
    alpha = ((100 - np.hypot(x - 200, y - 150)).clip(-1, 1) * 127.5 + 127.5).astype(np.uint8)
    share = alpha[..., None] / 255
    photo = share * RED + (1 - share) * BLUE
    return Image.fromarray(photo.round().astype(np.uint8)), Image.fromarray(alpha)


@pytest.mark.parametrize("size", [(100, 100), (400, 100), (100, 400), (37, 91), (1, 1), (900, 10)])
def test_a_picture_covers_all_of_a_canvas(size):
    assert backdrop.cover(Image.new("RGB", (200, 150), RED), size).size == size
    assert backdrop.cover(Image.new("RGB", (1, 500), RED), size).getextrema()[0] == (255, 255)


def test_a_backdrop_keeps_its_proportions_and_its_centre():
    picture = Image.new("RGB", (300, 100), BLUE)
    picture.paste(RED, (100, 0, 200, 100))

    covering = np.asarray(backdrop.cover(picture, (50, 50))).astype(int)
    assert (covering[:, 3:-3] == RED).all()
    assert np.abs(covering - RED).max() <= 20  # the kernel reaches beyond the middle


def test_a_backdrop_of_the_canvas_size_stays_unchanged():
    picture = Image.new("RGB", (30, 20), RED)

    assert backdrop.cover(picture, (30, 20)) is picture


def test_a_backdrop_keeps_its_transparency():
    covering = backdrop.cover(Image.new("RGBA", (30, 20), (9, 9, 9, 100)), (60, 60))

    assert covering.getpixel((30, 30)) == pytest.approx((9, 9, 9, 100), abs=2)


@pytest.mark.parametrize("sigma_px", [1, 3, 8, 40])
def test_the_blurred_background_has_no_colour_of_the_subject(scene, sigma_px):
    blurred = np.asarray(backdrop.blurred(*scene, sigma_px)).astype(int)

    assert np.abs(blurred - BLUE).max() <= 3


def test_the_background_continues_behind_the_subject():
    ramp = np.linspace(0, 250, 400)[None, :, None].repeat(300, 0).repeat(3, 2).astype(np.uint8)
    photo, alpha = Image.fromarray(ramp), Image.new("L", (400, 300))
    photo.paste(RED, (150, 100, 250, 200))
    alpha.paste(255, (150, 100, 250, 200))

    plate = np.asarray(backdrop.plate(photo, alpha)).astype(int)

    assert np.abs(plate - ramp).max() < 30
    assert (np.diff(plate[150, 140:260, 0]) >= -1).all()


def test_the_blur_has_the_requested_width():
    step = Image.new("RGB", (600, 40))
    step.paste((255, 255, 255), (300, 0, 600, 40))

    blurred = np.asarray(backdrop.blurred(step, Image.new("L", step.size), 20))[20, :, 0] / 255

    spread = np.diff(blurred)
    x = np.arange(599) + 0.5
    mean = (spread * x).sum() / spread.sum()
    assert mean == pytest.approx(299.5, abs=1)
    assert np.sqrt((spread * (x - mean) ** 2).sum() / spread.sum()) == pytest.approx(20, rel=0.1)


def test_a_slight_blur_keeps_the_detail_of_a_large_photo():
    columns = np.where(np.arange(2000) // 3 % 2, 255, 0).astype(np.uint8)
    photo = Image.fromarray(columns[None, :, None].repeat(300, 0).repeat(3, 2))

    blurred = np.asarray(backdrop.blurred(photo, Image.new("L", photo.size), 0.5)).astype(int)

    assert blurred.max() - blurred.min() > 200


def test_a_photo_that_is_all_subject_is_its_own_background():
    photo = Image.new("RGB", (50, 40), RED)

    blurred = backdrop.blurred(photo, Image.new("L", photo.size, 255), 5)

    assert blurred.getcolors() == [(2000, RED)]


def test_a_transparent_hole_is_filled_like_the_area_of_the_subject():
    photo = Image.new("RGBA", (80, 60), (*BLUE, 255))
    photo.paste((0, 0, 0, 0), (20, 20, 60, 40))

    blurred = np.asarray(backdrop.blurred(photo, Image.new("L", photo.size), 4)).astype(int)

    assert np.abs(blurred - BLUE).max() <= 3


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (600, 2), (3, 3)])
def test_photos_of_any_shape_have_a_background(size):
    photo = Image.new("RGB", size, BLUE)

    assert backdrop.blurred(photo, Image.new("L", size), 9).getcolors() == [
        (size[0] * size[1], BLUE)
    ]
