import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from cutout.core import matting, trimap
from cutout.core.geometry import at_most

BOTH = pytest.mark.parametrize("method", [matting.FAST, matting.FINE], ids=["fast", "fine"])


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


def refined(photo, saliency, method):
    known = trimap.from_uncertainty(saliency, at_most(len(saliency), photo.size))
    return np.asarray(matting.refine(photo, saliency, known, method)) / 255


def stretched(saliency, size):
    return np.asarray(Image.fromarray(saliency).resize(size, Image.Resampling.BILINEAR))


@BOTH
def test_what_a_smaller_trimap_loses_keeps_the_map(method):
    """Pillow's BOX gives a pixel between two equal halves of a line to neither."""
    photo, saliency = Image.new("RGB", (513, 1)), np.full((320, 320), 0.5, np.float32)
    known = Image.new("L", photo.size)
    known.putpixel((256, 0), trimap.UNKNOWN)

    found = np.asarray(matting.refine(photo, saliency, known, method))

    assert found[0, 256] in (127, 128) and not np.delete(found, 256).any()


@BOTH
@pytest.mark.parametrize("size", [(300, 225), (900, 700)])
def test_matting_restores_hairs_that_the_map_has_lost(method, size):
    photo, truth = scene(size)
    saliency = blurred_map(truth, 1500 / max(size))

    found = refined(photo, saliency, method)

    before = np.abs(stretched(saliency, size) - truth).mean()
    # Fast moves edges by 2 px of the map, and leaves longer hairs as the map has them.
    assert np.abs(found - truth).mean() < before * (0.6 if method is matting.FAST else 0.5)


def test_edges_fine_opens_a_handle_that_the_map_has_half_closed():
    photo, truth = scene((800, 600), handle=True)
    saliency = blurred_map(truth, 7)
    hole = (slice(294, 306), slice(526, 538))
    assert stretched(saliency, photo.size)[hole].min() > 0.1

    found = refined(photo, saliency, matting.FINE)

    assert found[hole].mean() < 0.05


@BOTH
def test_known_pixels_of_the_trimap_stay_unchanged(method):
    photo, truth = scene((640, 480))
    known = trimap.from_uncertainty(blurred_map(truth), (320, 240))
    found = np.asarray(matting.refine(photo, blurred_map(truth), known, method))

    whole = np.asarray(known.resize(photo.size, Image.Resampling.NEAREST))
    assert (found[whole == 255] == 255).all()
    assert (found[whole == 0] == 0).all()


@BOTH
def test_a_constant_picture_keeps_approximately_the_map(method):
    _, truth = scene((640, 480))
    saliency = blurred_map(truth)

    found = refined(Image.new("RGB", (640, 480), "grey"), saliency, method)

    assert np.abs(found - stretched(saliency, (640, 480))).mean() < 0.02


@BOTH
@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2)])
def test_pictures_of_any_shape_are_refined(method, size):
    saliency = np.tile(np.linspace(0, 1, 320, dtype=np.float32), (320, 1))

    found = refined(Image.new("RGB", size, "red"), saliency, method)

    assert found.shape == size[::-1]


def test_a_full_map_stays_opaque():
    full = np.ones((320, 320), np.float32)

    assert refined(Image.new("RGB", (50, 40)), full, matting.FAST).min() == 1


@BOTH
def test_tiles_leave_no_seam(method):
    height, width = 500, 700
    saliency = np.tile(np.linspace(0.1, 0.9, 320, dtype=np.float32), (320, 1))

    found = refined(Image.new("RGB", (width, height), "grey"), saliency, method)

    assert np.abs(np.diff(found, axis=0)).max() < 0.02
    assert np.abs(np.diff(found, axis=1)).max() < 0.05


def noise(size, cell, seed=0):
    """Return a photo of squares of chance colours, whose edges belong to no subject."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (size[1] // cell, size[0] // cell, 3), np.uint8))
    return small.resize(size, Image.Resampling.NEAREST)


@BOTH
def test_glass_in_front_of_a_pattern_keeps_the_opacity_of_the_map(method):
    saliency = np.zeros((320, 320), np.float32)
    saliency[60:260, 60:260] = 0.6
    saliency = gaussian_filter(saliency, 2)

    found = refined(noise((640, 640), 40), saliency, method)

    assert np.abs(found[200:440, 200:440] - 0.6).max() < (0.01 if method is matting.FAST else 0.08)


@BOTH
def test_a_blurred_edge_in_front_of_a_pattern_is_not_sharpened_to_the_pattern(method):
    ramp = ((np.arange(320) - 100) / 120).clip(0, 1).astype(np.float32)
    saliency = np.tile(ramp, (320, 1))

    found = refined(noise((640, 640), 16), saliency, method)

    assert np.abs(found - stretched(saliency, (640, 640))).mean() < 0.03


def test_edges_move_by_no_more_than_their_reach():
    """The photo's only edge is 8 px of the map away from the map's: another thing's."""
    photo = Image.new("RGB", (640, 640), "white")
    photo.paste("navy", (336, 0, 640, 640))
    saliency = gaussian_filter(np.tile((np.arange(320) > 160).astype(np.float32), (320, 1)), (0, 6))

    found = refined(photo, saliency, matting.FAST)

    assert np.abs(np.argmax(found > 0.5, axis=1) - 320).max() <= 2 * (matting.FAST.reach_px + 1)


@BOTH
def test_a_map_larger_than_the_levels_keeps_its_detail(method):
    bars = np.tile((np.arange(960) // 4 % 2).astype(np.float32), (960, 1))
    saliency = gaussian_filter(bars, (0, 1))

    found = refined(Image.new("RGB", (960, 960), "grey"), saliency, method)

    assert np.abs(found - saliency)[:, 8:-8].mean() < 0.04
