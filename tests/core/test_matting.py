import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from cutout.core import matting, trimap
from cutout.core.geometry import at_most

BOTH = pytest.mark.parametrize("levels", [matting.FAST, matting.FINE], ids=["fast", "fine"])


def scene(size, handle=False):
    """Return a disc with hairs on a background of another colour, and its true alpha."""
    width, height = size
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    radius = np.hypot(x - width / 2, y - height / 2) / (0.3 * height)
    angle = np.arctan2(y - height / 2, x - width / 2)
    hairs = (np.sin(angle * 60) > 0.6) & (radius < 1.15)
    inside = (radius < 1) | hairs
    if handle:  # a hole near the edge
        inside &= np.hypot(x - width / 2 - 0.22 * height, y - height / 2) > 0.05 * height
    alpha = gaussian_filter(inside.astype(float), 1)
    grain = rng.normal(0, 3, (height, width, 3))
    ground = np.array([60, 110, 150]) + 12 * np.sin(x / 9)[..., None]
    photo = alpha[..., None] * np.array([200, 120, 60]) + (1 - alpha[..., None]) * ground + grain
    return Image.fromarray(photo.clip(0, 255).astype(np.uint8)), alpha


def blurred_map(alpha, sigma=2.0):
    small = Image.fromarray(alpha.astype(np.float32)).resize((320, 320), Image.Resampling.BOX)
    return gaussian_filter(np.asarray(small), sigma).clip(0, 1)


def refined(photo, saliency, levels):
    known = trimap.from_uncertainty(saliency, at_most(320, photo.size))
    return np.asarray(matting.refine(photo, saliency, known, levels)) / 255


def stretched(saliency, size):
    return np.asarray(Image.fromarray(saliency).resize(size, Image.Resampling.BILINEAR))


@BOTH
@pytest.mark.parametrize("size", [(300, 225), (900, 700)])
def test_matting_restores_hairs_that_the_map_has_lost(levels, size):
    photo, truth = scene(size)
    saliency = blurred_map(truth, 1500 / max(size))

    found = refined(photo, saliency, levels)

    before = np.abs(stretched(saliency, size) - truth).mean()
    assert np.abs(found - truth).mean() < before / 2


def test_edges_fine_opens_a_handle_that_the_map_has_half_closed():
    photo, truth = scene((800, 600), handle=True)
    saliency = blurred_map(truth, 7)
    hole = (slice(294, 306), slice(526, 538))
    assert stretched(saliency, photo.size)[hole].min() > 0.1

    found = refined(photo, saliency, matting.FINE)

    assert found[hole].mean() < 0.05


@BOTH
def test_known_pixels_of_the_trimap_stay_unchanged(levels):
    photo, truth = scene((640, 480))
    known = trimap.from_uncertainty(blurred_map(truth), (320, 240))
    found = np.asarray(matting.refine(photo, blurred_map(truth), known, levels))

    whole = np.asarray(known.resize(photo.size, Image.Resampling.NEAREST))
    assert (found[whole == 255] == 255).all()
    assert (found[whole == 0] == 0).all()


@BOTH
def test_a_constant_picture_keeps_approximately_the_map(levels):
    _, truth = scene((640, 480))
    saliency = blurred_map(truth)

    found = refined(Image.new("RGB", (640, 480), "grey"), saliency, levels)

    assert np.abs(found - stretched(saliency, (640, 480))).mean() < 0.02


@BOTH
@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2)])
def test_pictures_of_any_shape_are_refined(levels, size):
    saliency = np.tile(np.linspace(0, 1, 320, dtype=np.float32), (320, 1))

    found = refined(Image.new("RGB", size, "red"), saliency, levels)

    assert found.shape == size[::-1]


def test_a_full_map_stays_opaque():
    full = np.ones((320, 320), np.float32)

    assert refined(Image.new("RGB", (50, 40)), full, matting.FAST).min() == 1


@BOTH
def test_tiles_leave_no_seam(levels):
    height, width = 500, 700
    saliency = np.tile(np.linspace(0.1, 0.9, 320, dtype=np.float32), (320, 1))

    found = refined(Image.new("RGB", (width, height), "grey"), saliency, levels)

    assert np.abs(np.diff(found, axis=0)).max() < 0.02
    assert np.abs(np.diff(found, axis=1)).max() < 0.05
